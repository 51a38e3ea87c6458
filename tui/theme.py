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

LIGHT = Theme(
    name="batten-light",
    primary="#20756c",
    secondary="#4a6080",
    accent="#1f6391",
    warning="#8a5a00",
    error="#b3261e",
    success="#2f6b22",
    foreground="#1d242b",
    background="#f7f8f9",
    surface="#eef0f2",
    panel="#dfe4e8",
    dark=False,
)
