"""How large the arrays are that rules make themselves: an attribute of a few characters must not fill the memory."""

from __future__ import annotations

from mrt_studio.errors import UnsupportedError

MOST_MADE = 1 << 24
"""Elements of one array; a matrix of 4096 by 4096."""


def check_made(count: int, what: str) -> None:
    """Refuse an array before it is made.

    Args:
        count: its elements.
        what: what they are, in the plural; begins with a capital letter.

    Raises:
        UnsupportedError: there are more than `MOST_MADE`.
    """
    if count > MOST_MADE:
        raise UnsupportedError(
            f"{what} would be {count:,} numbers.",
            why=f"They are stored with the model; the limit is {MOST_MADE:,}.",
            remedy="Use a smaller input or smaller attributes, or split the model below it.",
        )
