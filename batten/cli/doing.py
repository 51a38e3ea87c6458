"""What ``apply`` and ``undo`` share: the options, events told as they come, questions asked on the terminal, and a plain word where it stops."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from batten.cli import streams
from batten.errors import BattenError

if TYPE_CHECKING:
    from batten.engine.applying import Applying
    from batten.engine.events import Decide, Ended, Question
    from batten.engine.undoing import Undoing

WAIT = 300.0
"""As ``generators.placing`` has it; that would cost too much to load for the help."""
_LONGEST = 86_400.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How it is asked for, and how long it may take."""
    parser.add_argument("--yes", action="store_true", help="do not ask before containers restart")
    parser.add_argument(
        "--wait", type=_seconds, default=WAIT, metavar="SECONDS", help="for Docker Compose, and once more for the containers to stand; default: 300"
    )
    parser.add_argument("--context", metavar="NAME", help="the docker context of the engine; default: as the docker command has it")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="what standard output gets at the end; default: text")


def _seconds(text: str) -> float:
    if not text.isdigit() or not 0 < int(text) <= _LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 1 to {_LONGEST:.0f}")
    return float(text)


def refuse_without_a_terminal(options: argparse.Namespace) -> None:
    """Nothing restarts that nobody was asked about; raises BattenError."""
    if not options.yes and not asking():
        raise BattenError("there is no terminal to ask on, and containers would restart.", hint="Say --yes if that is all right.")


def asking() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def named(options: argparse.Namespace) -> Mapping[str, Sequence[str]]:
    """How the project was named, to name it so again on the way back."""
    from pathlib import Path

    found = {
        "files": [str(Path(file).absolute()) for file in options.files],
        "env_files": [str(Path(file).absolute()) for file in options.env_files],
        "profiles": list(options.profiles),
        "project_name": [options.project_name] if options.project_name else [],
    }
    return {key: values for key, values in found.items() if values}


def named_as(options: argparse.Namespace, known: Mapping[str, Sequence[str]]) -> None:
    """Name the project as it was named when it was hardened, where nobody names it otherwise now."""
    if options.files or options.env_files or options.profiles or options.project_name:
        return
    options.files, options.env_files = list(known.get("files", ())), list(known.get("env_files", ()))
    options.profiles, options.project_name = list(known.get("profiles", ())), next(iter(known.get("project_name", ())), None)


def put_json(data: Mapping[str, object]) -> None:
    """The end, for programs."""
    import json

    streams.put(f"{json.dumps(data, indent=2, ensure_ascii=False)}\n")


def asked(question: Question) -> str:
    """The answer that somebody types: the number of a choice, or nothing for the one that is marked."""
    streams.say(question.text)
    for number, choice in enumerate(question.choices, 1):
        streams.say(f"  {number}  {choice.text}{'  (Enter)' if choice.id == question.default else ''}")
    while True:
        streams.say("Which one?")
        typed = sys.stdin.readline()
        if not typed:
            raise KeyboardInterrupt
        if not typed.strip():
            return question.default
        if typed.strip().isdigit() and 1 <= int(typed) <= len(question.choices):
            return question.choices[int(typed) - 1].id


def follow(run: Applying | Undoing, mask: Callable[[str], str]) -> Ended:
    """Tell each event on standard error until it is over; where it stops before, say what is true now."""
    from batten.engine.events import Ended
    from batten.report.applying import Words

    words = Words(mask, streams.width())
    try:
        for event in run.events():
            for line in words.lines(event):
                streams.say(line)
            if isinstance(event, Ended):
                return event
    except BattenError as error:
        raise type(error)(mask(error.message), hint=f"{error.hint} {stands(run)}".strip(), span=error.span, file=error.file) from None
    except BaseException:
        streams.say(stands(run))
        raise
    raise BattenError("it stopped without an end.", hint=stands(run))


def stands(run: Applying | Undoing) -> str:
    """What is true now, and the way back."""
    back = "" if run.written is None else " 'batten undo' brings the old files and containers back."
    return f"{run.situation}{back}"


def deciding(yes: bool, otherwise: Callable[[Question], str] | None = None) -> Decide:
    """Who decides: whoever sits at the terminal, or the options where nobody is to be asked."""

    def decide(question: Question) -> str:
        from batten.engine.events import GO, YES

        if question.kind == GO:
            return YES if yes else asked(question)
        return otherwise(question) if otherwise is not None else asked(question)

    return decide
