"""The findings of a review as text for people and as JSON for programs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from batten import __version__
from batten.errors import BattenError
from batten.model import Location, Project, Span
from batten.report.excerpt import Excerpt, Excerpts
from batten.report.terminal import Paint, folded, plain
from batten.review.finding import KNOWN, Finding, Severity

_STYLES = {
    Severity.CRITICAL: ("bold", "red"),
    Severity.HIGH: ("red",),
    Severity.MEDIUM: ("yellow",),
    Severity.LOW: ("cyan",),
    Severity.INFO: ("dim",),
}
_RELATED_SHOWN = 3
_SENTENCES = re.compile(r"(?<=\.) (?=[A-Z`])")


class Exposure(NamedTuple):
    """How many of the ordered pairs of services can reach each other, and how many of them need to."""

    services: int
    paths: int
    needed: int


class Reviewed(NamedTuple):
    """A project with what its review found."""

    project: Project
    findings: tuple[Finding, ...]
    exposure: Exposure


def summary(findings: Sequence[Finding]) -> dict[Severity, int]:
    """How many findings there are of each severity, the worst first; suppressed ones do not count."""
    return {level: sum(1 for finding in findings if finding.severity is level and finding.suppressed is None) for level in reversed(Severity)}


def counted(findings: Sequence[Finding], paint: Paint | None = None) -> str:
    """The summary as a phrase, e.g. ``1 high, 3 info (2 suppressed)``."""
    paint = paint or Paint(False)
    counts = [paint(f"{count} {severity}", *_STYLES[severity]) for severity, count in summary(findings).items() if count]
    kept = sum(1 for finding in findings if finding.suppressed is not None)
    return (", ".join(counts) or "nothing found") + (f" ({kept} suppressed)" if kept else "")


def as_json(reviews: Sequence[Reviewed], errors: Sequence[BattenError] = ()) -> str:
    """The review as the JSON that is promised to programs."""
    import json

    data = {
        "schema_version": 1,
        "tool": {"name": "batten", "version": __version__},
        "projects": [_project_data(review) for review in reviews],
        "errors": [_error_data(error) for error in errors],
    }
    return json.dumps(data, indent=2) + "\n"


def _project_data(review: Reviewed) -> dict[str, Any]:
    project, exposure = review.project, review.exposure
    return {
        "name": project.name,
        "files": [project.shown(file) for file in project.files],
        "findings": [_finding_data(project, finding) for finding in review.findings],
        "summary": {severity.value: count for severity, count in summary(review.findings).items()},
        "exposure": {"services": exposure.services, "paths": exposure.paths, "needed": exposure.needed},
    }


def _finding_data(project: Project, finding: Finding) -> dict[str, Any]:
    service = project.services.get(finding.service) if finding.service is not None else None
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "service": finding.service,
        "profiles": list(service.profiles) if service else [],
        "title": finding.title,
        "message": finding.message,
        "location": _location_data(project, finding.location),
        "related": [_location_data(project, place) for place in finding.related],
        "fix": {"title": finding.fix.title, "risk": finding.fix.risk.value} if finding.fix else None,
        "suppressed": None if finding.suppressed is None else {"reason": finding.suppressed},
        "references": list(finding.references),
    }


def _location_data(project: Project, place: Location) -> dict[str, Any]:
    if isinstance(place, Span):
        return {"kind": "file", "file": project.shown(place.file), "line": place.line, "column": place.column}
    return {"kind": "engine", "object": place.object, "attribute": place.attribute}


def _error_data(error: BattenError) -> dict[str, Any]:
    span = error.span
    message = f"{error.message} {error.hint}".strip()
    return {"file": error.file or None, "line": span.line if span else None, "column": span.column if span else None, "message": message}


def grouped(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that are more than good to know, those of one rule and severity together, in the order of the first of each."""
    groups: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in findings:
        if finding.severity is not Severity.INFO:
            groups.setdefault((finding.severity, finding.rule), []).append(finding)
    return [finding for group in groups.values() for finding in group]


def as_text(reviews: Sequence[Reviewed], *, colour: bool = False, width: int = 80) -> str:
    """The review for people: every finding with its source, why it matters and what can be done, and a summary at the end."""
    paint = Paint(colour)
    blocks = ["\n".join(block) for review in reviews for block in _Text(review, paint, width).blocks()]
    return "\n\n".join(blocks) + "\n"


class _Text:
    """Writes one project's review."""

    def __init__(self, review: Reviewed, paint: Paint, width: int) -> None:
        self.project, self.findings, self.exposure = review.project, review.findings, review.exposure
        self.paint, self.width = paint, width
        self.said: set[tuple[str, str]] = set()
        self.excerpts = excerpts_of(self.project) if self.findings else Excerpts(self.project, ())

    def blocks(self) -> Iterator[list[str]]:
        standing = [finding for finding in self.findings if finding.suppressed is None]
        kept = [finding for finding in self.findings if finding.suppressed is not None]
        notes = [finding for finding in standing if finding.severity is Severity.INFO]
        for finding in grouped(standing):
            yield list(self.finding(finding))
        if notes:
            heading = f"For information ({len(notes)}; `batten rules NAME` explains)"
            yield [self.paint(heading, *_STYLES[Severity.INFO]), *(line for finding in notes for line in self.note(finding))]
        if kept:
            known = sum(finding.suppressed == KNOWN for finding in kept)
            lines = [line for finding in kept if finding.suppressed != KNOWN for line in self.kept(finding)]
            yield [f"Suppressed ({len(kept)})", *lines, *([f"  {known} known from the baseline"] if known else [])]
        yield self.ending()

    def finding(self, finding: Finding) -> Iterator[str]:
        word = self.paint(f"{finding.severity.upper():<8}", "bold", *_STYLES[finding.severity])
        yield f"{word} {self.place(finding.location)}  {self.subject(finding)}{finding.rule}"
        yield from (self.paint(line, "bold") for line in folded(finding.title, self.width, "  "))
        excerpt = self.excerpts.cut(finding.location) if isinstance(finding.location, Span) else None
        if excerpt:
            yield from self.source(excerpt, finding)
        message = self.news(finding)
        if message:
            yield from folded(message, self.width, "  ")
        yield from self.related(finding)
        if finding.fix:
            yield from (self.paint(line, "green") for line in folded(f"Fix ({finding.fix.risk}): {finding.fix.title}.", self.width, "  "))

    def news(self, finding: Finding) -> str:
        """The sentences of the message that were not said of another finding of the rule already."""
        sentences = [(finding.rule, sentence) for sentence in _SENTENCES.split(finding.message)]
        new = [sentence for key, sentence in sentences if (key, sentence) not in self.said]
        self.said.update(sentences)
        return " ".join(new)

    def subject(self, finding: Finding) -> str:
        if finding.service is None:
            return ""
        service = self.project.services.get(finding.service)
        profiles = f" (profile {', '.join(service.profiles)})" if service and service.profiles else ""
        return self.paint(plain(finding.service + profiles), "bold") + "  "

    def place(self, place: Location) -> str:
        if isinstance(place, Span):
            return plain(f"{self.project.shown(place.file)}:{place.line}")
        return plain(f"{place.object} {place.attribute}")

    def other(self, place: Location, primary: Location) -> str:
        same = isinstance(place, Span) and isinstance(primary, Span) and place.file == primary.file
        return f"line {place.line}" if same and isinstance(place, Span) else self.place(place)

    def source(self, excerpt: Excerpt, finding: Finding) -> Iterator[str]:
        room = self.width - 10
        skip = max(0, min(excerpt.start - room // 2, len(excerpt.lines[-1][1]) - room)) if len(excerpt.lines[-1][1]) > room else 0
        for number, line in excerpt.lines:
            yield f"  {self.paint(f'{number:>5} │', 'dim')} {plain(line[skip : skip + room])}".rstrip()
        length = min(excerpt.length, room - (excerpt.start - skip))
        if length > 0:
            mark = " " * (excerpt.start - skip) + self.paint("~" * length, *_STYLES[finding.severity])
            yield f"  {self.paint('      │', 'dim')} {mark}"

    def related(self, finding: Finding) -> Iterator[str]:
        shown = [self.other(place, finding.location) for place in finding.related[:_RELATED_SHOWN]]
        more = len(finding.related) - len(shown)
        if shown:
            text = f"See also {', '.join(shown)}" + (f" and {more} more places." if more > 1 else " and one more place." if more else ".")
            yield from (self.paint(line, "dim") for line in folded(text, self.width, "  "))

    def note(self, finding: Finding) -> Iterator[str]:
        """One line for what is only good to know; where it is about one place, with that place."""
        where = f" at {self.place(finding.location)}" if finding.service is not None or not finding.related else ""
        service = f" {finding.service}" if finding.service is not None else ""
        yield from folded(f"{finding.rule}{where}{service}: {finding.title}", self.width, "  ")

    def kept(self, finding: Finding) -> Iterator[str]:
        service = f" {finding.service}" if finding.service is not None else ""
        yield from folded(f"{finding.rule} at {self.place(finding.location)}{service}: {finding.suppressed}", self.width, "  ")

    def ending(self) -> list[str]:
        found = counted(self.findings, self.paint)
        if not self.exposure.services:
            return [f"{self.paint(plain(self.project.name), 'bold')}: {found}"]
        paths = f"{self.exposure.paths} path{'s' if self.exposure.paths != 1 else ''}, {self.exposure.needed} needed"
        return [f"{self.paint(plain(self.project.name), 'bold')}: {found} · {paths}"]


def excerpts_of(project: Project) -> Excerpts:
    """Excerpts of a project's files in which every credential is masked."""
    from batten.inference.credentials import find_credentials
    from batten.review.spilled import find_spills

    return Excerpts(project, find_credentials(project), find_spills(project))
