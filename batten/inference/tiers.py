"""Which tier each service belongs to, proposed with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from batten.inference import evidence
from batten.inference.collected import Collected
from batten.inference.scene import BASE_IMAGE, FRONTS, Scene
from batten.knowledge.vocabulary import says, split
from batten.model import EvidenceKind, Project, Service, Tier


class TierProposal(NamedTuple):
    """A tier and why it was chosen."""

    tier: Tier
    reason: str
    """One sentence."""


def propose_tiers(project: Project) -> Mapping[str, TierProposal]:
    """A proposal for every service: by image first, then by name and published ports."""
    judge = _Judge(evidence.of_project(project), _awaited(project))
    return {name: judge.propose(service) for name, service in project.services.items()}


def _awaited(project: Project) -> dict[str, str]:
    """Services for whose end another one waits, and which one."""
    found: dict[str, str] = {}
    for service in project.services.values():
        for other in service.depends_on:
            condition = project.value((*service.path, "depends_on", other, "condition"))
            if condition is not None and condition.data == "service_completed_successfully":
                found.setdefault(other, service.name)
    return found


class _Judge(NamedTuple):
    found: Collected
    awaited: Mapping[str, str]
    """Services for whose end another one waits, and which one."""

    @property
    def scene(self) -> Scene:
        return self.found.scene

    def propose(self, service: Service) -> TierProposal:
        """The first ground that says something decides."""
        return next(ground for ground in self._grounds(service) if ground is not None)

    def _grounds(self, service: Service) -> Iterator[TierProposal | None]:
        yield self._ends(service)
        yield self._image(service)
        yield self._name(service)
        yield self._front(service)
        yield self._published(service)
        yield self._entrance(service)
        yield TierProposal(Tier.APP, "Nothing is published and nothing else is known of it.")

    def _ends(self, service: Service) -> TierProposal | None:
        """Jobs run to completion."""
        name = service.name
        if name in self.awaited:
            return TierProposal(Tier.JOB, f"{self.awaited[name]} waits until it has finished.")
        parts = split(name)
        if parts and not self._serves(service) and (says("runs_to_its_end", parts) or says("begins_a_job", parts[:1])):
            return TierProposal(Tier.JOB, "Its name says that it does one thing and ends.")
        return None

    def _serves(self, service: Service) -> bool:
        return bool(service.ports) or any(True for _ in self.found.into(service.name, EvidenceKind.CONFIGURED))

    def _image(self, service: Service) -> TierProposal | None:
        facts = self.scene.facts[service.name]
        if facts is None or facts.tier is None:
            return None
        if facts.tier is Tier.OPS and facts.role == "backup" and not service.ports:
            return TierProposal(Tier.JOB, "Its image makes backups.") if "backup" not in split(service.name) else TierProposal(Tier.OPS, "It makes backups.")
        knowing = "image is known" if facts.certain else "image is called like a known one"
        return TierProposal(facts.tier, f"Its {knowing}: {facts.id}, {facts.role}.")

    def _name(self, service: Service) -> TierProposal | None:
        parts = split(service.name)
        if self.scene.data(service.name):
            return TierProposal(Tier.DATA, "Its name says that it keeps data.")
        if says("serves_operation", parts):
            return TierProposal(Tier.OPS, "Its name says that it serves operation.")
        if says("works_behind", parts):
            return TierProposal(Tier.APP, "Its name says that it works in the background.")
        if says("stands_in_front", parts) and (service.ports or self.scene.role(service.name) in FRONTS):
            return TierProposal(Tier.EDGE, "Its name says that it stands in front of others.")
        return None

    def _front(self, service: Service) -> TierProposal | None:
        """Web servers and proxies: in front if published or nobody else is, behind another one otherwise."""
        if self.scene.role(service.name) not in FRONTS:
            return None
        if self._behind(service) and not service.ports:
            return TierProposal(Tier.APP, f"It is a web server behind {self._behind(service)}.")
        if service.ports or not self._others_published(service):
            return TierProposal(Tier.EDGE, "It is a web server with nothing in front of it.")
        return TierProposal(Tier.APP, "It is a web server that is not published.")

    def _published(self, service: Service) -> TierProposal | None:
        if not (service.ports or service.network_mode == "host"):
            return None
        front = self._behind(service)
        if front:
            return TierProposal(Tier.APP, f"It is published, but {front} stands in front of it.")
        return TierProposal(Tier.EDGE, "It is published and nothing stands in front of it.")

    def _behind(self, service: Service) -> str:
        """A service through which this one is reached."""
        for caller in self.found.into(service.name):
            other = self.scene.project.services[caller]
            facts = self.scene.facts[caller]
            known_front = facts is not None and (facts.role in FRONTS or facts.tier is Tier.EDGE)
            if known_front or (self._is_front(other) and self.scene.opaque(service.name)):
                return caller
        return ""

    def _is_front(self, service: Service) -> bool:
        """Whether an unknown service is an entrance: published and called by nobody but jobs and tools."""
        parts = split(service.name)
        busy = any(says(kind, parts) for kind in ("serves_operation", "runs_to_its_end", "works_behind", "is_never_called"))
        plain = self.scene.opaque(service.name) and not busy
        return plain and bool(service.ports) and not any(self.scene.opaque(caller) for caller in self.found.into(service.name))

    def _others_published(self, service: Service) -> bool:
        return any(other.ports for other in self.scene.project.services.values() if other.name != service.name and not self.scene.data(other.name))

    def _entrance(self, service: Service) -> TierProposal | None:
        """In a project that publishes nothing, the application that nobody calls is where users come in."""
        services = self.scene.project.services
        if any(self._enters(other) for other in services.values()) or service.name not in self._uncalled():
            return None
        return TierProposal(Tier.EDGE, "The project publishes nothing, and this is the application that nobody else calls.")

    def _enters(self, service: Service) -> bool:
        facts = self.scene.facts[service.name]
        return bool(service.ports and not self.scene.data(service.name)) or (facts is not None and facts.tier is Tier.EDGE)

    def _uncalled(self) -> list[str]:
        """Known applications that nobody calls; of several with the same image only those that call the others."""
        found = [name for name, service in self.scene.project.services.items() if self._could_be_entrance(service)]
        images = [self.scene.project.services[name].image for name in found]
        return [name for name, image in zip(found, images, strict=True) if images.count(image) == 1 or self._calls_its_like(name)]

    def _could_be_entrance(self, service: Service) -> bool:
        facts = self.scene.facts[service.name]
        if facts is None or facts.role == BASE_IMAGE or facts.tier is not None or not facts.ports:
            return False
        called = any(True for _ in self.found.into(service.name, EvidenceKind.CONFIGURED))
        parts = split(service.name)
        return not called and not says("is_never_called", parts) and not says("runs_to_its_end", parts)

    def _calls_its_like(self, name: str) -> bool:
        services = self.scene.project.services
        return any(services[target].image == services[name].image for target in self.found.out_of(name, EvidenceKind.CONFIGURED))
