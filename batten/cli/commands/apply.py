"""Put the hardened project in: write the files, bring them up with Docker Compose, wait, verify, read the logs, and take back what does not work.

It says what will restart and asks first. No volume is removed or made anew. The exit code is 1 where anything is wrong or was taken back.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from batten.cli import DONE, FAILED, FOUND, doing, projects, streams
from batten.errors import WriteError
from batten.model import Risk

if TYPE_CHECKING:
    from batten.engine.applying import Applying
    from batten.engine.events import Ended, Outcome, Question

UNDO, TAKE_BACK, KEEP = "undo", "take-back", "keep"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    projects.add_arguments(parser)
    parser.add_argument("--design", type=Path, metavar="FILE", help="the design to apply; default: the saved one, else the proposed one")
    parser.add_argument("--accept", choices=[str(risk) for risk in Risk], default=str(Risk.CHECK), help="the highest risk that is taken; default: check")
    parser.add_argument("--force", action="store_true", help="replace files that are there already")
    parser.add_argument(
        "--on-trouble",
        choices=(UNDO, TAKE_BACK, KEEP),
        help="do not ask where something is wrong: take everything back, take back the likeliest change and try again, or leave it; with --yes: undo",
    )
    parser.add_argument("--no-connect", action="store_true", help="verify the networks alone, and open no connection")
    parser.add_argument("--probe-image", default="", metavar="IMAGE", help="verify from small containers of this image; default: as 'batten verify' has it")
    parser.add_argument("--pull", action="store_true", help="let the engine pull that image where it does not have it")
    doing.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Apply it and say how it went."""
    from batten.design import file
    from batten.engine.endpoint import endpoint
    from batten.engine.opening import Wishes
    from batten.session import design_for
    from generators.placing import How, What, applying

    doing.refuse_without_a_terminal(options)
    source = projects.source(options)
    project = source.load()
    if "-" in project.files:
        raise WriteError("standard input cannot be changed in place.", hint="Name a file.")
    design = file.read(options.design) if options.design else design_for(project)
    wishes = Wishes(connect=not options.no_connect, probe_image=options.probe_image, pull=options.pull)
    what = What(source.load, design, Risk(options.accept), wishes, doing.named(options))
    how = How(doing.deciding(options.yes, _otherwise(options)), options.context, options.wait, options.force)
    with applying(endpoint(options.context), what, how) as run:
        ended = doing.follow(run, run.task.mask)
        _tell(options, run, ended)
    return _code(ended.outcome, run.verified is not None and run.verified.found is None)


def _otherwise(options: argparse.Namespace) -> Callable[[Question], str] | None:
    """What is done about trouble where nobody is asked."""
    chosen = options.on_trouble or (UNDO if options.yes else None)
    if chosen is None:
        return None

    def decide(question: Question) -> str:
        first = question.choices[0].id
        return first if chosen == TAKE_BACK and first.startswith(TAKE_BACK) else UNDO if chosen == TAKE_BACK else chosen

    return decide


def _tell(options: argparse.Namespace, run: Applying, ended: Ended) -> None:
    """The end on standard output."""
    from batten.engine.events import Outcome
    from batten.report.applying import applied_json

    if options.format == "json":
        doing.put_json(applied_json(run, ended))
        return
    back = " 'batten undo' takes it back." if run.written is not None and ended.outcome != Outcome.UNDONE else ""
    streams.put(f"{streams.harmless(run.task.mask(ended.text))}{back}\n")


def _code(outcome: Outcome, unverified: bool) -> int:
    from batten.engine.events import Outcome

    if outcome == Outcome.DECLINED or (unverified and outcome in (Outcome.APPLIED, Outcome.NOTHING)):
        return FAILED
    return DONE if outcome in (Outcome.APPLIED, Outcome.NOTHING) else FOUND
