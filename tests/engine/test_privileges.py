"""Real servers serve real requests with exactly the rights that a design leaves them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from batten.design.confining import CAPABILITIES, PIDS, TIGHT
from tests.engine.confined import ANSWERS, Confined
from tests.engine.conftest import go_without
from tests.engine.dockerd import Engine
from tests.engine.programs import PROGRAMS, make, missing

pytestmark = pytest.mark.engine

_BITS = {"CHOWN": 0, "DAC_OVERRIDE": 1, "FOWNER": 3, "SETGID": 6, "SETUID": 7}
"""Numbers of capabilities (linux/capability.h)."""
_NEEDED = {"web": ("CHOWN", "SETGID", "SETUID"), "cache": ("CHOWN", "SETGID", "SETUID"), "db": ("CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID")}
_FORGIVEN = {("db", "FOWNER")}
"""What an entrypoint tries and can do without: PostgreSQL's sets modes of folders that may be right already."""


@pytest.fixture(scope="module")
def servers(engine: Engine) -> Engine:
    """An engine that has the images."""
    if absent := missing():
        go_without(f"not installed: {', '.join(absent)}")
    for reference in PROGRAMS:
        make(engine, reference)
    return engine


@pytest.fixture(scope="module", params=[CAPABILITIES, TIGHT])
def project(request: pytest.FixtureRequest, servers: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Confined]:
    """The hardened project at one level, running."""
    with Confined(servers, tmp_path_factory.mktemp("confined"), request.param) as running:
        yield running


class TestRealServers:
    @pytest.mark.parametrize("service", ANSWERS)
    def test_serves(self, project: Confined, service: str) -> None:
        assert project.served(service) == ANSWERS[service][1]

    @pytest.mark.parametrize("service", ANSWERS)
    def test_has_what_was_decided_and_nothing_else(self, project: Confined, service: str) -> None:
        held, wanted = project.inspect(service)["HostConfig"], project.privileges[service]
        assert held["CapDrop"] == ["ALL"]
        given = sorted(one.removeprefix("CAP_") for one in held["CapAdd"] or [])
        assert given == sorted(wanted.add) == ([] if wanted.user else sorted(_NEEDED.get(service, ())))
        assert held["ReadonlyRootfs"] is (project.level == TIGHT) is wanted.read_only
        assert {f"{folder}:{options}" for folder, options in (held.get("Tmpfs") or {}).items()} == set(wanted.tmpfs)
        assert (held["PidsLimit"] or 0) == (PIDS if project.level == TIGHT else 0)
        assert "no-new-privileges:true" in held["SecurityOpt"]

    @pytest.mark.parametrize("service", ANSWERS)
    def test_the_kernel_says_so_too(self, project: Confined, service: str) -> None:
        status = dict(line.split(":", 1) for line in project.execute(service, "cat", "/proc/self/status").splitlines())
        assert int(status["CapBnd"], 16) == sum(1 << _BITS[one] for one in project.privileges[service].add)
        assert status["NoNewPrivs"].strip() == "1"

    def test_who_is_started_as_a_user_never_was_root(self, project: Confined) -> None:
        users = {service: project.inspect(service)["Config"]["User"] for service in ANSWERS}
        assert users == {"web": "", "cache": "redis", "db": "postgres", "memory": "memcache", "balancer": "haproxy"} | (
            {"cache": "", "db": ""} if project.level == CAPABILITIES else {}
        )

    def test_nginx_is_reloaded(self, project: Confined) -> None:
        project.served("web")
        old = _workers(project)
        project.execute("web", "nginx", "-s", "reload")
        for _ in range(50):
            if not old & _workers(project) and len(_workers(project)) == len(old):
                break
            project.execute("web", "sleep", "0.1")
        assert len(old) == 2 and not old & _workers(project)
        assert project.served("web") == ANSWERS["web"][1]

    def test_processes_stay_far_below_the_limit(self, project: Confined, show_table: Callable[[str], None]) -> None:
        for service in ANSWERS:
            project.served(service)
        counts = {service: int(project.execute(service, "sh", "-c", _COUNT).split()[0]) for service in ANSWERS}
        show_table(f"processes and threads ({project.level}): " + ", ".join(f"{service} {count}" for service, count in counts.items()))
        assert all(0 < count < PIDS / 10 for count in counts.values())


_COUNT = "cat /sys/fs/cgroup/pids.current 2>/dev/null || cat /sys/fs/cgroup/pids/pids.current"


def _workers(project: Confined) -> set[str]:
    """Process numbers of nginx's workers: the children of the first process."""
    return set(project.execute("web", "cat", "/proc/1/task/1/children").split())


@pytest.mark.skipif(os.environ.get("BATTEN_ENGINE_SHAPES") != "all", reason="every capability on its own, with BATTEN_ENGINE_SHAPES=all")
class TestNoneIsTooMany:
    @pytest.mark.parametrize(("service", "capability"), sorted({(service, one) for service in _NEEDED for one in _NEEDED[service]} - _FORGIVEN))
    def test_without_it_the_service_does_not_work(self, servers: Engine, tmp_path: Path, service: str, capability: str) -> None:
        with Confined(servers, tmp_path, CAPABILITIES, service=service, without=capability) as project:
            assert project.served(service, 6) != ANSWERS[service][1]
