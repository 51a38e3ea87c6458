"""Suppressions: ``# batten: ignore RULE[, RULE] -- reason`` on or above a line, or entries that the design file keeps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from batten.model import Comment, Project, SourceText, Span
from batten.review.finding import Finding, Ignore

_START = re.compile(r"#[ \t]*batten:[ \t]*ignore\b[^\r\n]*")
_PARTS = re.compile(r"#[ \t]*batten:[ \t]*ignore\b(?P<rules>[^#]*?)(?:\s--\s*(?P<reason>.*)|#.*)?$")


class Suppression(NamedTuple):
    """One suppression comment."""

    place: Span
    rules: tuple[str, ...]
    reason: str
    """Empty where none was given; the comment then suppresses nothing."""
    target: int
    """The line whose findings it is about: its own, or the next one that is not a comment."""

    def covers(self, finding: Finding) -> bool:
        """Whether this is about ``finding``."""
        place = finding.location
        return bool(self.reason) and isinstance(place, Span) and (place.file, place.line) == (self.place.file, self.target) and finding.rule in self.rules


def find_suppressions(project: Project) -> tuple[Suppression, ...]:
    """Every suppression comment in the files of ``project``."""
    return tuple(_parse(source, comment) for source in project.sources.values() for comment in suppression_comments(source))


def suppression_comments(source: SourceText) -> Iterator[Comment]:
    """The comments of ``source`` that speak to batten; the same words inside a value are no comment."""
    matches = list(_START.finditer(source.text))
    if not matches:
        return
    values = [] if source.kind == "env" else list(_scalars(source.text))
    for match in matches:
        start = match.start()
        begin = source.text.rfind("\n", 0, start) + 1
        if _starts_comment(source, begin, start) and not any(low <= start < high for low, high in values):
            span = Span(source.file, start, match.end(), source.text.count("\n", 0, start) + 1, start - begin + 1)
            yield Comment(span, match.group().rstrip())


def _starts_comment(source: SourceText, begin: int, start: int) -> bool:
    before = source.text[begin:start]
    if source.kind == "env":
        return not before.strip()
    return not before or before[-1] in " \t"


def _scalars(text: str) -> Iterator[tuple[int, int]]:
    """Where values and keys stand: YAML's own scanner knows quotes, blocks and folded lines."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for token in yaml.scan(text, Loader=loader):
        if isinstance(token, yaml.ScalarToken):
            yield token.start_mark.index, token.end_mark.index


def _parse(source: SourceText, comment: Comment) -> Suppression:
    parts = _PARTS.match(comment.text)
    rules, reason = (parts["rules"], parts["reason"] or "") if parts else ("", "")
    names = tuple(name for name in re.split(r"[\s,]+", rules) if name)
    return Suppression(comment.span, names, reason.strip(), _target(source, comment.span))


def _target(source: SourceText, place: Span) -> int:
    lines = source.text.split("\n")
    number = place.line
    while number < len(lines) and lines[number - 1].lstrip().startswith("#"):
        number += 1
    return number


def suppress(findings: Iterable[Finding], comments: Sequence[Suppression], keeps: Sequence[Ignore]) -> Iterator[Finding]:
    """The same findings; those that a comment or an entry of the design is about carry its reason."""
    for finding in findings:
        reasons = [comment.reason for comment in comments if comment.covers(finding)] + [keep.reason for keep in keeps if keep.covers(finding)]
        yield finding._replace(suppressed=reasons[0]) if reasons else finding
