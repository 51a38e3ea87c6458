"""How often each rule fires on a folder of projects, and a sample of findings to be read by eye.

``python -m bench.firing CORPUS [SAMPLE]``: CORPUS as ``bench.conformance`` takes it; with SAMPLE so many random findings of severity medium
or above are printed whole, and so many of the rules that fire most.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from batten.compose import load_project
from batten.compose.discovery import projects_below
from batten.errors import BattenError
from batten.model import Project
from batten.report.findings import Exposure, Reviewed, as_text
from batten.review import catalogue
from batten.review.finding import Finding, Severity
from batten.review.runner import review


class Found(NamedTuple):
    """One finding and where it was found."""

    project: Project
    finding: Finding


def everything(corpus: Path) -> Iterator[Found]:
    """Every finding in every project that can be read; the others are counted on standard error."""
    unreadable = 0
    for files in projects_below(corpus / "projects"):
        try:
            project = load_project(files, environ={})
        except BattenError:
            unreadable += 1
            continue
        yield from (Found(project, finding) for finding in review(project))
    print(f"{unreadable} projects could not be read and have no findings", file=sys.stderr)


def table(found: Sequence[Found]) -> str:
    """A line for each rule: findings by severity, and in how many projects."""
    levels = list(reversed(Severity))
    counts = Counter((one.finding.rule, one.finding.severity) for one in found)
    projects = {name: len({id(one.project) for one in found if one.finding.rule == name}) for name in catalogue.names()}
    lines = [f"{'rule':<26}" + "".join(f"{level:>10}" for level in levels) + f"{'projects':>10}"]
    for name in sorted(catalogue.names(), key=lambda name: -projects[name]):
        lines.append(f"{name:<26}" + "".join(f"{counts[name, level] or '':>10}" for level in levels) + f"{projects[name]:>10}")
    return "\n".join(lines)


def sample(found: Sequence[Found], count: int) -> Iterator[str]:
    """Random findings, and random ones of the rules that fire most, each with its source."""
    worth = [one for one in found if one.finding.severity.level >= Severity.MEDIUM.level]
    loudest = [rule for rule, _ in Counter(one.finding.rule for one in worth).most_common(5)]
    dice = random.Random(20260101)
    noisy = dice.sample([one for one in worth if one.finding.rule in loudest], count)
    for one in (*noisy, *dice.sample(worth, count)):
        yield as_text([Reviewed(one.project, (one.finding,), Exposure(0, 0, 0))])


def main(corpus: str, count: str = "0") -> None:
    """Print the table and the sample."""
    found = list(everything(Path(corpus)))
    print(table(found))
    for text in sample(found, int(count)) if int(count) else ():
        print(f"\n{text}", end="")


if __name__ == "__main__":
    main(*sys.argv[1:])
