"""What a network is for, in words: who meets whom there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from batten.model import Connection, EvidenceKind, Tier

_NAMED = 3
"""How many services a sentence names before it counts the rest."""


def why(members: Set[str], tiers: Mapping[str, Tier], connections: Sequence[Connection]) -> str:
    """Why ``members`` share a network: who needs whom where one sentence can say it, else their tiers."""
    if len(members) == 1:
        return "nothing shows that it needs another service"
    inside = [one for one in connections if one.source in members and one.target in members and one.source != one.target]
    sources, targets = sorted({one.source for one in inside}), sorted({one.target for one in inside})
    if inside and 1 in (len(sources), len(targets)) and not set(sources) & set(targets):
        return f"{_listed(sources)} {_verb(inside, len(sources))} {_listed(targets)}"
    kinds = [str(tier) for tier in Tier if any(tiers[name] == tier for name in members)]
    return f"where {_listed(kinds)} services that need each other meet" if len(kinds) > 1 else f"{kinds[0]} services that need each other"


def _verb(inside: Iterable[Connection], sources: int) -> str:
    known = any(evidence.kind != EvidenceKind.ASSUMED for one in inside for evidence in one.evidence) or not any(one.evidence for one in inside)
    return ("needs" if sources == 1 else "need") if known else "may need"


def _listed(names: Sequence[str]) -> str:
    if len(names) > _NAMED + 1:
        names = [*names[:_NAMED], f"{len(names) - _NAMED} others"]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
