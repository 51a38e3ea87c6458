"""Privileges: what a service's processes may do less than Docker lets them by default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from batten.design.sections.reading import flag, mapping, only, text, texts
from batten.design.sections.target import Target
from batten.knowledge.images import ImageFacts, image_facts
from batten.model import Project, Service, Value

NET_RAW = "NET_RAW"


class Privilege(NamedTuple):
    """What is taken from one service."""

    drop: tuple[str, ...] = ()
    """Capabilities to drop, without ``CAP_``."""
    no_new_privileges: bool = False
    """Whether its processes may gain nothing by a set-user-ID program."""
    known: bool = False
    """Whether the image is known to work so; else it is likely, and to be checked."""
    reason: str = ""


def propose(project: Project, target: Target) -> Mapping[str, Privilege]:
    """Drop NET_RAW and forbid new privileges, but for services that are privileged or known to need them."""
    found = {name: _propose(service, image_facts(service.image), target) for name, service in project.services.items()}
    return {name: privilege for name, privilege in found.items() if privilege.drop or privilege.no_new_privileges}


def _propose(service: Service, facts: ImageFacts | None, target: Target) -> Privilege:
    if service.privileged:
        return Privilege()
    needs_raw = NET_RAW in service.cap_add or "ALL" in service.cap_add or (facts is not None and facts.needs_net_raw is True)
    works = facts.no_new_privileges if facts is not None else None
    raw_known = facts is not None and facts.needs_net_raw is False
    drop = () if needs_raw else (NET_RAW,)
    restrict = works is not False and target.kind == "compose"
    known = (raw_known or not drop) and (works is True or not restrict)
    reason = "its image is known to work without them" if known else "few programs need them, but nothing is known of this image"
    return Privilege(drop, restrict, known, reason)


def dump(privileges: Mapping[str, Privilege]) -> dict[str, dict[str, object]]:
    """One entry a service."""
    return {
        name: {"drop": list(one.drop), "no_new_privileges": one.no_new_privileges, "known": one.known, "reason": one.reason} for name, one in privileges.items()
    }


def load(value: Value) -> Mapping[str, Privilege]:
    """Read back what ``dump`` wrote."""
    found = {}
    for name, item in mapping(value, "privileges").items():
        entry = dict(only(item, set(Privilege._fields), f"privileges.{name}"))
        found[name] = Privilege(
            tuple(capability.upper().removeprefix("CAP_") for capability in texts(entry.get("drop"), "drop")),
            flag(entry.get("no_new_privileges"), "no_new_privileges", False),
            flag(entry.get("known"), "known", False),
            text(entry.get("reason"), "reason", ""),
        )
    return found
