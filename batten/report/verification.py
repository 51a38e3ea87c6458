"""What was compared on a running engine, as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from batten.engine.verifying import HOST, Joined, Named, Pair, Verification
from batten.reach import Node
from batten.report.reach_matrix import matrix
from batten.report.terminal import folded, plain

OPEN, CLOSED, MORE, LESS, UNASKED = "●", "·", "+", "×", "?"
_SELF = "–"
_LEGEND = (
    f"{OPEN} open, as predicted     {CLOSED} closed, as predicted   {UNASKED} not asked",
    f"{MORE} open, should be closed   {LESS} closed, should be open",
)


def verification_json(found: Verification) -> dict[str, Any]:
    """The object for programs."""
    return {
        "schema_version": 1,
        "project": found.project,
        "engine": found.engine,
        "differs": found.differs,
        "pairs": [_pair_data(pair) for pair in found.pairs],
        "memberships": [_membership_data(one) for one in found.memberships],
        "unasked": [{"service": name, "reason": reason} for name, reason in sorted(found.unasked.items())],
        "names": [_name_data(one) for one in found.names if one.differs],
        "notes": list(found.notes),
        "connections": found.attempts,
    }


def _pair_data(pair: Pair) -> dict[str, Any]:
    state = "unasked" if pair.unasked else "differs" if pair.differs else "same"
    return {
        "from": pair.source,
        "to": pair.target,
        "state": state,
        "reason": pair.unasked or None,
        "expected": list(pair.expected),
        "found": list(pair.found),
        "unknown": list(pair.unknown),
        "needed": pair.needed,
    }


def _name_data(one: Named) -> dict[str, Any]:
    return {"from": one.source, "to": one.target, "name": one.name, "expected": list(one.expected), "found": list(one.found)}


def _membership_data(one: Joined) -> dict[str, Any]:
    service = None if one.stranger else one.service
    return {"service": service, "container": one.container, "expected": list(one.expected), "found": list(one.found)}


def verification_text(found: Verification, width: int = 80) -> str:
    """A matrix where connections were opened; then what differs, what was not asked, and one line that sums it up."""
    lines = folded(f"{found.project}: predicted and found on Docker {found.engine}", width)
    if found.pairs:
        lines += ["", *_matrix(found, width), "", *_LEGEND]
    lines += _section("Connections that differ", map(pair_sentence, filter(lambda pair: pair.differs, found.pairs)), width)
    lines += _section("Names that differ", (name_sentence(one) for one in found.names if one.differs), width)
    lines += _section("Networks that differ", map(membership_sentence, found.memberships), width)
    lines += _section("Cannot be known", _unknown(found.pairs), width)
    lines += _section("Not asked", (f"{name}: {reason}" for name, reason in sorted(found.unasked.items())), width)
    lines += ["", *(line for note in found.notes for line in folded(note, width))] if found.notes else []
    return "\n".join([*lines, "", *folded(summary(found), width)]) + "\n"


def _matrix(found: Verification, width: int) -> list[str]:
    """Services and the host, which is only a source."""
    pairs = {(pair.source, pair.target): pair for pair in found.pairs}
    nodes = [node for node in found.reach.nodes if node.kind == "service" or node.id == HOST]

    def mark(source: Node, target: Node) -> str:
        pair = pairs.get((source.id, target.id)) if target.kind == "service" else None
        return _mark(pair) if pair is not None else _SELF if source == target else " "

    return matrix(nodes, mark, width)


def _mark(pair: Pair) -> str:
    if pair.unasked or (pair.unknown and not (pair.expected or pair.found)):
        return UNASKED
    if pair.differs:
        return MORE if set(pair.found) - set(pair.expected) else LESS
    return OPEN if pair.found else CLOSED


def _section(title: str, entries: Iterable[str], width: int) -> list[str]:
    lines = [line for entry in entries for line in folded(f"- {plain(entry)}", width, "  ")]
    return ["", title, *lines] if lines else []


def pair_sentence(pair: Pair) -> str:
    """How a pair differs."""
    return f"{pair.source} → {pair.target}: {'; '.join(_words(pair))}."


def _words(pair: Pair) -> Iterator[str]:
    more, less = (sorted(one) for one in (set(pair.found) - set(pair.expected), set(pair.expected) - set(pair.found)))
    if more:
        yield f"{', '.join(more)} answers and should not"
    if less:
        yield f"{', '.join(less)} should answer and does not{', and it is needed' if pair.needed else ''}"


def name_sentence(one: Named) -> str:
    """How a name is not what it should be."""
    if not one.found:
        return f"{one.source} does not find {one.name} by name."
    strange = sorted(set(one.found) - set(one.expected))
    return f"{one.source} is led to {', '.join(strange)} by the name {one.name}, which is not {one.target}."


def _unknown(pairs: Iterable[Pair]) -> Iterator[str]:
    """UDP ports that were silent, each with those who asked."""
    silent: dict[tuple[str, str], list[str]] = {}
    for pair in pairs:
        for door in pair.unknown:
            silent.setdefault((pair.target, door), []).append(pair.source)
    for (target, door), sources in silent.items():
        yield f"{target} {door} said nothing to {', '.join(sources)}: open, or dropped on the way."


def membership_sentence(one: Joined) -> str:
    """How a container's networks differ."""
    if one.stranger:
        return f"{one.container} is none of the project's containers, and is on its {', '.join(one.found)}."
    more, less = sorted(set(one.found) - set(one.expected)), sorted(set(one.expected) - set(one.found))
    said = [*([f"is on {', '.join(more)} and should not be"] if more else ()), *([f"should be on {', '.join(less)} and is not"] if less else ())]
    return f"{one.service} ({one.container}) {'; '.join(said)}."


def summary(found: Verification) -> str:
    """Everything in a line."""
    networks = f"{_count(len(found.memberships), 'container')} on other networks than predicted" if found.memberships else "all networks are as predicted"
    if not found.pairs:
        return f"No connection was opened; {networks}."
    asked = [pair for pair in found.pairs if not pair.unasked]
    same = sum(not pair.differs for pair in asked)
    rest = f", {len(found.pairs) - len(asked)} not asked" if len(asked) < len(found.pairs) else ""
    return f"{same} of {_count(len(asked), 'pair')} as predicted{rest}; {networks}. {_count(found.attempts, 'question')} asked."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
