"""A name for each finding that stays the same when lines move, for baselines and for services that remember findings."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Mapping

from batten.model import Project, Span
from batten.report.excerpt import Excerpts
from batten.report.findings import Reviewed, excerpts_of
from batten.review.finding import Finding

_LENGTH = 32


def fingerprints(review: Reviewed) -> Mapping[int, str]:
    """The fingerprint of every finding by its index.

    It is made of the rule, the service, the file relative to the project's folder and the text of the line, in which credentials are masked;
    where all of that is the same for several findings, their order counts too.
    """
    excerpts = excerpts_of(review.project) if review.findings else Excerpts(review.project, ())
    seen: Counter[tuple[str, ...]] = Counter()
    found = {}
    for index, finding in enumerate(review.findings):
        parts = (finding.rule, finding.service or "", *_where(review.project, finding, excerpts))
        seen[parts] += 1
        found[index] = hashlib.sha256("\0".join((*parts, str(seen[parts]))).encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
    return found


def _where(project: Project, finding: Finding, excerpts: Excerpts) -> tuple[str, str]:
    place = finding.location
    if not isinstance(place, Span):
        return place.object, place.attribute
    excerpt = excerpts.cut(place)
    line = " ".join(excerpt.lines[-1][1].split()) if excerpt else ""
    return os.path.relpath(place.file, project.directory) if os.path.isabs(place.file) else place.file, line
