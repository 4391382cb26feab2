"""Rewrite an operator into another one that may ask to be rewritten itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mrt_studio.ir.graph import Builder, Node, Ref
from mrt_studio.ops.base import operators


def rewritten(b: Builder, node: Node, x: tuple[Ref, ...], name: str, **attributes: Any) -> Ref | tuple[Ref, ...]:
    """Put the operator `name`, or what it is rewritten into, in the place of `node`."""
    op = operators[name](**attributes)
    again = op.prepare(b, replace(node, op=op), x)
    return b.apply(op, x, name=node.name) if again is None else again
