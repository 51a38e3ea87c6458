"""The colours: calm ones, and red for what is reachable and should not be."""

from __future__ import annotations

from textual.theme import Theme

CALM = Theme(
    name="batten",
    primary="#5fa8a0",
    secondary="#8fa3bf",
    accent="#7fb4d9",
    warning="#d8a657",
    error="#e06c75",
    success="#8fbf7f",
    foreground="#d5dae0",
    background="#14191f",
    surface="#1a2129",
    panel="#222b35",
    dark=True,
)
