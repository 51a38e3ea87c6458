"""Somebody sits at the plain mode on the engine's host, whose questions are behind: ``python -m tests.engine.plainly FOLDER ANSWER…``."""

from __future__ import annotations

import sys
from pathlib import Path

from batten.cli import afterwards, parsing
from batten.session import Session

if __name__ == "__main__":
    answers = iter(sys.argv[2:])
    options = parsing.parser_of("wizard").parse_args([sys.argv[1], "--plain"])
    sys.exit(afterwards.follow(Session.open([Path(sys.argv[1]) / "compose.yaml"]), options, lambda question: next(answers, question.default)))
