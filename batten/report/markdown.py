"""The findings of a review as Markdown, for a comment on a pull request or the summary of a pipeline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from batten.errors import BattenError
from batten.model import Project, Span
from batten.report.findings import Reviewed, counted
from batten.report.terminal import plain
from batten.review.finding import KNOWN, Finding, Severity

_SPECIAL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "@": "&#64;", "[": "&#91;", "#": "&#35;", "*": "&#42;", "!": "&#33;"})
_CODE = re.compile(r"(`[^`]+`)")


def as_markdown(reviews: Sequence[Reviewed], errors: Sequence[BattenError] = ()) -> str:
    """A section a project: what stands as a table, and folded away what is only good to know and what is suppressed."""
    blocks = [block for review in reviews for block in _blocks(review)]
    if errors:
        blocks.append("### Not read\n\n" + "\n".join(f"- {_prose(str(error))}" for error in errors))
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _blocks(review: Reviewed) -> Iterator[str]:
    project, exposure = review.project, review.exposure
    paths = f"{exposure.paths} path{'s' if exposure.paths != 1 else ''} between services, {exposure.needed} needed"
    yield f"### {_prose(project.name)}: {counted(review.findings)}" + (f"\n\n{paths}" if exposure.services else "")
    standing = [finding for finding in review.findings if finding.suppressed is None]
    worth = [finding for finding in standing if finding.severity is not Severity.INFO]
    if worth:
        yield "| severity | where | finding |\n|---|---|---|\n" + "\n".join(_row(project, finding) for finding in worth)
    notes = [f"- {_code(finding.rule)} {_prose(finding.title)}" for finding in standing if finding.severity is Severity.INFO]
    yield from _folded("For information", notes)
    kept = [finding for finding in review.findings if finding.suppressed not in (None, KNOWN)]
    yield from _folded("Suppressed", [f"- {_code(one.rule)} at {_place(project, one)}: {_prose(one.suppressed or '')}" for one in kept])


def _row(project: Project, finding: Finding) -> str:
    subject = f" {_code(finding.service)}" if finding.service is not None else ""
    fix = f"<br>**Fix** ({finding.fix.risk}): {_prose(finding.fix.title)}." if finding.fix else ""
    what = f"**{_prose(finding.title)}** ({_code(finding.rule)})<br>{_prose(finding.message)}{fix}"
    return f"| {finding.severity} | {_place(project, finding)}{subject} | {what} |"


def _place(project: Project, finding: Finding) -> str:
    place = finding.location
    return _code(f"{project.shown(place.file)}:{place.line}" if isinstance(place, Span) else f"{place.object} {place.attribute}")


def _folded(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"<details><summary>{title} ({len(lines)})</summary>\n\n" + "\n".join(lines) + "\n\n</details>"


def _prose(text: str) -> str:
    """``text`` with nothing that Markdown, HTML or a mention would act upon, but for pieces in backquotes, which stay code."""
    parts = _CODE.split(plain(text))
    return "".join(_code(part[1:-1]) if number % 2 else part.replace("`", "'").translate(_SPECIAL) for number, part in enumerate(parts))


def _code(text: str) -> str:
    """``text`` as code; a bar would end the cell of a table even there."""
    return f"`{plain(text).replace('`', chr(39)).replace('|', '¦')}`"
