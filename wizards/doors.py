"""The question before all others, where nobody said what is to be hardened."""

from __future__ import annotations

from wizards.questions import Choice, Question

PROJECT, HOST = "project", "host"

DOOR = Question(
    id="door",
    subject="batten",
    prompt="What shall be hardened?",
    why="A project is a folder with a compose file, or an empty one where a project is to begin; a host is the machine that Docker runs on.",
    choices=(Choice(PROJECT, "the project of this folder"), Choice(HOST, "this host", "its Docker API, daemon, firewall and swarm")),
    default=PROJECT,
    free="the path of another project",
)
