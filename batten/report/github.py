"""The findings of a review as workflow commands, which GitHub shows as annotations beside the changed lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batten.errors import BattenError
from batten.model import Project, Span
from batten.report.findings import Reviewed, counted
from batten.report.terminal import plain
from batten.review.finding import Finding, Severity

_COMMANDS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "notice"}


def as_github(reviews: Sequence[Reviewed], errors: Sequence[BattenError] = ()) -> str:
    """One command a finding and error. What is suppressed, or only good to know, is not annotated; a line for people counts it all."""
    lines = [_error(error) for error in errors]
    for review in reviews:
        lines += _findings(review)
        lines.append(f"review of {plain(review.project.name)}: {counted(review.findings)}")
    return "\n".join(lines) + "\n" if lines else ""


def _findings(review: Reviewed) -> Iterator[str]:
    for finding in review.findings:
        if finding.suppressed is None and finding.severity in _COMMANDS:
            yield _command(_COMMANDS[finding.severity], _place(review.project, finding), _text(finding))


def _text(finding: Finding) -> str:
    fix = f"\nFix ({finding.fix.risk}): {finding.fix.title}." if finding.fix else ""
    place = finding.location
    where = "" if isinstance(place, Span) else f"{place.object} {place.attribute}\n"
    return f"{where}{finding.message}{fix}\n`batten rules {finding.rule}` tells more."


def _place(project: Project, finding: Finding) -> dict[str, str]:
    subject = f"{finding.service}: " if finding.service is not None else ""
    title = {"title": f"{finding.rule} ({finding.severity}) {subject}{finding.title}"}
    place = finding.location
    return {"file": project.shown(place.file), "line": str(place.line), "col": str(place.column), **title} if isinstance(place, Span) else title


def _error(error: BattenError) -> str:
    place = {"file": error.file} if error.file else {}
    if error.span:
        place |= {"line": str(error.span.line), "col": str(error.span.column)}
    return _command("error", {**place, "title": "batten could not read this"}, f"{error.message} {error.hint}".strip())


def _command(name: str, properties: dict[str, str], message: str) -> str:
    """A workflow command. What could end one early, or begin another, is escaped as GitHub asks for."""
    shown = ",".join(f"{key}={_escaped(plain(value)).replace(':', '%3A').replace(',', '%2C')}" for key, value in properties.items())
    return f"::{name} {shown}::" + "%0A".join(_escaped(plain(line)) for line in message.split("\n"))


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
