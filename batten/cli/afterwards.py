"""What follows the questions of the plain mode: the running project is watched, compared, or hardened, as often as somebody wants; in the end the design
is printed, or in place."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from batten.cli import DONE, streams
from batten.errors import BattenError

if TYPE_CHECKING:
    from batten.session import Session

Ask: TypeAlias = Callable[[Any], Any]
"""Puts a question of ``wizards.questions`` to the user and gives the answer."""


def follow(session: Session, options: argparse.Namespace, ask: Ask) -> int:
    """Ask what is next until nothing is; the exit code of what came last. ``ask`` puts a question to the user."""
    from batten.design import file
    from wizards.afterwards import APPLY, PRINT, WHAT_NEXT

    with tempfile.TemporaryDirectory(prefix="batten-") as folder:
        path = Path(folder) / file.NAME
        while (chosen := ask(WHAT_NEXT)) != PRINT:
            path.write_text(file.dump(session.design), encoding="utf-8")
            try:
                if chosen == APPLY:
                    return _run(APPLY, options, "--design", str(path), "--accept", str(options.accept))
                session = _done(str(chosen), session, options, path, ask)
            except BattenError as error:
                streams.complain(error)
    streams.put_foreign(file.dump(session.design))
    return DONE


def _done(chosen: str, session: Session, options: argparse.Namespace, path: Path, ask: Ask) -> Session:
    """The session after the project was compared, or watched: what was seen is in the design then, and what is open now is asked."""
    from batten.design import file
    from wizards.afterwards import HOW_LONG, OBSERVE, VERIFY
    from wizards.plain import walk
    from wizards.steps import step

    if chosen == VERIFY:
        _run(VERIFY, options)
        return session
    _run(OBSERVE, options, "--for", str(ask(HOW_LONG)), "--output", str(path))
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
