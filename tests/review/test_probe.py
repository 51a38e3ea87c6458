"""The probe: about a hundred services with one weakness each, and a project without any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from batten.compose import load_project
from batten.model import Location, Project, Span
from batten.review import catalogue
from batten.review.finding import Finding, Severity
from batten.review.runner import review

FOLDER = Path(__file__).parent.parent / "fixtures" / "probe"
MUST: Mapping[str, set[str]] = {
    "privileged": {"privileged"},
    "privileged-by-default": {"privileged"},
    "privileged-hook": {"privileged"},
    "privileged-build": {"privileged"},
    "capability-all": {"dangerous-capability"},
    "capability-sys-admin": {"dangerous-capability"},
    "capability-sys-module": {"dangerous-capability"},
    "capability-net-admin": {"dangerous-capability"},
    "capability-sys-ptrace": {"dangerous-capability"},
    "capability-syslog": {"dangerous-capability"},
    "capability-perfmon": {"dangerous-capability"},
    "capability-sys-nice": {"dangerous-capability"},
    "capability-net-raw": {"dangerous-capability"},
    "capabilities-kept": {"capabilities-kept", "dangerous-capability"},
    "net-raw-kept": {"capabilities-kept", "dangerous-capability"},
    "new-privileges": {"no-new-privileges"},
    "user-unset": {"user-unset"},
    "root-by-name": {"root-user"},
    "root-by-number": {"root-user"},
    "writable-root": {"writable-root"},
    "seccomp-off": {"security-profile-off"},
    "seccomp-colon-off": {"security-profile-off"},
    "apparmor-off": {"security-profile-off"},
    "label-off": {"security-profile-off"},
    "systempaths-off": {"security-profile-off"},
    "seccomp-missing": {"security-profile-off"},
    "device-memory": {"dangerous-device"},
    "device-kvm": {"dangerous-device"},
    "device-disk": {"dangerous-device"},
    "device-rule": {"dangerous-device"},
    "tmpfs-exec": {"executable-tmpfs"},
    "host-network": {"host-network"},
    "host-processes": {"shared-namespace"},
    "host-memory": {"shared-namespace"},
    "shareable-memory": {"shared-namespace"},
    "host-name": {"shared-namespace"},
    "host-users": {"shared-namespace"},
    "host-cgroup": {"shared-namespace"},
    "cgroup-parent": {"shared-namespace"},
    "network-of-service": {"shared-namespace"},
    "network-of-container": {"shared-namespace"},
    "default-bridge": {"default-bridge"},
    "socket": {"docker-socket"},
    "socket-folder": {"docker-socket"},
    "socket-podman": {"docker-socket"},
    "socket-by-variable": {"docker-socket"},
    "socket-by-key": {"docker-socket"},
    "mount-etc": {"host-mount"},
    "mount-docker": {"host-mount"},
    "mount-keys": {"host-mount"},
    "mount-logins": {"host-mount"},
    "mount-by-volume": {"host-mount"},
    "propagation-out": {"mount-propagation"},
    "propagation-in": {"mount-propagation"},
    "volume-shared-one": {"shared-volume"},
    "volume-shared-two": {"shared-volume"},
    "volumes-from": {"shared-volume"},
    "configuration-writable": {"writable-mount"},
    "front": set(),
    "store-published": {"exposed-database"},
    "console-published": {"wildcard-port"},
    "behind-the-front": {"wildcard-port"},
    "low-port": {"low-port"},
    "port-twice-one": {"duplicate-port"},
    "port-twice-two": {"duplicate-port"},
    "port-dead": {"dead-port"},
    "host-gateway": {"host-gateway"},
    "forwards": {"packet-forwarding"},
    "secret-variable": {"secret-in-environment"},
    "secret-url": {"secret-in-environment"},
    "secret-token": {"secret-in-environment"},
    "secret-command": {"secret-in-command"},
    "secret-healthcheck": {"secret-in-command"},
    "secret-build": {"secret-in-definition"},
    "secret-label": {"secret-in-definition"},
    "env-file-one": {"shared-env-file", "secret-in-environment"},
    "env-file-two": {"shared-env-file", "secret-in-environment"},
    "secret-of-caller": {"secret-file"},
    "tag-latest": {"moving-tag", "no-digest"},
    "tag-none": {"moving-tag", "no-digest"},
    "digest-none": {"no-digest"},
    "registry-in-clear": {"fetched-in-clear"},
    "build-in-clear": {"fetched-in-clear"},
    "engine-in-clear": {"fetched-in-clear"},
    "limits-none": {"no-limits"},
    "processes-unlimited": {"limits-off"},
    "never-killed": {"limits-off"},
    "killed-last": {"limits-off"},
    "health-none": {"no-healthcheck"},
    "restart-none": {"no-restart"},
    "log-none": {"log-kept"},
    "log-unlimited": {"log-kept"},
    "dependency-silent": {"undeclared-dependency"},
    "api-client": {"docker-api-in-clear"},
    "api-server": {"docker-api-in-clear"},
    "api-verify-nothing": {"docker-api-in-clear"},
    "login-trust": {"auth-off"},
    "login-empty": {"auth-off"},
    "login-dashboard": {"auth-off"},
    "login-search": {"auth-off"},
    "login-cache": {"auth-off"},
    "login-protected-mode": {"auth-off"},
    "login-anonymous": {"auth-off"},
    "tls-database": {"tls-off"},
    "tls-node": {"tls-off"},
    "on-plain-overlay": set(),
    "on-open-overlay": set(),
    "on-lying-overlay": set(),
    "on-the-lan": set(),
    "on-unprotected-nat": set(),
}
"""Which rules must speak about which service, and no others."""
NETWORKS = {
    ("plain-overlay", "plain"),
    ("attachable-network", "open"),
    ("plain-overlay", "lying"),
    ("past-the-firewall", "lan"),
    ("past-the-firewall", "unprotected"),
}
"""Which rule must speak about which network."""
ABOUT_ALL = {"flat-network"}
"""What holds for services because of those beside them."""


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project([FOLDER / "compose.yaml"], environ={"PROBE_SECRET": "canary-4711"})


@pytest.fixture(scope="module")
def findings(project: Project) -> tuple[Finding, ...]:
    return review(project)


def blocks(project: Project) -> Mapping[str, range]:
    """The lines of every service."""
    starts = [(name, project.origin(("services", name)).primary.line - 1) for name in project.services]
    text = project.sources[project.files[0]].text.splitlines()
    end = next(number for number, line in enumerate(text, 1) if line == "networks:")
    ends = [start for _, start in starts[1:]] + [end]
    return {name: range(start, stop) for (name, start), stop in zip(starts, ends, strict=True)}


def spoken_of(project: Project, findings: tuple[Finding, ...]) -> Mapping[str, set[str]]:
    """The rules that speak about each service: by its name, or by a place in it."""
    lines = blocks(project)
    found: dict[str, set[str]] = {name: set() for name in project.services}
    for finding in findings:
        for name in {finding.service or "", *_at(lines, (finding.location, *finding.related))} - {""}:
            found[name].add(finding.rule)
    return found


def _at(lines: Mapping[str, range], places: tuple[Location, ...]) -> Iterator[str]:
    for place in places:
        yield from (name for name, block in lines.items() if isinstance(place, Span) and place.line in block)


class TestProbe:
    def test_has_a_row_for_every_service(self, project: Project) -> None:
        assert set(MUST) == set(project.services)
        assert len(MUST) > 90

    def test_is_found_service_by_service(self, project: Project, findings: tuple[Finding, ...]) -> None:
        spoken = spoken_of(project, findings)
        wrong = {name: (rules, spoken[name] - ABOUT_ALL) for name, rules in MUST.items() if spoken[name] - ABOUT_ALL != rules}
        assert wrong == {}

    def test_is_found_network_by_network(self, project: Project, findings: tuple[Finding, ...]) -> None:
        titles = {(finding.rule, finding.title) for finding in findings if finding.service is None}
        missing = [(rule, network) for rule, network in NETWORKS if not any(rule == one and f" {network} " in f"{title} " for one, title in titles)]
        assert missing == []

    def test_is_found_at_the_top_level(self, findings: tuple[Finding, ...]) -> None:
        titles = {finding.title for finding in findings if finding.service is None}
        assert "The file of the secret missing does not exist" in titles
        assert "A credential stands in the config settings" in titles
        assert any(title.startswith("Defined and not used are: network idle") for title in titles)

    def test_shows_no_secret(self, findings: tuple[Finding, ...]) -> None:
        assert "4711" not in repr(findings)

    def test_tries_every_rule(self, findings: tuple[Finding, ...]) -> None:
        assert set(catalogue.names()) - {finding.rule for finding in findings} == {"unknown-suppression", "stale-suppression", "lost-in-stack"}


class TestACleanProject:
    def test_has_nothing_worth_more_than_a_note(self, tmp_path: Path) -> None:
        (tmp_path / "compose.yaml").write_text((FOLDER / "clean.yaml").read_text())
        (tmp_path / "db_password").write_text("canary-4711")
        (tmp_path / "db_password").chmod(0o600)
        project = load_project([tmp_path / "compose.yaml"], environ={})
        found = [(finding.rule, finding.title) for finding in review(project) if finding.severity.level > Severity.INFO.level]
        assert found == []

    def test_is_not_clean_because_nothing_was_read(self) -> None:
        assert len(load_project([FOLDER / "clean.yaml"], environ={}).services) == 3
