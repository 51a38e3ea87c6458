"""Keeps, ignored findings and consents: what stays as it is, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from batten.design.sections.published import Publication
from batten.design.sections.reading import only, sequence, text, texts
from batten.design.sections.secrets import KEEP, SecretDecision
from batten.design.sections.sockets import SocketUse
from batten.model import Location, Value
from batten.reach.rules.published import is_loopback
from batten.review.finding import Finding, Ignore, Severity


def propose(
    findings: Sequence[Finding],
    secrets: Sequence[SecretDecision],
    published: Sequence[Publication],
    mended: Set[Location],
    sockets: Sequence[SocketUse] = (),
) -> tuple[Ignore, ...]:
    """What is high or worse and is not mended: kept for now, with the reason.

    Args:
        findings: those of the project as it is.
        secrets: what becomes of credentials.
        published: what becomes of published ports.
        mended: places of findings that a proposed change mends.
        sockets: what becomes of sockets.
    """
    serious = [one for one in findings if one.severity.level >= Severity.HIGH.level and one.suppressed is None]
    left = [one for one in serious if one.fix is None or (one.fix.section in ("secrets", "published", "sockets", "privileges") and one.location not in mended)]
    subjects = dict.fromkeys((one.rule, one.service) for one in left)
    sure = {one.service: one.reason for one in sockets if one.how == KEEP}
    return tuple(Ignore(rule, service, _reason(rule, service, secrets, published, left, sure)) for rule, service in subjects)


def _reason(
    rule: str,
    service: str | None,
    secrets: Sequence[SecretDecision],
    published: Sequence[Publication],
    findings: Sequence[Finding],
    sockets: Mapping[str, str],
) -> str:
    if rule == "docker-socket" and service is not None and service in sockets:
        return f"proposed, to be decided: {sockets[service]}"
    kept = [one.reason for one in secrets if one.service == service and one.how == KEEP] if rule == "secret-in-environment" else []
    if any(one.fix is not None and one.fix.section == "published" for one in findings if (one.rule, one.service) == (rule, service)):
        kept += [one.reason for one in published if one.service == service and not is_loopback(one.address)]
    if any(one.fix is not None and one.fix.section == "privileges" for one in findings if (one.rule, one.service) == (rule, service)):
        kept.append("its image has no use for it as far as we know, and nobody has tried without")
    if kept:
        return f"proposed, to be decided: {'; '.join(dict.fromkeys(kept))}"
    titles = dict.fromkeys(one.title for one in findings if (one.rule, one.service) == (rule, service))
    return f"proposed, to be decided: no change mends this without taking away what the service may need ({'; '.join(titles)})"


def dump(keeps: Sequence[Ignore]) -> list[dict[str, str]]:
    """One entry a rule and service."""
    return [{"rule": one.rule, **({"service": one.service} if one.service else {}), "reason": one.reason} for one in keeps]


def load(value: Value) -> tuple[Ignore, ...]:
    """Read back what ``dump`` wrote; a reason is required."""
    found = []
    for item in sequence(value, "keeps"):
        entry = dict(only(item, {"rule", "service", "reason"}, "keeps"))
        service = text(entry.get("service"), "service", "") or None
        found.append(
            Ignore(
                text(entry.get("rule"), "rule", near=item),
                service,
                text(entry.get("reason"), "reason", near=item),
                item.origin.primary if item.origin else None,
            )
        )
    return tuple(found)


def load_consents(value: Value) -> tuple[str, ...]:
    """Ids of decisions."""
    return texts(value, "consents")
