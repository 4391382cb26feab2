"""How large a model file may be, in every direction, before the reader refuses it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on what is read, so that no file can cost much time or memory."""

    params_bytes: int = 4 << 30
    """Size of a parameter file."""
    symbol_bytes: int = 64 << 20
    """Size of a symbol file."""
    arrays: int = 200_000
    """Arrays in a parameter file."""
    rank: int = 8
    """Dimensions of an array."""
    elements: int = 1 << 32
    """Elements of an array or an input."""
    constants: int = 1 << 28
    """Elements of all constants that a model makes by operators, together."""
    name: int = 1024
    """Characters of a name."""
    nodes: int = 200_000
    """Nodes of a symbol."""
    inputs: int = 4096
    """Inputs of a node."""
    heads: int = 4096
    """Outputs of a symbol."""
    attributes: int = 256
    """Attributes of a node."""
    attribute: int = 1 << 16
    """Characters of an attribute."""
    depth: int = 16
    """Brackets inside each other in JSON; a symbol needs five."""
    marks: int = 8_000_000
    """Brackets and commas outside of texts in JSON: bounds the memory of the parsed value."""


DEFAULT_LIMITS = Limits()
