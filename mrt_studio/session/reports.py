"""Reports as lines of text: the table of operators, the check of a model, the precision ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mrt_studio.cvm.ledger import Entry
from mrt_studio.session.check import Check
from mrt_studio.session.support import Support, machine


def support_lines(rows: Sequence[Support]) -> list[str]:
    """One line an operator: gas for an element, stated error, and what it becomes."""
    return [f"{'operator':<32} {'gas':>7} {'error':>9}  machine", *map(_support_line, rows)]


def _support_line(row: Support) -> str:
    cost, error = ("" if value is None else f"{value:.{digits}g}" for value, digits in ((row.gas, 3), (row.error, 2)))
    why = "" if row.supported else f": {row.refused[0]}"
    return f"{row.operator:<32} {cost:>7} {error:>9}  {machine(row)}{why}"


def check_lines(found: Check) -> list[str]:
    """The verdict, each refused node with the reason, and the way round."""
    if found.passed:
        return [f"All {found.operators} operators can become integers." if found.operators != 1 else "The operator can become integers."]
    lines = [f"{len(found.problems)} of {found.operators} operators cannot become integers:"] if found.problems else []
    lines += [f"  {problem.op} {problem.node!r}: {problem.why}" for problem in found.problems]
    if found.split_keys:
        lines.append(f"These split keys go round them: --split-keys {','.join(found.split_keys)}")
    elif found.problems:
        lines.append("No split goes round them, because they read the input itself.")
    return lines + ([str(found.error)] if found.error else [])


def ledger_lines(entries: Iterable[Entry]) -> list[str]:
    """One line a node: bits of inputs, weights, accumulation and result, head-room to INT32, and the cause."""
    head = f"{'node':<40} {'operator':<20} {'in':>6} {'weight':>6} {'sum':>4} {'bits':>4} {'left':>4} {'bound':>13}  because of"
    return [head, *map(_ledger_line, entries)]


def _ledger_line(e: Entry) -> str:
    bits = f"{_bits(e.input_bits):>6} {_bits(e.weight_bits):>6} {e.accumulation_bits:>4} {e.bits:>4} {e.head_room:>4}"
    return f"{e.name:<40} {e.op:<20} {bits} {e.bound:>13,}  {e.cause}"


def _bits(bits: tuple[int, ...]) -> str:
    return ",".join(map(str, bits[:2])) + (",…" if len(bits) > 2 else "")
