"""How far an intruder gets, as text: from each service that could be his, and from outside to each service that holds data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap

from batten.model import Project, Tier
from batten.reach import Reach
from batten.reach.blast import OUTSIDE, Blast, BlastChange, DataRoads, Route, blast_changes, blast_radius, roads_to_data
from batten.report.terminal import folded, plain

_FEW = 3
_MANY = 9
"""From so many names on, lists say who is missing where nearly all are there."""


def blast_text(reach: Reach, project: Project, tiers: Mapping[str, Tier], width: int = 80) -> str:
    """What an intruder in each service gets to, then the shortest roads to the data."""
    blasts = [blast_radius(reach, name) for name in reach.services]
    lines = folded(f"{project.name}: how far an intruder gets on Docker {reach.engine}", width)
    lines += _section("Who holds a service gets to", _together({blast.service: _radius(blast, reach) for blast in blasts}), width)
    lines += _section("Roads to the data", _all_roads(roads_to_data(reach, tiers)), width)
    return "\n".join([*lines, "", *folded(_average(blasts), width)]) + "\n"


def blast_change_text(before: Reach, after: Reach, project: Project, tiers: Mapping[str, Tier], width: int = 80) -> str:
    """The same before and after a design: what an intruder loses, and the roads that are left."""
    changes = blast_changes(before, after)
    lines = folded(f"{project.name}: how far an intruder gets on Docker {after.engine}, before and after", width)
    lines += _section("Who holds a service", _together({change.service: _change(change, after) for change in changes}), width)
    lines += _section("Roads to the data", _changed_roads(roads_to_data(before, tiers), roads_to_data(after, tiers)), width)
    sums = [f"before: {_average([change.before for change in changes])}", f"after:  {_average([change.after for change in changes])}"]
    return "\n".join([*lines, "", *(line for text in sums for line in folded(text, width))]) + "\n"


def _section(title: str, entries: Iterable[str], width: int) -> list[str]:
    """A titled list; what does not fit into one line hangs below it."""
    folds = (wrap(plain(entry), width, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False) for entry in entries)
    lines = [line for fold in folds for line in fold]
    return ["", title, *lines] if lines else []


def _together(told: Mapping[str, str]) -> Iterator[str]:
    """An entry for each thing that is said, with all the services of which it is said."""
    services: dict[str, list[str]] = {}
    for name, text in told.items():
        services.setdefault(text, []).append(name)
    for text, names in services.items():
        yield f"{_in_short(names, list(told), 'every service')}: {text}"


def _radius(blast: Blast, reach: Reach) -> str:
    """One service: whom it reaches itself, whom through others, and which zones."""
    others = [name for name in reach.services if name != blast.service]
    parts = [_in_short(blast.direct, others)] if blast.direct else []
    rest = len(blast.services) == len(others) and len(blast.onward) > _FEW
    parts += [f"through others {'all the rest' if rest else _in_short(blast.onward, others)}"] if blast.onward else []
    parts += [", ".join(blast.zones_itself)] if blast.zones_itself else []
    far = [zone for zone in blast.zones if zone not in blast.zones_itself]
    parts += [f"through others the {' and the '.join(far)}"] if far else []
    return "; ".join(parts) or "nothing"


def _in_short(names: Iterable[str], others: Sequence[str], every: str = "every other service") -> str:
    """The names; where they are most of the others, those that are missing instead."""
    named = list(names)
    missing = [name for name in others if name not in named]
    if (missing or len(named) < 3) and (len(others) < _MANY or len(missing) * 4 > len(others)):
        return ", ".join(named)
    return every + (f" but {', '.join(missing)}" if missing else "")


def _change(change: BlastChange, after: Reach) -> str:
    """One service: how many it got to and gets to, and which were taken from it."""
    others = [name for name in after.services if name != change.service]
    told = {"no longer": change.spared, "through others only": change.farther, "new": change.opened}
    parts = [f"{word} {_names_or_number(names, others)}" for word, names in told.items() if names]
    return "; ".join([f"{len(change.before.services)} → {len(change.after.services)} services", *parts])


def _names_or_number(names: Sequence[str], others: Sequence[str]) -> str:
    """Services by their names, many of them by their number; then zones."""
    services = [name for name in names if name in others]
    zones = [name for name in names if name not in others]
    told = [] if not services else [_in_short(services, others)] if len(services) <= _MANY or services == others else [f"{len(services)} services"]
    return ", ".join([*told, *zones])


def _all_roads(data: Iterable[DataRoads]) -> Iterator[str]:
    for one in data:
        yield from (f"{one.service}: {_route(route)}" for route in _told_once(one))
        missing = [zone for zone in OUTSIDE if zone not in one.routes]
        if missing:
            yield f"{one.service}: no road from the {' or the '.join(missing)}"


def _told_once(one: DataRoads) -> list[Route]:
    """The routes, without those that differ in nothing but the zone they come from: what the internet reaches, the LAN reaches too."""
    routes = list(one.routes.values())
    stops = [[path.target for path in route] for route in routes]
    return [route for at, route in enumerate(routes) if stops[at] not in stops[:at]]


def _route(route: Route) -> str:
    """Each stop with the road that leads to it."""
    return route[0].source + "".join(f" → {path.target} ({path.via[0]}{', …' if len(path.via) > 1 else ''})" for path in route)


def _changed_roads(before: Sequence[DataRoads], after: Sequence[DataRoads]) -> Iterator[str]:
    """How long the roads were and are, and those that are left; what is true of both zones is said once."""
    was = {one.service: one.routes for one in before}
    for one in after:
        told: dict[str, list[str]] = {}
        for zone in OUTSIDE:
            old, new = was.get(one.service, {}).get(zone), one.routes.get(zone)
            told.setdefault(f"{_steps(old)} → {_steps(new)}{_stops(new)}", []).append(zone)
        yield from (f"{one.service} from the {' and the '.join(zones)}: {text}" for text, zones in told.items())


def _steps(route: Route | None) -> str:
    return "no road" if route is None else "1 step" if len(route) == 1 else f"{len(route)} steps"


def _stops(route: Route | None) -> str:
    return ": " + " → ".join(path.target for path in route) if route else ""


def _average(blasts: Sequence[Blast]) -> str:
    """How far one gets on average, and from where farthest."""
    if len(blasts) < 2:
        return "there is no other service"
    widest = max(blasts, key=lambda blast: len(blast.services))
    itself = sum(len(blast.direct) for blast in blasts) / len(blasts)
    in_all = sum(len(blast.services) for blast in blasts) / len(blasts)
    farthest = f"; {widest.service} to {len(widest.services)}" if len(widest.services) > in_all else ""
    return f"a service gets to {itself:.1f} others itself and to {in_all:.1f} of {len(blasts) - 1} in all, on average{farthest}"
