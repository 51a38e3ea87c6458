"""Every rule about hosts against its fixtures: what an engine says, what its host shows, and what must be found, no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from batten.engine.endpoint import DEFAULT_SOCKET, Endpoint
from batten.engine.hostfiles import Found
from batten.engine.hosting import host_of
from batten.engine.protocol import About, EngineNetwork, Granted, Node, Swarm, Workload
from batten.model import Span
from batten.review import catalogue
from batten.review.finding import Confidence, Finding
from batten.review.hosts.runner import load, review_host
from batten.review.hosts.subject import Certificate, Host, HostFile

FIXTURES = Path(__file__).parents[2] / "fixtures" / "hosts"
CASES = sorted(FIXTURES.glob("*/*.yaml"))


def host_in(case: dict[str, Any]) -> Host:
    """The host that a fixture describes."""
    endpoint = Endpoint(case.get("endpoint", DEFAULT_SOCKET))
    about = About("harbour", str(case.get("version", "28.5.2")), "1.51", endpoint.url, case.get("role", ""), case.get("info", {}))
    networks = [EngineNetwork("", entry["name"], entry["driver"], options=entry["options"]) for entry in case.get("networks", ())]
    now = datetime.now(UTC)
    files = tuple(HostFile(path, kind, int(str(mode), 0), owner, *ours) for path, kind, mode, owner, *ours in case.get("files", ()))
    dated = tuple(Certificate(path, now + timedelta(days=days)) for path, days in case.get("certificates", ()))
    return host_of(about, networks, _swarm(case), Found(case.get("settings"), case.get("settings_file", ""), files, dated), endpoint)


def _swarm(case: dict[str, Any]) -> Swarm | None:
    told = case.get("swarm")
    if told is None:
        return None
    nodes = tuple(Node(name, role, version) for name, role, version in told.get("nodes", ()))
    services = [Workload("service", name, name, "nginx:1.27", {}, {}, grants=(Granted(secret, secret),)) for name, secret in told.get("services", ())]
    return Swarm(tuple(services), nodes, tuple(told.get("secrets", ())), autolock=told.get("autolock", True), certificate_days=told.get("certificate_days", 90))


def read(case: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(case.read_text())
    return found


def findings_in(case: Path) -> list[Finding]:
    return list(load(case.parent.name).check(host_in(read(case))))


def place_of(finding: Finding) -> str:
    place = finding.location
    return place.file if isinstance(place, Span) else f"{place.object} {place.attribute}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
class TestFixture:
    def test_gives_what_it_says(self, case: Path) -> None:
        found = sorted((place_of(finding), finding.severity.value, finding.title) for finding in findings_in(case))
        expected = sorted(map(tuple, read(case).get("expect", ())))
        assert [entry[:2] for entry in found] == [entry[:2] for entry in expected]
        assert all(words in title for (_, _, title), (_, _, words) in zip(found, expected, strict=True))

    def test_fires_if_and_only_if_its_name_says_so(self, case: Path) -> None:
        assert bool(read(case).get("expect")) is case.stem.startswith("fires")
        assert case.stem.startswith(("fires", "silent"))

    def test_gives_sentences(self, case: Path) -> None:
        for finding in findings_in(case):
            assert not finding.title.endswith(".")
            assert finding.message.endswith(".")
            assert finding.service is None


@pytest.mark.parametrize("rule", catalogue.host_names())
def test_every_rule_is_tried_both_ways(rule: str) -> None:
    names = [path.stem for path in (FIXTURES / rule).glob("*.yaml")]
    assert any(name.startswith("fires") for name in names)
    assert any(name.startswith("silent") for name in names)


def test_every_folder_of_fixtures_is_that_of_a_rule() -> None:
    assert {path.name for path in FIXTURES.iterdir()} == set(catalogue.host_names())


def test_what_a_distribution_packages_is_said_with_doubt() -> None:
    packaged, plain = (list(load("daemon-outdated").check(host_in({"version": version}))) for version in ("20.10.24+dfsg1", "20.10.24"))
    assert [finding.confidence for finding in packaged] == [Confidence.LOW]
    assert [finding.confidence for finding in plain] == [Confidence.HIGH]


def test_the_worst_comes_first() -> None:
    case = {"endpoint": "tcp://10.0.0.5:2375", "info": {"SecurityOptions": ["name=seccomp,profile=unconfined"], "LiveRestoreEnabled": False}}
    found = review_host(host_in(case))
    assert [finding.rule for finding in found[:2]] == ["daemon-tcp", "daemon-seccomp"]
    assert [finding.severity.level for finding in found] == sorted((finding.severity.level for finding in found), reverse=True)


def test_nothing_is_concluded_from_what_is_not_known() -> None:
    """An engine that says nothing, of whose host nothing can be read: of its files, settings, swarm and certificates nothing is found."""
    found = {finding.rule for finding in review_host(host_in({}))}
    assert found == {"daemon-authorization", "daemon-confinement", "daemon-new-privileges", "daemon-seccomp", "daemon-user-namespaces"}
