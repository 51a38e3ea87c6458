"""What somebody may have meant who mistyped a name."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """A question that names the nearest of ``known``, or an empty text."""
    import difflib  # slow to load, and only needed where something is wrong

    close = difflib.get_close_matches(name, sorted(known), 1)
    return f"Did you mean '{close[0]}'?" if close else ""
