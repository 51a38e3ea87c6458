"""Evidence from siblings: services that run the same application, or share its data, need the same databases."""

from __future__ import annotations

from collections.abc import Iterator

from batten.inference.collected import Collected
from batten.inference.scene import BASE_IMAGE, FRONTS, Scene
from batten.inference.scripts import programs
from batten.knowledge.vocabulary import says, split
from batten.model import EvidenceKind, Service

_NOT_SIBLINGS = FRONTS | {BASE_IMAGE, "exporter", "agent"}


def collect(found: Collected) -> None:
    """Add the databases that a service's siblings need; an assumption where it starts another program than they do."""
    kin = _Kin(found.scene)
    inherited = [(name, target, sibling) for name in found.scene.project.services for sibling, target in _inherited(found, kin, name)]
    for name, target, sibling in inherited:
        if _runs_alike(found.scene, name, sibling):
            found.add(name, target, EvidenceKind.HABITUAL, None, f"{sibling} runs the same application and needs it")
        else:
            found.add(name, target, EvidenceKind.ASSUMED, None, f"{sibling} needs it and has the same image, but starts another program")


def _inherited(found: Collected, kin: _Kin, name: str) -> Iterator[tuple[str, str]]:
    scene = found.scene
    if scene.passive(name) or scene.data(name) or scene.role(name) in _NOT_SIBLINGS or name in scene.on_files:
        return
    same, related = kin.of(name)
    if _fronts_for(found, name, same):
        return
    own = any(scene.data(target) for target in found.out_of(name))
    for sibling in same if own else (*same, *related):
        for target in found.out_of(sibling):
            if scene.data(target) and target != name:
                yield sibling, target


def _fronts_for(found: Collected, name: str, siblings: list[str]) -> bool:
    """Whether a service only stands in front of others of its image: it calls them, nobody calls it, and it is no worker."""
    if says("works_behind", split(name)) or says("runs_to_its_end", split(name)):
        return False
    calls = any(sibling in siblings for sibling in found.out_of(name, EvidenceKind.DECLARED))
    return calls and not any(True for _ in found.into(name, EvidenceKind.DECLARED))


def _runs_alike(scene: Scene, name: str, sibling: str) -> bool:
    """Whether a service runs what its sibling runs: the image's own program, a program of the same name, or what works for the application by its name."""
    own = programs(scene.project.services[name])
    if not own or says("works_behind", scene.words[name]) or says("runs_to_its_end", scene.words[name]):
        return True
    return not own.isdisjoint(programs(scene.project.services[sibling]))


def applications(service: Service) -> frozenset[tuple[str, ...]]:
    """What a service is made from: its image, its build."""
    found = {("image", service.image)} if service.image else set[tuple[str, ...]]()
    return frozenset(found | ({("build", service.build_context, service.dockerfile)} if service.build_context else set()))


class _Kin:
    """Who is related to whom, looked up by what they have in common."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.made_from: dict[tuple[str, ...], list[str]] = {}
        self.sharing: dict[str, list[str]] = {}
        for service in scene.project.services.values():
            if scene.passive(service.name) or scene.role(service.name) in _NOT_SIBLINGS:
                continue
            for application in applications(service):
                self.made_from.setdefault(application, []).append(service.name)
            for thing in _shared(service):
                self.sharing.setdefault(thing, []).append(service.name)

    def of(self, name: str) -> tuple[list[str], list[str]]:
        """Services of the same image or build, and services that share an env file or a volume with one of which nothing is known."""
        service = self.scene.project.services[name]
        same = self._in_order({other for application in applications(service) for other in self.made_from.get(application, ())} - {name})
        if not self.scene.opaque(name):
            return same, []
        return same, self._in_order({other for thing in _shared(service) for other in self.sharing[thing]} - {name, *same})

    def _in_order(self, names: set[str]) -> list[str]:
        return [other for other in self.scene.project.services if other in names] if names else []


def _shared(service: Service) -> set[str]:
    """What others may have too: env files and named volumes."""
    return {*(f"file {file}" for file in service.env_files), *(f"volume {mount.source}" for mount in service.mounts if mount.kind == "volume" and mount.source)}
