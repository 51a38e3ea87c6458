"""The findings of a review as SARIF 2.1.0, for services that show and remember findings of analysers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from batten import __version__
from batten.errors import BattenError
from batten.model import EnginePlace, Location, Project, Span
from batten.report.findings import Reviewed
from batten.report.fingerprint import fingerprints
from batten.review import catalogue, pages
from batten.review.finding import Finding, Severity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note", Severity.INFO: "note"}
_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "3.0", Severity.INFO: "0.0"}
"""What GitHub reads as ``security-severity`` to show a word beside a finding; it is no judgement beyond that."""


def as_sarif(reviews: Sequence[Reviewed], errors: Sequence[BattenError] = ()) -> str:
    """The reviews as one run of one tool, and what could not be read as its notifications."""
    names = sorted({finding.rule for review in reviews for finding in review.findings})
    index = {name: number for number, name in enumerate(names)}
    run = {
        "tool": {"driver": {"name": "batten", "version": __version__, "semanticVersion": __version__, "rules": [_rule(name) for name in names]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not errors, "toolExecutionNotifications": [_notification(error) for error in errors]}],
        "results": [result for review in reviews for result in _results(review, index)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(name: str) -> dict[str, Any]:
    rule = catalogue.described(name).RULE
    page = pages.page(name)
    described = page.split("## What it does", 1)[1].strip().split("\n\n", 1)[0]
    uri = next((reference for reference in rule.references if reference.startswith("https://")), "")
    return {
        "id": name,
        "name": name.title().replace("-", ""),
        "shortDescription": {"text": (catalogue.described(name).__doc__ or "").partition("\n")[0]},
        "fullDescription": {"text": " ".join(described.split())},
        "help": {"text": page, "markdown": page},
        **({"helpUri": uri} if uri else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": ["security", "docker"], "security-severity": _SCORES[rule.severity], "references": list(rule.references)},
    }


def _results(review: Reviewed, index: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    names = fingerprints(review)
    for number, finding in enumerate(review.findings):
        yield _result(review.project, finding, index[finding.rule], names[number])


def _result(project: Project, finding: Finding, index: int, name: str) -> dict[str, Any]:
    fix = f" Fix ({finding.fix.risk}): {finding.fix.title}." if finding.fix else ""
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.title}. {finding.message}{fix}"},
        "locations": [_location(project, finding.location, finding.service)],
        "partialFingerprints": {"batten/v1": name},
        "properties": {
            "severity": finding.severity.value,
            "confidence": finding.confidence.value,
            "security-severity": _SCORES[finding.severity],
            **({"fix": {"title": finding.fix.title, "risk": finding.fix.risk.value}} if finding.fix else {}),
        },
        "suppressions": [] if finding.suppressed is None else [{"kind": "inSource", "status": "accepted", "justification": finding.suppressed}],
    }
    if finding.related:
        result["relatedLocations"] = [{"id": number, **_location(project, place)} for number, place in enumerate(finding.related)]
    return result


def _location(project: Project, place: Location, service: str | None = None) -> dict[str, Any]:
    if isinstance(place, EnginePlace):
        return {"logicalLocations": [{"name": place.object, "fullyQualifiedName": f"{place.object}.{place.attribute}"}]}
    named = {"logicalLocations": [{"name": service, "fullyQualifiedName": f"services.{service}", "kind": "module"}]} if service is not None else {}
    return {"physicalLocation": {"artifactLocation": _artifact(place.file), "region": _region(project, place)}, **named}


def _artifact(file: str) -> dict[str, str]:
    """Where a file is: below the folder that the review ran in as a relative path, anywhere else as an absolute URI."""
    if not os.path.isabs(file):
        return {"uri": quote(file)}
    try:
        return {"uri": quote(Path(file).relative_to(Path.cwd()).as_posix()), "uriBaseId": "%SRCROOT%"}
    except ValueError:
        return {"uri": Path(file).as_uri()}


def _region(project: Project, place: Span) -> dict[str, int]:
    """The place as lines and columns; the end is behind the last character."""
    source = project.sources.get(place.file)
    text = source.text[place.start : place.end] if source else ""
    height = text.count("\n")
    end = place.column + len(text) if not height else len(text) - text.rfind("\n")
    return {"startLine": place.line, "startColumn": place.column, "endLine": place.line + height, "endColumn": max(end, 1)}


def _notification(error: BattenError) -> dict[str, Any]:
    found: dict[str, Any] = {"level": "error", "message": {"text": f"{error.message} {error.hint}".strip()}}
    if error.span:
        region = {"startLine": error.span.line, "startColumn": error.span.column}
        found["locations"] = [{"physicalLocation": {"artifactLocation": _artifact(error.span.file), "region": region}}]
    elif error.file:
        found["locations"] = [{"physicalLocation": {"artifactLocation": _artifact(error.file)}}]
    return found
