"""Show what an intruder could use, with file, line and fix.

The exit code is 1 where a finding is as severe as --fail-on says, and 2 where something could not be read.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from batten.cli import DONE, FAILED, FOUND, designs, projects, streams
from batten.errors import BattenError, InputError
from batten.model import Project
from batten.report.findings import Exposure, Reviewed, as_json, as_text
from batten.review.finding import Severity

NEVER = "never"
FORMATS = ("text", "json", "sarif", "github", "markdown")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    projects.add_arguments(parser, several=True)
    projects.add_live_arguments(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    levels = (*(str(level) for level in Severity), NEVER)
    parser.add_argument("--fail-on", choices=levels, default=str(Severity.HIGH), help="the lowest severity that makes the exit code 1; default: high")


def run(options: argparse.Namespace) -> int:
    """Review every project that was named; what cannot be read does not keep the others from being reviewed."""
    if options.files and len(options.paths) > 1:
        raise InputError("-f names the files of one project.", hint="Name one PATH with it, or none.")
    reviews: list[Reviewed] = []
    errors: list[BattenError] = []
    for outcome in _running(options) if options.live or options.context else _named(options):
        (errors if isinstance(outcome, BattenError) else reviews).append(outcome)  # type: ignore[arg-type]
    for error in errors:
        streams.complain(error)
    if options.format != "text":
        streams.put(_for_programs(options.format, reviews, errors))
    elif reviews:
        streams.put(as_text(reviews, colour=streams.colours(), width=streams.width()))
    for note in [note for review in reviews for note in review.project.notes]:
        streams.say(note)
    return FAILED if errors else FOUND if _fails(reviews, options.fail_on) else DONE


def _for_programs(form: str, reviews: Sequence[Reviewed], errors: Sequence[BattenError]) -> str:
    """What is not for a terminal; only the writer that is asked for is loaded."""
    if form == "json":
        return as_json(reviews, errors)
    from importlib import import_module

    return str(getattr(import_module(f"batten.report.{form}"), f"as_{form}")(reviews, errors))


def _running(options: argparse.Namespace) -> Iterator[Reviewed | BattenError]:
    from batten.cli import live

    return live.reviews(options)


def _named(options: argparse.Namespace) -> Iterator[Reviewed | BattenError]:
    for path in options.paths or [None]:
        yield from _outcomes(path, options)


def _outcomes(path: str | None, options: argparse.Namespace) -> Iterator[Reviewed | BattenError]:
    try:
        for source in projects.sources(path, options):
            try:
                yield reviewed(source.load())
            except BattenError as error:
                yield error
    except BattenError as error:
        yield error
    except OSError as error:
        yield InputError(f"cannot be read: {error.strerror or error}.", file=str(error.filename or path))


def reviewed(project: Project) -> Reviewed:
    """Findings and exposure of a project; the design beside it says what is kept, who needs whom and which tier is whose."""
    from batten.inference.evidence import needed_connections
    from batten.reach import count_paths
    from batten.review.runner import review

    design = designs.saved(project)
    tiers = {name: placement.tier for name, placement in design.tiers.items()} if design is not None else None
    connections = design.connections if design is not None else needed_connections(project)
    findings = review(project, keeps=design.suppressions if design is not None else (), tiers=tiers, connections=connections)
    count = count_paths(project, connections)
    return Reviewed(project, findings, Exposure(len(project.services), count.paths, count.needed))


def _fails(reviews: Sequence[Reviewed], level: str) -> bool:
    """Whether a finding that stands is as severe as that."""
    if level == NEVER:
        return False
    bar = Severity(level).level
    return any(finding.suppressed is None and finding.severity.level >= bar for review in reviews for finding in review.findings)
