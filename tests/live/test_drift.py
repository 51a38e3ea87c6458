"""What differs between files and what runs, and what only looks as if it did."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.engine.protocol import Binding, ImageDefaults, Membership, Mounted, Workload
from batten.engine.reading import read
from batten.model import SecretText, Span
from batten.review.drift import Pair, compare
from batten.review.finding import Finding, Severity
from tests.live.fakes import FakeEngine, composed, network
from tests.support import project_of

HEAD = "services:\n  web:\n    image: nginx:1.27\n"


def drift(text: str, tmp_path: Path, *runs: Workload) -> list[Finding]:
    """The differences between files and containers."""
    files = project_of(text, tmp_path)
    one = read(FakeEngine(runs, (network("shop"),))).running[0]
    return list(compare(Pair(files, one.project, one.of_images)))


def titles(found: list[Finding]) -> list[tuple[str | None, str]]:
    return [(finding.service, finding.title) for finding in found]


class TestTheSame:
    @pytest.mark.parametrize(
        ("text", "runs"),
        [
            (HEAD, composed("shop", "web")),
            (HEAD + '    ports: ["0.0.0.0:80:80"]\n', composed("shop", "web", ports=(Binding(80, "tcp", "80"),))),
            (HEAD + '    ports: ["8000-8010:80"]\n', composed("shop", "web", ports=(Binding(80, "tcp"),))),
            (HEAD + "    security_opt: [no-new-privileges=true]\n", composed("shop", "web", settings={"HostConfig.SecurityOpt": ["no-new-privileges"]})),
            (HEAD + "    cap_add: [net_admin]\n", composed("shop", "web", settings={"HostConfig.CapAdd": ["CAP_NET_ADMIN"]})),
            (HEAD + "    volumes: [/cache]\n", composed("shop", "web", mounts=(Mounted("volume", "a" * 64, "/cache", False),))),
            (HEAD, composed("shop", "web", settings={"Config.User": "101"})),
            (
                HEAD + "    environment: {MODE: fast}\n",
                composed("shop", "web", env={"MODE": "fast"}, defaults=ImageDefaults({"MODE": SecretText("fast")})),
            ),
            (HEAD + "    volumes: [/etc/:/host]\n", composed("shop", "web", mounts=(Mounted("bind", "/etc", "/host", False),))),
            ("services:\n  web: {build: .}\n", composed("shop", "web", image="shop-web")),
        ],
        ids=[
            "plain",
            "every address",
            "range",
            "spelling of options",
            "spelling of capabilities",
            "anonymous",
            "image's user",
            "image's variable",
            "slash",
            "build",
        ],
    )
    def test_is_no_drift(self, text: str, runs: Workload, tmp_path: Path) -> None:
        assert titles(drift(text, tmp_path, runs)) == []

    def test_goes_for_a_neighbour_by_its_containers_name(self, tmp_path: Path) -> None:
        text = HEAD + "    container_name: front\n  side: {image: x, network_mode: 'container:front'}\n"
        front = composed("shop", "web")
        web = Workload("container", front.id, "front", front.image, front.labels, front.environment, networks=front.networks, state="running")
        side = composed("shop", "side", image="x", networks=(), settings={"HostConfig.NetworkMode": f"container:{front.id}"})
        assert titles(drift(text, tmp_path, web, side)) == []

    def test_goes_for_services_that_are_not_meant_to_run(self, tmp_path: Path) -> None:
        text = HEAD + "  tool: {image: x, profiles: [tools]}\n  off: {image: x, deploy: {replicas: 0}}\n"
        assert titles(drift(text, tmp_path, composed("shop", "web"))) == []


class TestADifference:
    @pytest.mark.parametrize(
        ("text", "runs", "title"),
        [
            (HEAD, composed("shop", "web", image="nginx:1.26"), "Another image than in the files"),
            (HEAD, composed("shop", "web", ports=(Binding(80, "tcp", "80"),)), "Other published ports than in the files"),
            (HEAD, composed("shop", "web", networks=(Membership("shop_default"), Membership("other"))), "Other networks than in the files"),
            (HEAD, composed("shop", "web", settings={"HostConfig.Privileged": True}), "Another access to the host than in the files"),
            (HEAD + "    read_only: true\n", composed("shop", "web"), "Another root file system than in the files"),
            (HEAD + "    user: '1000'\n", composed("shop", "web"), "Another user than in the files"),
            (HEAD, composed("shop", "web", mounts=(Mounted("bind", "/etc", "/host", False),)), "Other mounts than in the files"),
            (HEAD + "    pid: host\n", composed("shop", "web"), "Another process namespace than in the files"),
        ],
    )
    def test_is_found(self, text: str, runs: Workload, title: str, tmp_path: Path) -> None:
        found = drift(text, tmp_path, runs)
        assert titles(found) == [("web", title)]
        assert found[0].severity is Severity.MEDIUM
        related = found[0].related[0]
        assert isinstance(related, Span)
        assert related.file == str(tmp_path / "shop/compose.yaml")

    def test_of_variables_is_told_by_name(self, tmp_path: Path) -> None:
        text = HEAD + "    environment: {A: canary-1, B: canary-2, C: canary-3}\n"
        found = drift(text, tmp_path, composed("shop", "web", env={"A": "canary-1", "B": "canary-4", "D": "canary-5"}))
        assert [finding.message.split(" Write")[0] for finding in found] == [
            "Only the files have C. Only the engine has D.",
            "It runs with another value of B than the files give it now.",
        ]
        assert "canary" not in repr(found)

    def test_of_whole_services(self, tmp_path: Path) -> None:
        found = drift(HEAD + "  db: {image: postgres:16}\n", tmp_path, composed("shop", "web"), composed("shop", "stowaway"))
        assert titles(found) == [("stowaway", "It runs, and stands in none of the files"), ("db", "It stands in the files and does not run")]
        assert found[1].severity is Severity.LOW
