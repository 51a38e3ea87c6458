"""Show what an intruder could use, with file, line and fix.

The exit code is 1 where a finding is as severe as --fail-on says, and 2 where something could not be read.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from batten.cli import DONE, FAILED, FOUND, designs, projects, streams
from batten.cli.projects import Source
from batten.cli.told import Manner, Told, retold, told, unreadable
from batten.errors import BattenError, InputError
from batten.model import Project
from batten.report.findings import Exposure, Reviewed, as_json
from batten.review.finding import Severity

NEVER = "never"
FORMATS = ("text", "json", "sarif", "github", "markdown")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    projects.add_arguments(parser, several=True)
    projects.add_live_arguments(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    levels = (*(str(level) for level in Severity), NEVER)
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="an earlier review as JSON: only what is new counts")
    mending = parser.add_mutually_exclusive_group()
    mending.add_argument("--fix", action="store_true", help="mend in the files what can be mended without risk, and review what is left")
    mending.add_argument("--diff", action="store_true", help="print what --fix would change; secret values are masked")
    parser.add_argument("--fail-on", choices=levels, default=str(Severity.HIGH), help="the lowest severity that makes the exit code 1; default: high")


def run(options: argparse.Namespace) -> int:
    """Review every project that was named; what cannot be read does not keep the others from being reviewed."""
    if options.files and len(options.paths) > 1:
        raise InputError("-f names the files of one project.", hint="Name one PATH with it, or none.")
    if (options.fix or options.diff) and _is_live(options):
        raise InputError("what runs is mended in its files.", hint="Leave --live away.")
    if options.diff:
        return _diff(options)
    if options.format == "text":
        return _for_people(options)
    reviews: list[Reviewed] = []
    errors: list[BattenError] = []
    for outcome in _running(options) if _is_live(options) else _named(options):
        (errors if isinstance(outcome, BattenError) else reviews).append(outcome)  # type: ignore[arg-type]
    for error in errors:
        streams.complain(error)
    streams.put(_for_programs(options.format, reviews, errors))
    for note in [note for review in reviews for note in review.project.notes]:
        streams.say(note)
    return FAILED if errors else FOUND if any(_fails(review, options.fail_on) for review in reviews) else DONE


def _for_people(options: argparse.Namespace) -> int:
    """Text, of which nothing but the text is kept."""
    manner = Manner(_review_of(options), partial(_fails, level=options.fail_on), streams.colours(), streams.width())
    outcomes = list(_told_running(options, manner) if _is_live(options) else _told(options, manner))
    for outcome in outcomes:
        if isinstance(outcome, BattenError):
            streams.complain(outcome)
    reviews = [outcome for outcome in outcomes if isinstance(outcome, Told)]
    streams.put("\n".join(review.text for review in reviews))
    for note in [note for review in reviews for note in review.notes]:
        streams.say(note)
    return FAILED if len(reviews) < len(outcomes) else FOUND if any(review.fails for review in reviews) else DONE


def _is_live(options: argparse.Namespace) -> bool:
    return bool(options.live or options.context)


def _for_programs(form: str, reviews: Sequence[Reviewed], errors: Sequence[BattenError]) -> str:
    """What is not for a terminal; only the writer that is asked for is loaded."""
    if form == "json":
        return as_json(reviews, errors)
    from importlib import import_module

    return str(getattr(import_module(f"batten.report.{form}"), f"as_{form}")(reviews, errors))


def _running(options: argparse.Namespace) -> Iterator[Reviewed | BattenError]:
    from batten.cli import live

    judge = _judge(options)
    yield from (outcome if isinstance(outcome, BattenError) else judge(outcome) for outcome in live.reviews(options))


def _told_running(options: argparse.Namespace, manner: Manner) -> Iterator[Told | BattenError]:
    yield from (outcome if isinstance(outcome, BattenError) else retold(outcome, manner) for outcome in _running(options))


def _named(options: argparse.Namespace) -> Iterator[Reviewed | BattenError]:
    review = _review_of(options)
    for source in _sources(options):
        if isinstance(source, BattenError):
            yield source
            continue
        try:
            yield review(source)
        except BattenError as error:
            yield error
        except OSError as error:
            yield unreadable(error, str(source.files[0]))


def _told(options: argparse.Namespace, manner: Manner) -> Iterator[Told | BattenError]:
    sources = list(_sources(options))
    yield from told([source for source in sources if isinstance(source, Source)], manner)
    yield from (source for source in sources if isinstance(source, BattenError))


def _sources(options: argparse.Namespace) -> Iterator[Source | BattenError]:
    """Every project that was named, or why there is none."""
    for path in options.paths or [None]:
        try:
            yield from projects.sources(path, options)
        except BattenError as error:
            yield error
        except OSError as error:
            yield unreadable(error, str(path))


def _review_of(options: argparse.Namespace) -> Callable[[Source], Reviewed]:
    """How a project is reviewed: mended before if that was asked for, and compared with the baseline."""
    return partial(_reviewed, judge=_judge(options), mend=options.fix)


def _reviewed(source: Source, judge: Callable[[Reviewed], Reviewed], mend: bool) -> Reviewed:
    review = judge(reviewed(source.load()))
    if not mend:
        return review
    from batten.cli import fixing

    return judge(reviewed(fixing.fix(review)))


def _judge(options: argparse.Namespace) -> Callable[[Reviewed], Reviewed]:
    if options.baseline is None:
        return _as_it_is
    from batten.report import baseline

    return partial(baseline.without_known, baseline=baseline.read(options.baseline))


def _as_it_is(review: Reviewed) -> Reviewed:
    return review


def _diff(options: argparse.Namespace) -> int:
    """What --fix would change in every project."""
    from batten.cli import fixing

    failed = False
    for outcome in _named(options):
        try:
            if isinstance(outcome, BattenError):
                raise outcome
            fixing.show(outcome)
        except BattenError as error:
            failed = True
            streams.complain(error)
    return FAILED if failed else DONE


def reviewed(project: Project) -> Reviewed:
    """Findings and exposure of a project; the design beside it says what is kept, who needs whom and which tier is whose."""
    from batten.inference.evidence import known_connections
    from batten.reach import count_paths
    from batten.review.runner import review

    design = designs.saved(project)
    tiers = {name: placement.tier for name, placement in design.tiers.items()} if design is not None else None
    connections = designs.needed(project, design) if design is not None else known_connections(project)
    findings = review(project, keeps=design.suppressions if design is not None else (), tiers=tiers, connections=connections)
    count = count_paths(project, connections)
    return Reviewed(project, findings, Exposure(len(project.services), count.paths, count.needed))


def _fails(review: Reviewed, level: str) -> bool:
    """Whether a finding that stands is as severe as that."""
    bar = None if level == NEVER else Severity(level).level
    return bar is not None and any(finding.suppressed is None and finding.severity.level >= bar for finding in review.findings)
