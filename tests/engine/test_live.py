"""What runs on a real engine, read live: as in its files, with what was changed by hand, and written down again."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import assets
from batten.compose import load_project
from batten.model import Service
from tests.cli.calling import Result, call
from tests.engine.bench import busybox
from tests.engine.dockerd import Engine, compose_program

pytestmark = pytest.mark.engine

FIXTURES = Path(__file__).parents[1] / "fixtures" / "engine"
SLEEP = ["/bin/busybox", "sleep", "100000"]
FILES_ONLY = {"secret-file", "shared-env-file", "unused-definition", "lost-in-stack", "unknown-suppression", "drift"}
"""Rules about what an engine does not remember: the files of secrets, env files, what nothing uses, comments."""


class Deployed(NamedTuple):
    """A project that runs, and its files."""

    engine: Engine
    name: str
    files: Sequence[Path]

    def named(self) -> list[str]:
        """The files as arguments."""
        return [argument for file in self.files for argument in ("-f", str(file))]

    def batten(self, *arguments: object) -> Result:
        """A call of batten that talks to the engine."""
        with pytest.MonkeyPatch.context() as patched:
            for name, value in self.engine.environment.items():
                patched.setenv(name, value)
            return call(*arguments)

    def review(self, *arguments: object) -> list[dict[str, Any]]:
        """The findings of a review."""
        result = self.batten("review", *arguments, "--format", "json", "--fail-on", "never")
        assert result.code == 0, result.err
        found: list[dict[str, Any]] = result.json["projects"][-1]["findings"]
        return found


def stand_in(engine: Engine, *references: str) -> None:
    """An image with busybox under several names."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        entry = tarfile.TarInfo("bin/busybox")
        content = Path(busybox()).read_bytes()
        entry.size, entry.mode = len(content), 0o755
        archive.addfile(entry, io.BytesIO(content))
    engine.docker("import", "-", references[0], given=stream.getvalue())
    for other in references[1:]:
        engine.docker("tag", references[0], other)


def compose(engine: Engine, *arguments: str, folder: Path) -> None:
    """A call of the real docker-compose."""
    command = (compose_program() or "docker-compose", *arguments)
    done = subprocess.run(command, cwd=folder, env=engine.environment, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)


def deployed(engine: Engine, source: Path, folder: Path, start: Sequence[str] = ()) -> Iterator[Deployed]:
    """A project as its files say, with images, entrypoints and commands that stay up in the place of its own.

    Where services to start are named, the others are made and not started: an engine inside another container may not give out all privileges.
    """
    shutil.copytree(source, folder)
    services = load_project([folder / "compose.yaml"], environ={}).services
    override = folder / "override.yaml"
    override.write_text("services:\n" + "".join(f"  {name}: {json.dumps(_quiet(service))}\n" for name, service in services.items()))
    stand_in(engine, *sorted({service.image for service in services.values()}))
    project = Deployed(engine, folder.name, (folder / "compose.yaml", override))
    try:
        compose(engine, *project.named(), *(("create",) if start else ("up", "-d")), "--pull", "never", folder=folder)
        for container in start:
            engine.docker("start", container)
        yield project
    finally:
        compose(engine, *project.named(), "down", "-v", "-t", "0", "--remove-orphans", folder=folder)


def _quiet(service: Service) -> dict[str, Any]:
    check = {"healthcheck": {"test": ["CMD", "/bin/busybox", "true"], "interval": "1s"}} if service.healthcheck else {}
    return {"entrypoint": SLEEP, "command": [], **check}


@pytest.fixture(scope="module")
def shop(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The demo."""
    yield from deployed(engine, assets.path("demo/shop"), tmp_path_factory.mktemp("live") / "shop")


@pytest.fixture(scope="module")
def bad(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A project that does everything wrong."""
    engine.docker("network", "create", "meeting")
    try:
        yield from deployed(engine, FIXTURES / "bad", tmp_path_factory.mktemp("live") / "bad", ("bad-db-1", "bad-host-1", "bad-many-1", "bad-many-2"))
    finally:
        engine.docker("network", "rm", "meeting")


def told(findings: Sequence[dict[str, Any]]) -> set[tuple[str, str | None, str]]:
    """Rule, service and severity of each finding that an engine can know of."""
    return {(one["rule"], one["service"], one["severity"]) for one in findings if one["rule"] not in FILES_ONLY}


class TestWhatRuns:
    @pytest.mark.parametrize("which", ["shop", "bad"])
    def test_has_the_findings_of_its_files(self, which: str, request: pytest.FixtureRequest) -> None:
        project: Deployed = request.getfixturevalue(which)
        live, files = project.review("--live", "--project-name", project.name), project.review(*project.named())
        assert told(live) == told(files)
        assert len(told(live)) >= 15
        assert {one["location"]["kind"] for one in live} == {"engine"}

    @pytest.mark.parametrize("which", ["shop", "bad"])
    def test_does_not_drift_from_them(self, which: str, request: pytest.FixtureRequest) -> None:
        project: Deployed = request.getfixturevalue(which)
        assert [one for one in project.review(*project.named(), "--live") if one["rule"] == "drift"] == []

    def test_points_to_objects_and_attributes(self, bad: Deployed) -> None:
        places = {(one["rule"], one["location"]["object"], one["location"]["attribute"]) for one in bad.review("--live", "--project-name", "bad")}
        assert ("privileged", "container/bad-root-1", "HostConfig.Privileged") in places
        assert ("secret-in-environment", "container/bad-root-1", "Config.Env.TOKEN") in places
        assert ("exposed-database", "container/bad-db-1", "HostConfig.PortBindings.5432/tcp") in places
        assert ("docker-socket", "container/bad-many-1", "Mounts./var/run/docker.sock") in places
        assert ("host-network", "container/bad-host-1", "HostConfig.NetworkMode") in places

    def test_reaches_as_its_files_say(self, bad: Deployed) -> None:
        live, files = (bad.batten("reach", *which, "--format", "json").json for which in (("--live", "--project-name", "bad"), bad.named()))
        assert pairs(live) == pairs(files)
        assert pairs(live)

    @pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "markdown"])
    def test_keeps_its_secrets(self, bad: Deployed, form: str) -> None:
        for arguments in (("--live",), (*bad.named(), "--live")):
            result = bad.batten("review", *arguments, "--format", form, "--fail-on", "never")
            assert result.code == 0
            assert "4711" not in result.out + result.err

    @pytest.mark.parametrize("command", ["design", "reach"])
    def test_keeps_them_elsewhere_too(self, bad: Deployed, command: str) -> None:
        result = bad.batten(command, "--live", "--project-name", "bad")
        assert result.out
        assert "4711" not in result.out + result.err


def pairs(reach: Any) -> set[tuple[str, str]]:
    """Services of which one can reach the other."""
    zones = {"internet", "lan", "host"}
    return {(path["from"], path["to"]) for path in reach["paths"] if not {path["from"], path["to"]} & zones}


class TestDrift:
    @pytest.fixture
    def changed(self, bad: Deployed, tmp_path: Path) -> Deployed:
        """Other files than those that were deployed, of the same project."""
        folder = tmp_path / "bad"
        shutil.copytree(bad.files[0].parent, folder)
        text = (folder / "compose.yaml").read_text()
        for old, new in (
            ("image: postgres:16-alpine", "image: postgres:17-alpine"),
            ("5434:5432", "127.0.0.1:5434:5432"),
            ("privileged: true", "privileged: false"),
            ("MODE: fast", "PACE: fast"),
            ("cork$$screw-4711", "rotated-4711"),
            ("networks: [back]", "networks: [back, default]"),
            ('"/etc:/host/etc", ', ""),
            ("cap_add: [NET_ADMIN, SYS_PTRACE]", "cap_add: [NET_ADMIN]"),
            ("networks:\n  back:", "  ghost: {image: nginx}\nnetworks:\n  back:"),
        ):
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (folder / "compose.yaml").write_text(text)
        return bad._replace(files=(folder / "compose.yaml", folder / "override.yaml"))

    def test_is_found_where_it_was_planted_and_nowhere_else(self, changed: Deployed) -> None:
        found = [one for one in changed.review(*changed.named(), "--live") if one["rule"] == "drift"]
        root = str(changed.files[0].parent)
        same = [(one["service"], one["title"], one["message"].replace(root, "")) for one in found if "/etc/settings.conf" not in one["message"]]
        assert {(service, title) for service, title, _ in same} == {
            ("db", "Another image than in the files"),
            ("db", "Other published ports than in the files"),
            ("root", "Another access to the host than in the files"),
            ("root", "Other environment variables than in the files"),
            ("root", "Other values in its environment than in the files"),
            ("root", "Other mounts than in the files"),
            ("many", "Other networks than in the files"),
            ("near", "Other added capabilities than in the files"),
            ("ghost", "It stands in the files and does not run"),
        }
        assert any("Only the files have 127.0.0.1:5434:5432/tcp. Only the engine has 5434:5432/tcp." in message for _, _, message in same)
        assert any("another value of TOKEN" in message for _, _, message in same)
        assert "4711" not in json.dumps(found)

    def test_of_a_container_that_no_file_knows(self, bad: Deployed) -> None:
        labels = ("--label", "com.docker.compose.project=bad", "--label", "com.docker.compose.service=stowaway")
        bad.engine.docker("create", "--name", "stowaway", *labels, "--privileged", "nginx", *SLEEP)
        try:
            found = bad.review(*bad.named(), "--live")
        finally:
            bad.engine.docker("rm", "-f", "stowaway")
        rules = {one["rule"] for one in found if one["service"] == "stowaway"}
        assert {"drift", "privileged"} <= rules


class TestContainersOfNobody:
    def test_are_a_project_of_their_own(self, bad: Deployed) -> None:
        bad.engine.docker("run", "-d", "--name", "loner", "-p", "8123:80", "-v", "/var/run/docker.sock:/var/run/docker.sock", "nginx", *SLEEP)
        try:
            projects = bad.batten("review", "--live", "--format", "json", "--fail-on", "never").json["projects"]
        finally:
            bad.engine.docker("rm", "-f", "loner")
        assert projects[-1]["name"] == "standalone"
        assert {("docker-socket", "loner"), ("default-bridge", "loner")} <= {(one["rule"], one["service"]) for one in projects[-1]["findings"]}
        assert projects[0]["name"].startswith("engine ")


class TestWritingItDown:
    def test_gives_files_that_the_reference_takes_and_that_mean_the_same(self, bad: Deployed, tmp_path: Path) -> None:
        result = bad.batten("design", "--live", "--project-name", "bad", "-o", tmp_path / "out")
        assert result.code == 0, result.err
        folder = tmp_path / "out"
        assert {path.name for path in folder.iterdir()} == {"compose.yaml", ".env", "batten.yaml", ".gitignore"}
        assert all((folder / name).stat().st_mode & 0o777 == 0o600 for name in ("compose.yaml", ".env"))
        assert "4711" not in (folder / "compose.yaml").read_text() + (folder / "batten.yaml").read_text() + result.out + result.err
        command = (compose_program() or "docker-compose", "config", "--format", "json")
        done = subprocess.run(command, cwd=folder, env=bad.engine.environment, capture_output=True, text=True, check=True)
        services = json.loads(done.stdout)["services"]
        assert services["root"]["environment"] == {"TOKEN": "cork$$screw-4711", "MODE": "fast", "COMMON_SECRET": "halyard-4711"}
        written, live = bad.review(folder), bad.review("--live", "--project-name", "bad")
        assert told(written) == told(live)
        assert [one for one in bad.review(folder, "--live") if one["rule"] == "drift"] == []

    def test_can_be_hardened(self, bad: Deployed, tmp_path: Path) -> None:
        bad.batten("design", "--live", "--project-name", "bad", "-o", tmp_path / "out")
        result = bad.batten("harden", tmp_path / "out", "-o", tmp_path / "hard")
        assert result.code == 0, result.err
