"""What a rule may ask: the project, and what is inferred from it, worked out when first asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from batten.model import Connection, Evidence, EvidenceKind, Location, Project, Service, SourceText, Span, Tier, TreePath, Value
from batten.review.finding import Confidence, Finding, Fix, Rule, Severity

if TYPE_CHECKING:
    from batten.inference.confinement import Confinement
    from batten.inference.credentials import Credential
    from batten.knowledge.images import ImageFacts
    from batten.review.exposure import Entry
    from batten.review.finding import Ignore
    from batten.review.spilled import Spill
    from batten.review.suppression import Suppression

DEFAULT_NETWORK = "default"
_NAME = re.compile(r"[\w.-]")
_COLON = re.compile(r"\s*:\s*(?:[&!]\S*\s*)*(?:#.*)?\r?$")
"""What follows a key whose value stands elsewhere: a colon, and at most an anchor, a tag and a comment."""
_NO_ROLES = frozenset({"", "unknown", "service", "application", "base image"})
_ROLES: Mapping[Tier | None, str] = {Tier.DATA: "data store", Tier.OPS: "operations service", Tier.JOB: "job"}


class Context:
    """The project under review. Tiers, connections and credentials are inferred lazily unless they were decided already."""

    def __init__(
        self,
        project: Project,
        *,
        tiers: Mapping[str, Tier] | None = None,
        connections: Sequence[Connection] | None = None,
        suppressions: Sequence[Suppression] = (),
        keeps: Sequence[Ignore] = (),
    ) -> None:
        self.project = project
        self.suppressions = tuple(suppressions)
        self.keeps = tuple(keeps)
        self._tiers = tiers
        self._connections = connections
        self._facts: dict[str, ImageFacts | None] = {}
        self._confinements: dict[str, Confinement | None] = {}
        self._places: dict[TreePath, Span] = {}
        self.found: list[Finding] = []
        """What the rules before have found."""
        self.entries: dict[str, tuple[Entry, ...]] = {}
        """The published ports of services, as ``exposure.entries`` has found them."""

    @cached_property
    def tiers(self) -> Mapping[str, Tier]:
        """The tier of every service: as decided where it is, as proposed for the rest."""
        decided = self._tiers or {}
        if decided.keys() >= self.project.services.keys():
            return decided
        from batten.inference.tiers import propose_tiers

        proposed = {name: proposal.tier for name, proposal in propose_tiers(self.project).items()}
        return {**proposed, **decided}

    @cached_property
    def connections(self) -> Sequence[Connection]:
        """Every needed connection with its evidence; where they were not told, those between services for which something speaks."""
        if self._connections is not None:
            return self._connections
        from batten.inference.evidence import known_connections

        return known_connections(self.project)

    @cached_property
    def credentials(self) -> Sequence[Credential]:
        """Every credential that stands in the project's files."""
        from batten.inference.credentials import find_credentials

        return find_credentials(self.project)

    @cached_property
    def spills(self) -> Sequence[Spill]:
        """Every credential that stands elsewhere than in an environment."""
        from batten.review.spilled import find_spills

        return find_spills(self.project)

    @cached_property
    def stack(self) -> str:
        """Why the project is taken for one that a swarm runs, as a phrase; empty where it is not."""
        from batten.review.stacks import why_stack

        return why_stack(self.project)

    @cached_property
    def known_pairs(self) -> frozenset[tuple[str, str]]:
        """Ordered pairs of services of which something says that the first needs the second; assumptions without a place in the files do not count."""
        return frozenset((link.source, link.target) for link in self.connections if any(_speaks(proof) for proof in link.evidence))

    def tier(self, service: str) -> Tier | None:
        """The tier of ``service``, or None where nobody knows."""
        return self.tiers.get(service)

    def facts(self, service: Service) -> ImageFacts | None:
        """What is known of the image of ``service``."""
        from batten.knowledge.images import image_facts, known_as

        image = known_as(service.image, service.labels)
        if image not in self._facts:
            self._facts[image] = image_facts(image)
        return self._facts[image]

    def confinement(self, service: Service) -> Confinement | None:
        """What ``service`` needs of the rights that Docker gives; None where that is not known."""
        if service.name not in self._confinements:
            from batten.inference.confinement import confinement

            self._confinements[service.name] = confinement(self.project, service)
        return self._confinements[service.name]

    def unneeded_capabilities(self, service: Service) -> tuple[str, ...]:
        """Capabilities that somebody added to ``service`` and that its image has no use for."""
        from batten.inference.confinement import unneeded

        return unneeded(self.project, service)

    def role(self, service: Service) -> str:
        """What ``service`` is in plain words, e.g. ``database``; where its image says nothing, by its tier."""
        facts = self.facts(service)
        if facts is not None and facts.role not in _NO_ROLES:
            return facts.role
        return _ROLES.get(self.tier(service.name), "service")

    def owner(self, service: Service) -> Service:
        """The service whose network namespace ``service`` runs in: itself, unless ``network_mode: service:NAME`` says otherwise."""
        seen = {service.name}
        while service.network_mode.startswith("service:"):
            other = self.project.services.get(service.network_mode.removeprefix("service:"))
            if other is None or other.name in seen:
                return service
            seen.add(other.name)
            service = other
        return service

    def place(self, path: TreePath) -> Span:
        """The primary place of the value at ``path``; that of a block is its key, where one stands before it."""
        if path not in self._places:
            self._places[path] = self._place(path)
        return self._places[path]

    def _place(self, path: TreePath) -> Span:
        value = self.project.value(path)
        origin = value.origin if value is not None else None
        span = (origin or self.project.origin(path)).primary
        source = self.project.sources.get(span.file)
        if value is None or source is None or not isinstance(value.data, dict | list):
            return span
        return key_before(source, span, str(path[-1])) or span

    def finding(
        self,
        rule: Rule,
        path: TreePath,
        title: str,
        message: str,
        *,
        service: Service | None = None,
        severity: Severity | None = None,
        confidence: Confidence | None = None,
        related: Sequence[Location] = (),
        fix: Fix | None = None,
    ) -> Finding:
        """A finding of ``rule`` about the value at ``path``; what shaped that value is related to it."""
        others = (*self.project.origin(path).related, *related)
        name = service.name if service is not None else None
        sure = confidence if confidence is not None else Confidence.HIGH
        return rule.finding(self.place(path), title, message, service=name, severity=severity, confidence=sure, related=others, fix=fix)

    def plain(self, service: Service, *keys: str | int) -> Any:
        """What ``service`` says under ``keys``, as plain data; None where it says nothing."""
        value = self._written(service, keys)
        return value.plain() if value is not None else None

    def _written(self, service: Service, keys: tuple[str | int, ...]) -> Value | None:
        """What stands there; most services write few of the many keys that are asked for."""
        parts = self._services.get(service.name)
        first = parts.data.get(keys[0]) if parts is not None and isinstance(parts.data, dict) else None
        return first if first is None or len(keys) == 1 else first.get(*keys[1:])

    @cached_property
    def _services(self) -> Mapping[str, Value]:
        services = self.project.value(("services",))
        return services.data if services is not None else {}

    @cached_property
    def _writers(self) -> Mapping[str, frozenset[str]]:
        """For each key of services: who writes it."""
        found: dict[str, list[str]] = {}
        for name, value in self._services.items():
            for key in value.data if isinstance(value.data, dict) else ():
                found.setdefault(key, []).append(name)
        return {key: frozenset(names) for key, names in found.items()}

    def writing(self, *keys: str) -> list[Service]:
        """The services that write one of ``keys``, in their order; for most keys there is none."""
        names = frozenset().union(*(self._writers[key] for key in keys if key in self._writers))
        return [service for service in self.project.services.values() if service.name in names] if names else []

    def items(self, service: Service, *keys: str | int) -> Iterator[tuple[TreePath, Any]]:
        """Path and plain data of every item of the list that ``service`` has under ``keys``."""
        value = self._written(service, keys)
        for index, item in enumerate(value.elements() if value is not None else ()):
            yield (*service.path, *keys, index), item.plain()

    def places(self, paths: Iterable[TreePath]) -> tuple[Location, ...]:
        """The places of several values."""
        return tuple(self.place(path) for path in paths)


def key_before(source: SourceText, block: Span, key: str) -> Span | None:
    """The place of ``key`` whose value is ``block``: on the same line, or above it with nothing but comments between."""
    text, end = source.text, block.start
    while end >= 0:
        begin = text.rfind("\n", 0, end) + 1
        found = _key_in(text, begin, end, key)
        if found:
            start, stop = found
            line = block.line - text.count("\n", start, block.start)
            return Span(source.file, start, stop, line, start - begin + 1)
        if text[begin:end].partition("#")[0].strip():
            return None
        end = begin - 1
    return None


def _key_in(text: str, begin: int, end: int, key: str) -> tuple[int, int] | None:
    """Where ``key`` stands on a line, quotes included, as the last thing before its colon; no pattern is made for each key."""
    start = text.find(key, begin, end)
    while start >= 0:
        stop = start + len(key)
        quoted = start > begin and stop < end and text[start - 1] == text[stop] and text[stop] in "\"'"
        first, last = (start - 1, stop + 1) if quoted else (start, stop)
        if (first == begin or not _NAME.match(text[first - 1])) and _COLON.match(text, last, end):
            return first, last
        start = text.find(key, start + 1, end)
    return None


def _speaks(proof: Evidence) -> bool:
    return proof.kind is not EvidenceKind.ASSUMED or proof.where is not None
