"""One finding a project for what most services of most projects lack, so that it is said once and read once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batten.model import Location, Service
from batten.review.context import Context
from batten.review.finding import Confidence, Finding, Fix, Rule, Severity


def fold(
    context: Context,
    rule: Rule,
    services: Sequence[Service],
    verb: tuple[str, str],
    message: str,
    *,
    severity: Severity | None = None,
    confidence: Confidence = Confidence.HIGH,
    places: Sequence[Location] = (),
    fix: Fix | None = None,
) -> Iterator[Finding]:
    """One finding about ``services`` at the key ``services``, or none where there are none.

    Args:
        context: the project under review.
        rule: whose finding it is.
        services: the services it is about; all of them are related places.
        verb: what they do, as said of one and of several, e.g. ``("keeps NET_RAW", "keep NET_RAW")``.
        message: why it matters.
        severity: where it is not the rule's own.
        confidence: how sure we are.
        places: better places than the services' own.
        fix: what the assistant can do for those of them of which enough is known.
    """
    if services:
        related = tuple(places) or context.places(service.path for service in services)
        title = said_of(len(services), len(context.project.services), verb)
        yield rule.finding(context.place(("services",)), title, message, severity=severity, confidence=confidence, related=related, fix=fix)


def said_of(count: int, total: int, verb: tuple[str, str]) -> str:
    """``2 of 5 services keep NET_RAW`` and its like."""
    one, several = verb
    if total == 1:
        return f"The service {one}"
    return f"All {total} services {several}" if count == total else f"{count} of {total} services {one if count == 1 else several}"
