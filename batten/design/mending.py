"""The part of a design that mends findings of a review, and nothing else of it."""

from __future__ import annotations

from collections.abc import Sequence

from batten.design import Design
from batten.review.finding import Finding


def mending(design: Design, findings: Sequence[Finding]) -> Design:
    """What ``design`` decides about the subjects of the findings that stand and name a section as their fix.

    A finding about the whole project takes the section whole. Networks are left alone: how they are cut is for people to decide.
    """
    about = {(finding.fix.section, finding.service) for finding in findings if finding.fix is not None and finding.suppressed is None}

    def wanted(section: str, service: str) -> bool:
        return (section, service) in about or (section, None) in about

    return Design(
        tiers=design.tiers,
        connections=design.connections,
        secrets=tuple(one for one in design.secrets if wanted("secrets", one.service)),
        published=tuple(one for one in design.published if wanted("published", one.service)),
        privileges={name: one for name, one in design.privileges.items() if wanted("privileges", name)},
        keeps=design.keeps,
        ignore=design.ignore,
        target=design.target,
    )
