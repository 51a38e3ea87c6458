"""Credentials that stand in a place which other services share: they can only go from there when all of them can."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import PurePath

from batten.compose import keyedit, variables
from batten.compose.insertion import Refused
from batten.compose.locating import EXTENDS, OWN, Map
from batten.compose.moving import environment_files
from batten.compose.variables import Place
from batten.inference.credentials import Credential
from batten.model import Action, Change, Project

Key = tuple[str, str]
"""Service and variable."""


def obstacles(project: Project, going: Sequence[tuple[Credential, object]]) -> dict[Key, str]:
    """For each credential that is to go in some way and cannot be taken from where it stands: why, without a full stop.

    What stands in one place goes from there in one way; ways are told apart by comparing them.
    """
    where = Map(project)
    moving = {(one.service, one.variable): one for one, _ in going}
    ways = {(one.service, one.variable): way for one, way in going}
    found: dict[Key, str] = {}
    places: dict[Key, list[Place]] = {}
    for key in moving:
        try:
            places[key] = variables.places(where, *key)
        except Refused as refused:
            found[key] = str(refused)
    while stuck := {key: reason for key in moving if key not in found and (reason := _held(project, where, key, places, moving, ways, found))}:
        found.update(stuck)
    return found


def _held(
    project: Project, where: Map, key: Key, places: dict[Key, list[Place]], moving: dict[Key, Credential], ways: dict[Key, object], stuck: dict[Key, str]
) -> str:
    """Why a credential stays, given those that do."""
    going = {one for one in places if one not in stuck}
    named = _named_elsewhere(project, key, {one: places[one] for one in going | {key}})
    started = {one[0] for one in going if ways[one] == "shim"}
    return named or _shared(key, places[key], moving, ways, stuck) or (_started_elsewhere(where, key[0], started) if ways[key] == "shim" else "")


def _started_elsewhere(where: Map, service: str, started: Collection[str]) -> str:
    """Why a service cannot start through a script of its own: others share the place where its start is written, and do not."""
    project = where.project
    own = [layer.node for layer in where.layers(service) if layer.how == OWN]
    for other in project.services:
        if other != service and any(layer.how == EXTENDS and layer.node in own for layer in where.layers(other)):
            return f"{other} extends {service} and would be started in the same way"
    for path in (("entrypoint",), ("command",), *([("healthcheck", "test")] if project.services[service].healthcheck else [])):
        probe = [Change("", ("services", service, *path), Action.SET, [""])]
        try:
            spots = list(keyedit.lists(where, service, probe))
        except Refused as refused:
            return str(refused)
        for spot in spots:
            heirs = where.heirs(*spot.fresh) - set(started) if spot.fresh is not None else set()
            if spot.users or heirs:
                return f"its {path[0]} stands in a place that {min(spot.users | heirs)} shares"
    return ""


def _shared(key: Key, places: Sequence[Place], moving: dict[Key, Credential], ways: dict[Key, object], stuck: dict[Key, str]) -> str:
    """Why other services that have the variable from the same place keep it there; empty where they do not."""
    service, variable = key
    for place in places:
        for other in sorted(place.users - {service}):
            with_it = moving.get((other, variable))
            line = f"the same line of {PurePath(place.source.file).name}" if place.source.kind == "env" else "the same place"
            if with_it is None:
                return f"{other} takes it from {line} and is not known to read it from a file"
            if (other, variable) in stuck:
                return f"{other} takes it from {line}, where it has to stay"
            if ways[other, variable] != ways[key] or with_it.value != moving[key].value:
                return f"{other} takes it from {line} and reads it in another way"
    return ""


def _named_elsewhere(project: Project, key: Key, places: dict[Key, list[Place]]) -> str:
    """Whether a line of ``.env`` that is handed to the service is also what other texts are filled from."""
    if not any(place.source.file in environment_files(project) for place in places[key]):
        return ""
    going = {(place.source.file, place.start, place.end) for found in places.values() for place in found}
    reference = re.compile(rf"\$\{{?{re.escape(key[1])}(?![A-Za-z0-9_])")
    for source in project.sources.values():
        for match in reference.finditer(source.text):
            inside = any(file == source.file and start <= match.start() < end for file, start, end in going)
            if not inside and not _in_comment(source.text, match.start()):
                return f"the line of .env that holds it also fills in {match[0].strip('${')} elsewhere"
    return ""


def _in_comment(text: str, offset: int) -> bool:
    return re.search(r"(?:^|\s)#", text[text.rfind("\n", 0, offset) + 1 : offset]) is not None
