"""Texts from files: checked when read, shortened when shown."""

from __future__ import annotations

from mrt_studio.errors import FormatError


def shown(value: object, limit: int = 80) -> str:
    """Show the value as Python writes it, cut to about `limit` characters.

    Lists and objects are shown by kind only: they may be huge.
    """
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    text = repr(value[: limit + 1] if isinstance(value, str) else value)
    return text if len(text) <= limit + 2 else f"{text[:limit]}…"


def check_text(value: object, what: str, limit: int, where: str, *, empty: bool = False) -> str:
    """Return the value if it is text of at most `limit` printable Unicode characters.

    Raises:
        FormatError: it is not.
    """
    if not isinstance(value, str):
        raise FormatError(f"The {what} must be text, but it is {shown(value)}.", where=where)
    if len(value) > limit:
        raise FormatError(f"The {what} has {len(value):,} characters: {shown(value)}.", where=where, why=f"At most {limit:,} are allowed.")
    if not value and not empty:
        raise FormatError(f"The {what} is empty.", where=where)
    # isprintable refuses control, bidirectional and zero-width characters and lone surrogates.
    if not value.isprintable():
        raise FormatError(
            f"The {what} holds characters that cannot be printed: {shown(value)}.", where=where, remedy="Rename it in the framework that wrote the file."
        )
    return value
