"""A baseline: an earlier review as JSON. What stood in it is known; only what is new counts.

Lines move, so a finding is known by its project, rule, service, title and file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from batten.errors import InputError
from batten.model import Location, Project, Span
from batten.report.findings import Reviewed
from batten.review.finding import KNOWN, Finding

Key: TypeAlias = tuple[str, str, str, str, str]
Baseline: TypeAlias = Mapping[Key, int]
"""How often each finding stood."""


def read(path: Path) -> Baseline:
    """The findings of an earlier review; raises InputError where the file is none."""
    import json

    try:
        report = json.loads(path.read_bytes())
        if report["schema_version"] != 1:
            raise ValueError
        return Counter(_noted(project, finding) for project in report["projects"] for finding in project["findings"])
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}.", file=str(path)) from None
    except (ValueError, LookupError, TypeError):
        hint = "Write one with 'batten review --format json > FILE'."
        raise InputError("this is no review that this batten wrote.", hint=hint, file=str(path)) from None


def _noted(project: Mapping[str, Any], finding: Mapping[str, Any]) -> Key:
    place = finding["location"]
    where = place["file"] if place["kind"] == "file" else place["object"]
    return _key(project["name"], finding["rule"], finding["service"], finding["title"], where)


def _key(project: str, rule: str, service: str | None, title: str, where: str) -> Key:
    """Where a finding is about the project, its title counts services, and a further one is no news."""
    return project, rule, service or "", title if service else re.sub(r"\d+", "#", title), where


def without_known(review: Reviewed, baseline: Baseline) -> Reviewed:
    """The same review; what stood in the baseline is suppressed, as often as it stood there."""
    left = dict(baseline)

    def judged(finding: Finding) -> Finding:
        key = _key(review.project.name, finding.rule, finding.service, finding.title, _where(review.project, finding.location))
        if finding.suppressed is not None or not left.get(key):
            return finding
        left[key] -= 1
        return finding._replace(suppressed=KNOWN)

    return review._replace(findings=tuple([judged(finding) for finding in review.findings]))


def _where(project: Project, place: Location) -> str:
    return project.shown(place.file) if isinstance(place, Span) else place.object
