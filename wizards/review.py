"""The step that goes through the findings: mend, leave for now, or keep with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from batten.design import Design
from batten.model import Evidence, EvidenceKind, Project, Risk
from batten.review.finding import Finding, Ignore
from batten.session import Session
from wizards.questions import Answer, Choice, Question, Step, one_of
from wizards.remedies import REMEDIES
from wizards.remedy import Remedy

MEND, LEAVE, KEEP = "mend", "leave", "keep"
REASON = ".reason"
"""What the id of the question for a reason ends with."""
NO_REASON = "kept by decision, no reason given"

_LEAVE = Choice(LEAVE, "leave it open", "nothing changes, and every review speaks of it")
_KEEP = Choice(KEEP, "keep it, with a reason", "nothing changes; the design remembers why")


class Review(Step):
    """What becomes of each finding."""

    name = "review"
    title = "Review"
    aside = "Nothing was found."
    why = (
        "Each line is something that an intruder could use. What batten can mend, it mends unless you say otherwise; what it cannot, it leaves to you. "
        "A finding that is kept stands in the design with its reason, so that nobody has to think about it twice."
    )

    def questions(self, session: Session) -> list[Question]:
        """One for each rule and service that it speaks about, and one more for the reason of what is kept."""
        return [question for group in groups(session) for question in self._about(group, session)]

    def _about(self, group: Sequence[Finding], session: Session) -> Iterator[Question]:
        finding, keep = group[0], _keep_of(group[0], session.design)
        default = KEEP if keep else _current(group, session)
        places = tuple(Evidence(EvidenceKind.CONFIGURED, one.location, one.title) for one in group)
        yield Question(id_of(finding), _subject(finding), f"{finding.title}: what shall become of it?", finding.message, _choices(group), default, places)
        if keep:
            yield Question(id_of(finding) + REASON, _subject(finding), "Why is it kept?", keep.reason, (), keep.reason, places, free="a reason")

    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design that mends, leaves or keeps the findings of that rule about that service."""
        chosen, findings = one_of(value), _findings(design, project)
        group = [one for one in findings if id in (id_of(one), id_of(one) + REASON)]
        if not group:
            return design
        if id == id_of(group[0]) + REASON:
            return _kept(design, group[0], chosen)
        remedy, keep = _remedy(group), _keep_of(group[0], design)
        if remedy is not None:
            design = (remedy.take if chosen == MEND else remedy.leave)(design, group, project)
        return _kept(design, group[0], (keep.reason if keep else NO_REASON) if chosen == KEEP else None)


def groups(session: Session) -> list[list[Finding]]:
    """The findings that nothing suppresses, those of one rule about one service together, the worst first."""
    found: dict[str, list[Finding]] = {}
    for finding in session.outcome().findings_before:
        if finding.suppressed is None:
            found.setdefault(id_of(finding), []).append(finding)
    return list(found.values())


def id_of(finding: Finding) -> str:
    """The id of the question about a finding."""
    return f"review.{finding.rule}" + (f".{finding.service}" if finding.service is not None else "")


def _findings(design: Design, project: Project) -> Sequence[Finding]:
    return Session(project, design).outcome().findings_before


def _subject(finding: Finding) -> str:
    return finding.service if finding.service is not None else "project"


def _remedy(group: Sequence[Finding]) -> Remedy | None:
    sections = [one.fix.section for one in group if one.fix is not None]
    return REMEDIES.get(sections[0]) if sections else None


def _choices(group: Sequence[Finding]) -> tuple[Choice, ...]:
    remedy, fixes = _remedy(group), [one.fix for one in group if one.fix is not None]
    if remedy is None:
        return _LEAVE, _KEEP
    safe = all(fix.risk == Risk.SAFE for fix in fixes)
    hint = f"{fixes[0].title}; a working application cannot notice" if safe else f"{fixes[0].title}. {remedy.stake}"
    return Choice(MEND, "mend it", hint), _LEAVE, _KEEP


def _current(group: Sequence[Finding], session: Session) -> str:
    remedy = _remedy(group)
    return MEND if remedy is not None and remedy.taken(session.design, group, session.project) else LEAVE


def _keep_of(finding: Finding, design: Design) -> Ignore | None:
    return next((one for one in design.keeps if one.covers(finding)), None)


def _kept(design: Design, finding: Finding, reason: str | None) -> Design:
    """The design that keeps the finding for that reason, or no longer."""
    keep = _keep_of(finding, design)
    if reason is None:
        return replace(design, keeps=tuple(one for one in design.keeps if not one.covers(finding)))
    if keep is None:
        return replace(design, keeps=(*design.keeps, Ignore(finding.rule, finding.service, reason)))
    return replace(design, keeps=tuple(one._replace(reason=reason) if one == keep else one for one in design.keeps))
