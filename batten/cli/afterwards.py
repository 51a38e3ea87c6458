"""What follows the questions of the plain mode: the running project is watched, compared, or hardened, as often as somebody wants; in the end the design
is printed, or in place."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from batten.cli import DONE, streams
from batten.errors import BattenError

if TYPE_CHECKING:
    from batten.session import Session
    from wizards.questions import Answer, Question

PRINT, OBSERVE, VERIFY, APPLY = "print", "observe", "verify", "apply"


def follow(session: Session, options: argparse.Namespace, ask: Callable[[Question], Answer]) -> int:
    """Ask what is next until nothing is; the exit code of what came last. ``ask`` puts a question to the user."""
    from batten.design import file

    with tempfile.TemporaryDirectory(prefix="batten-") as folder:
        path = Path(folder) / file.NAME
        while (chosen := ask(_next())) != PRINT:
            path.write_text(file.dump(session.design), encoding="utf-8")
            try:
                if chosen == APPLY:
                    return _run(APPLY, options, "--design", str(path), "--accept", str(options.accept))
                session = _done(str(chosen), session, options, path, ask)
            except BattenError as error:
                streams.complain(error)
    streams.put_foreign(file.dump(session.design))
    return DONE


def _done(chosen: str, session: Session, options: argparse.Namespace, path: Path, ask: Callable[[Question], Answer]) -> Session:
    """The session after the project was compared, or watched: what was seen is in the design then, and what is open now is asked."""
    from batten.design import file
    from wizards.plain import walk
    from wizards.steps import step

    if chosen == VERIFY:
        _run(VERIFY, options)
        return session
    _run(OBSERVE, options, "--for", str(ask(_how_long())), "--output", str(path))
    seen = file.read(path)
    design = replace(session.design, connections=seen.connections, networks=seen.networks, observed=seen.observed)
    return walk(session.decide(design, "what was seen"), [step("connections")], ask=ask, say=streams.say)


def _run(name: str, options: argparse.Namespace, *more: str) -> int:
    from batten.cli import parsing

    return parsing.run(name, [*more, *_named(options)])


def _named(options: argparse.Namespace) -> list[str]:
    """The project, as it was named to us."""
    several = (("--file", options.files), ("--profile", options.profiles), ("--env-file", options.env_files))
    named = [part for option, values in several for value in values for part in (option, str(value))]
    named += ["--project-name", options.project_name] if options.project_name else []
    named += ["--confine"] if options.confine else []
    return [*named, "--", str(options.path)] if options.path is not None else named


def _next() -> Question:
    from wizards.questions import Choice, Question

    choices = (
        Choice(PRINT, "print the design", "and end; nothing is written"),
        Choice(OBSERVE, "watch the running project", "who is connected to whom; what was seen becomes evidence"),
        Choice(VERIFY, "compare the running project with its files", "networks, and connections that are opened and closed at once"),
        Choice(APPLY, "put the hardened project in", "files and containers; it asks before anything restarts, and everything can be taken back"),
    )
    return Question("next", "Next", "What shall be done with these decisions?", "Nothing has been written yet.", choices, PRINT)


def _how_long() -> Question:
    from wizards.questions import Choice, Question

    times = (Choice("2m", "two minutes"), Choice("10m", "ten minutes", "from then on, what was never seen is asked about"), Choice("1h", "an hour"))
    return Question("time", "Next", "For how long?", "Ctrl-C ends it early and keeps what was seen", times, "10m")
