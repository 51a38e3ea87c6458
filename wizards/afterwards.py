"""What the plain mode asks when everything is decided: whether the running project shall be watched, compared or hardened."""

from __future__ import annotations

from wizards.questions import Choice, Question

PRINT, OBSERVE, VERIFY, APPLY = "print", "observe", "verify", "apply"

WHAT_NEXT = Question(
    id="next",
    subject="Next",
    prompt="What shall be done with these decisions?",
    why="Nothing has been written yet.",
    choices=(
        Choice(PRINT, "print the design", "and end; nothing is written"),
        Choice(OBSERVE, "watch the running project", "who is connected to whom; what was seen becomes evidence"),
        Choice(VERIFY, "compare the running project with its files", "networks, and connections that are opened and closed at once"),
        Choice(APPLY, "put the hardened project in", "files and containers; it asks before anything restarts, and everything can be taken back"),
    ),
    default=PRINT,
)
HOW_LONG = Question(
    id="time",
    subject="Next",
    prompt="For how long?",
    why="Ctrl-C ends it early and keeps what was seen",
    choices=(Choice("2m", "two minutes"), Choice("10m", "ten minutes", "from then on, what was never seen is asked about"), Choice("1h", "an hour")),
    default="10m",
)
