"""A socket proxy in a swarm: a stack with a service that asks what only a manager answers, made with the generated commands on a real one-node swarm."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from batten.plan.sockets import CONFIGURATION, IMAGE
from tests.engine import hosting
from tests.engine.conftest import go_without
from tests.engine.hosting import HOST, Machine
from tests.engine.test_socket_proxy import haproxy_image
from tests.engine.test_stack import BUSYBOX, running

pytestmark = pytest.mark.engine

PROXY = "board-socket-proxy"
STACK = """
name: seen
services:
  board:
    image: dockersamples/visualizer
    volumes: ["/var/run/docker.sock:/var/run/docker.sock"]
    deploy: {placement: {constraints: ["node.role == manager"]}}
  other:
    image: registry.example/other:1
"""


class Swarm:
    """A manager with the stack on it."""

    def __init__(self, machine: Machine, containers: Mapping[str, str]) -> None:
        self.machine, self.containers = machine, containers

    @property
    def address(self) -> str:
        """The proxy's address on its network."""
        return self.machine.says("inspect", self.containers[PROXY], "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}")

    def status(self, service: str, path: str, *posted: str, host: str = PROXY) -> str:
        """What the proxy answers to a call from a service's container: a status, or nothing where it is not reached."""
        asking = (BUSYBOX, "timeout", "5", BUSYBOX, "wget", "-S", "-Y", "off", "-O", "/dev/null", *posted, f"http://{host}:2375{path}")
        said = self.machine.docker("exec", self.containers[service], *asking, check=False).stderr.decode()
        return next((word for word in said.split() if word.isdigit() and len(word) == 3), "")


@pytest.fixture(scope="module")
def swarm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swarm]:
    """The stack that ``batten harden`` writes, with stand-ins for its programs and Debian's HAProxy for the proxy's."""
    if shutil.which("haproxy") is None:
        go_without("not installed: haproxy")
    folder = tmp_path_factory.mktemp("seen")
    (folder / "stack.yaml").write_text(STACK)
    harden = (sys.executable, "-m", "batten", "harden", str(folder / "stack.yaml"), "--target", "stack", "-o", str(folder / "out"))
    subprocess.run(harden, check=True, timeout=120, capture_output=True)
    try:
        machine = Machine()
    except RuntimeError as error:
        go_without(str(error))
    try:
        machine.start({"hosts": [machine.socket, "unix:///var/run/docker.sock"]})
        machine.make_image()
        machine.docker("import", "--change", f'CMD ["haproxy", "-W", "-db", "-f", "{CONFIGURATION}"]', "-", IMAGE, given=haproxy_image())
        machine.docker("swarm", "init", "--advertise-addr", HOST, "--data-path-port", "4791")
        yield Swarm(machine, _deployed(machine, folder / "out"))
    finally:
        machine.close()


def _deployed(machine: Machine, folder: Path) -> Mapping[str, str]:
    model = yaml.safe_load((folder / "stack.yaml").read_text())
    for name, service in model["services"].items():
        if name != PROXY:
            service |= {"image": hosting.IMAGE, "entrypoint": [BUSYBOX, "sleep", "1000000"], "stop_grace_period": "1s"}
        service["deploy"] = {**service.get("deploy", {}), "endpoint_mode": "dnsrr"}
    (folder / "trial.yaml").write_text(yaml.safe_dump(model))
    command = f"cd {shlex.quote(str(folder))} && sh docker-objects.sh configs && docker stack deploy --resolve-image never -c trial.yaml seen"
    done = machine.run(machine.host, "sh", "-c", command)
    assert done.returncode == 0, done.stderr
    return running(machine, set(model["services"]), "seen")


class TestAManagersAnswers:
    @pytest.mark.parametrize("path", ["/services", "/v1.40/tasks", "/nodes", "/version"])
    def test_pass(self, swarm: Swarm, path: str) -> None:
        assert swarm.status("board", path) == "200"

    @pytest.mark.parametrize("path", ["/swarm", "/secrets", "/configs", "/containers/json", "/info"])
    def test_that_were_not_asked_for_do_not(self, swarm: Swarm, path: str) -> None:
        assert swarm.status("board", path) == "403"

    def test_that_change_something_do_not(self, swarm: Swarm) -> None:
        assert [swarm.status("board", path, "--post-data", "{}") for path in ("/services/create", "/swarm/leave", "/containers/create")] == ["403"] * 3

    def test_are_for_the_caller_alone(self, swarm: Swarm) -> None:
        assert [swarm.status(service, "/version", host=swarm.address) for service in ("board", "other")] == ["200", ""]

    def test_come_from_a_proxy_that_runs_on_managers(self, swarm: Swarm) -> None:
        constraints = swarm.machine.says("service", "inspect", f"seen_{PROXY}", "--format", "{{json .Spec.TaskTemplate.Placement.Constraints}}")
        assert constraints == '["node.role == manager"]'
