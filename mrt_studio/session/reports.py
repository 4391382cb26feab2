"""Reports as lines of text: the table of operators, the check of a model, the precision ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mrt_studio.cvm.ledger import Entry
from mrt_studio.session.check import Check
from mrt_studio.session.doctor import Diagnosis, TensorHealth
from mrt_studio.session.hints.base import Hint
from mrt_studio.session.node_errors import NodeError
from mrt_studio.session.support import Support, machine
from mrt_studio.session.tune import Tuning

_WORST = 20
"""Rows of a list of the worst."""


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


def error_lines(rows: Sequence[NodeError]) -> list[str]:
    """One line a node: SQNR alone, together and at the output, and its share."""
    head = f"{'node':<40} {'operator':<20} {'alone':>9} {'together':>9} {'at output':>9} {'share':>7}"
    return [head, *map(_error_line, rows)]


def _error_line(e: NodeError) -> str:
    alone, together, effect = (_decibels(v) for v in (e.isolated.get("sqnr"), e.cumulative.get("sqnr"), e.effect))
    return f"{e.name:<40} {e.op:<20} {alone:>9} {together:>9} {effect:>9} {e.share:>7.1%}"


def _decibels(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} dB"


def doctor_lines(found: Diagnosis) -> list[str]:
    """A verdict on the data, the least stable tensors, and outlying samples."""
    late = [t for t in found.tensors if t.settled > found.samples / 2]
    lines = [f"{found.samples} samples; {len(late)} of {len(found.tensors)} tensors found their largest magnitude in the last half of them."]
    lines.append("More data would likely widen these." if len(late) > len(found.tensors) / 2 else "More data would widen few of them.")
    lines += ["", f"{'tensor':<40} {'settled after':>13} {'spread of halves':>16} {'outliers':>8} {'cost of them':>12}"]
    lines += [_health_line(t) for t in sorted(found.tensors, key=lambda t: -t.spread)[:_WORST]]
    if found.outliers:
        lines += ["", "Samples that are outliers, and in how many tensors:"]
        lines += [f"  sample {sample}: {count}" for sample, count in found.outliers[:_WORST]]
    return lines


def _health_line(t: TensorHealth) -> str:
    return f"{t.name:<40} {t.settled:>13} {t.spread:>16.1%} {len(t.outliers):>8} {t.excess:>11.2f}x"


def hint_lines(found: Sequence[Hint]) -> list[str]:
    """Three lines a hint: what, why, and what to do with the expected gain."""
    if not found:
        return ["There is nothing to suggest for this state."]
    return [line for hint in found for line in (hint.what, f"  {hint.why}", f"  {hint_action(hint)}")]


def hint_action(hint: Hint) -> str:
    """What to do, and the gain that is expected."""
    gain = "Expected gain: unknown." if hint.gain is None else f"Expected gain: {hint.gain:.1f} dB at {hint.gain_at}."
    return f"{hint.action}. {gain}" if hint.action else gain


def tuning_lines(found: Tuning) -> list[str]:
    """The Pareto front: error, gas and weights, and the options changed."""
    start = found.trials[0]
    lines = [f"{len(found.trials)} models tried; {len(found.front)} of them no other beats in error, gas and storage at once."]
    lines += [f"{'error':>9} {'gas':>7} {'weights':>8}  changes"]
    for trial in (found.trials[i] for i in found.front):
        changes = ", ".join(f"{name}={_shown(value)}" for name, value in trial.change.items()) or "none: the options as they are"
        lines.append(f"{trial.error:>6.2f} dB {trial.gas / start.gas:>6.2f}x {trial.weights / max(start.weights, 1):>7.3f}x  {changes}")
    return lines


def _shown(value: object) -> str:
    return f"{{{', '.join(f'{k}: {v}' for k, v in value.items())}}}" if isinstance(value, dict) else str(value)
