"""What applications find in their environment before and after their secrets were moved, on a real engine."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.canaries import IMAGES, KEPT, Planted, planted
from tests.cli.calling import spawn
from tests.engine.bench import busybox
from tests.engine.dockerd import Engine, compose_program

pytestmark = pytest.mark.engine

LINKS = ("sh", "cat", "sleep", "env", "sed", "printf", "test", "ls", "id")
WAIT = "#!/bin/sh\nexec /bin/sleep 1000000\n"
ENTRY = '#!/bin/sh\nexec "$@"\n'
READS = r"""#!/bin/sh
# Stands in for an image that takes secrets in one style: reader.sh STYLE PROGRAM...
style=$1
shift
variables() { env | sed -n "s/^\($1\)=.*/\1/p"; }
for name in $(variables '[A-Za-z0-9_]*'); do
  eval "value=\$$name"
  new=
  case $style:$name:$value in
    suffix:*_FILE:*) new=${name%_FILE} && file=$value ;;
    dunder:*__FILE:*) new=${name%__FILE} && file=$value ;;
    joined:*FILE:*) new=${name%FILE} && file=$value ;;
    secretfile:*_SECRETFILE:*) new=${name%_SECRETFILE} && file=$value ;;
    prefix:FILE__*:*) new=${name#FILE__} && file=$value ;;
    uri:*:file://*) new=$name && file=${value#file://} ;;
    path:*:/run/secrets/*) new=$name && file=$value ;;
    command:*_CMD:*) new=${name%_CMD} && file=${value#cat } ;;
  esac
  [ -z "$new" ] || export "$new=$(cat "$file")"
done
if [ "$style" = named ]; then
  for file in /run/secrets/[A-Z]*; do [ ! -e "$file" ] || export "${file##*/}=$(cat "$file")"; done
fi
exec "$@"
"""


def archive() -> bytes:
    """A root file system with busybox, the programs that the project starts, and a reader for each style."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        scripts = {"reader.sh": READS, "start.sh": ENTRY, "usr/local/bin/docker-entrypoint.sh": ENTRY, "usr/bin/tini": '#!/bin/sh\nshift\nexec "$@"\n'}
        scripts |= dict.fromkeys(("usr/local/bin/rabbitmq-server", "usr/local/bin/web", "usr/local/bin/app", "usr/local/bin/wait"), WAIT)
        for name, content in {"bin/busybox": Path(busybox()).read_bytes(), **{name: text.encode() for name, text in scripts.items()}}.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
        for name in LINKS:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "/bin/busybox"
            tar.addfile(link)
    return stream.getvalue()


def make_images(engine: Engine) -> None:
    """One image for each service, started as the real one would be."""
    content = archive()
    for service, (image, style, _) in IMAGES.items():
        entrypoint = ["/reader.sh", style] if style else ["docker-entrypoint.sh"] if service == "queue" else ["/usr/bin/tini", "--"]
        command = ["rabbitmq-server"] if service == "queue" else ["/bin/sh", "-c", 'app "$APP_TOKEN_00"'] if service == "app" else ["wait"]
        says = ("--change", f"ENTRYPOINT {json.dumps(entrypoint)}", "--change", f"CMD {json.dumps(command)}")
        engine.docker("import", *says, "-", image or "harbour-app", given=content)
    engine.docker("import", "--change", 'CMD ["wait"]', "-", KEPT[0], given=content)


class Running:
    """The project on the engine."""

    def __init__(self, engine: Engine, compose: Path, *start: str) -> None:
        self.engine, self.compose = engine, compose
        self.docker_compose(*(start or ("up", "--detach")), "--pull", "never", "--no-build")
        ids = self.docker_compose("ps", "--all", "--quiet").split()
        self.inspected: list[dict[str, Any]] = json.loads(engine.docker("inspect", *ids))
        self.ids = {entry["Config"]["Labels"]["com.docker.compose.service"]: entry["Id"] for entry in self.inspected}

    def docker_compose(self, *arguments: str) -> str:
        """What docker-compose prints."""
        call = (compose_program() or "docker-compose", "-f", str(self.compose), *arguments)
        done = subprocess.run(call, capture_output=True, text=True, env=self.engine.environment, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def environment(self, service: str) -> Mapping[str, bytes]:
        """What the first process of a container was given."""
        call = ("docker", "exec", self.ids[service], "/bin/busybox", "cat", "/proc/1/environ")
        until = time.monotonic() + 20
        while True:
            done = subprocess.run(call, capture_output=True, env=self.engine.environment, timeout=30, check=False)
            found = dict(part.split(b"=", 1) for part in done.stdout.split(b"\0") if b"=" in part)
            arguments = self.engine.docker("exec", self.ids[service], "/bin/busybox", "cat", "/proc/1/cmdline") if found else ""
            if arguments.startswith("/bin/sleep") or time.monotonic() > until:
                return {name.decode(): value for name, value in found.items()}
            time.sleep(0.2)

    def arguments(self) -> str:
        """The arguments of every process of the engine's containers."""
        every = "for one in /proc/[0-9]*/cmdline; do /bin/busybox tr '\\0' ' ' <$one; echo; done"
        return "".join(self.engine.docker("exec", one, "/bin/busybox", "sh", "-c", every) for one in self.ids.values())

    def health(self, service: str) -> str:
        """What the healthcheck comes to."""
        until = time.monotonic() + 20
        while (said := self.engine.docker("inspect", "--format", "{{.State.Health.Status}}", self.ids[service]).strip()) == "starting":
            if time.monotonic() > until:
                break
            time.sleep(0.3)
        return said

    def down(self) -> None:
        """Take all of it away."""
        self.docker_compose("down", "--volumes", "--timeout", "0")


@pytest.fixture(scope="module")
def shop(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """The project, hardened into ``out``, and the images that it needs."""
    found = planted(tmp_path_factory.mktemp("sea") / "harbour")
    done = spawn("harden", found.folder, "-o", found.folder / "out")
    assert done.code == 0, done.err
    make_images(engine)
    return found


@pytest.fixture(scope="module")
def before(engine: Engine, shop: Planted) -> Mapping[str, Mapping[bytes, bytes]]:
    """The environments of all services as the project was: the engine shows them without starting anything."""
    made = Running(engine, shop.folder / "compose.yaml", "create")
    try:
        assert set(shop.found_in(json.dumps(made.inspected, ensure_ascii=False))) == set(shop.marks)
        entries = {entry["Config"]["Labels"]["com.docker.compose.service"]: entry["Config"]["Env"] for entry in made.inspected}
        return {service: dict(line.encode().split(b"=", 1) for line in lines) for service, lines in entries.items()}
    finally:
        made.down()


@pytest.fixture(scope="module")
def after(engine: Engine, shop: Planted, before: Mapping[str, Mapping[bytes, bytes]]) -> Iterator[Running]:
    """The hardened project, running."""
    running = Running(engine, shop.folder / "out" / "compose.yaml")
    yield running
    running.down()


class TestTheSameValues:
    @pytest.mark.parametrize("service", IMAGES)
    def test_reach_the_program_byte_by_byte(self, service: str, shop: Planted, before: Mapping[str, Mapping[bytes, bytes]], after: Running) -> None:
        found = after.environment(service)
        for (owner, variable), value in shop.values.items():
            if owner == service:
                assert before[service][variable.encode()] == value.encode(), variable
                assert found.get(variable) == value.encode(), variable
        assert found["MODE"] == before[service][b"MODE"]

    def test_stay_where_nobody_knows_what_is_started(self, before: Mapping[str, Mapping[bytes, bytes]], after: Running) -> None:
        _, name, value = KEPT
        assert before["kept"][name.encode()] == after.environment("kept")[name] == value.encode()

    def test_reach_a_healthcheck(self, after: Running) -> None:
        assert after.health("app") == "healthy"

    def test_reach_a_program_with_a_user_of_its_own_and_no_capability(self, after: Running) -> None:
        status = after.engine.docker("exec", after.ids["web"], "/bin/busybox", "cat", "/proc/1/status")
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert fields["Uid"].split() == ["10001"] * 4
        assert int(fields["CapEff"], 16) == int(fields["CapBnd"], 16) == 0

    def test_are_not_what_the_engine_shows(self, shop: Planted, after: Running) -> None:
        assert shop.found_in(json.dumps(after.inspected, ensure_ascii=False)) == []

    def test_are_not_among_the_arguments_of_any_process(self, shop: Planted, after: Running) -> None:
        arguments = after.arguments()
        assert arguments.count("sleep 1000000") == len(IMAGES) + 1
        assert shop.found_in(arguments) == []

    def test_are_in_no_log(self, shop: Planted, after: Running) -> None:
        assert shop.found_in(after.docker_compose("logs")) == []
