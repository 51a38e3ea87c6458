"""Which engine is meant: the order and the files of the Docker command line."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from batten.engine.endpoint import DEFAULT_SOCKET, Endpoint, Tls, endpoint
from batten.engine.tunnel import _command
from batten.errors import EngineError

FILES = ("ca.pem", "cert.pem", "key.pem")


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    """The folder of the Docker command line, with a context over TLS and one by ssh."""
    folder = tmp_path / ".docker"
    for name, host, files in (("far", "tcp://far.example:2376", FILES), ("near", "ssh://mara@near.example", ())):
        number = sha256(name.encode()).hexdigest()
        meta = folder / "contexts/meta" / number
        meta.mkdir(parents=True)
        told = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}}}
        (meta / "meta.json").write_text(json.dumps(told))
        for file in files:
            path = folder / "contexts/tls" / number / "docker" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
    return folder


def seen(docker: Path, context: str | None = None, **environ: str) -> Endpoint:
    return endpoint(context, {"HOME": str(docker.parent), **environ})


class TestTheOrder:
    def test_without_anything_it_is_the_socket(self, tmp_path: Path) -> None:
        assert seen(tmp_path / "none") == Endpoint(DEFAULT_SOCKET)

    def test_a_named_context_comes_first(self, docker: Path) -> None:
        assert seen(docker, "far", DOCKER_HOST="tcp://other:2375", DOCKER_CONTEXT="near").url == "tcp://far.example:2376"

    def test_then_the_host(self, docker: Path) -> None:
        (docker / "config.json").write_text('{"currentContext": "far"}')
        assert seen(docker, DOCKER_HOST="tcp://other:2375", DOCKER_CONTEXT="near") == Endpoint("tcp://other:2375")

    def test_then_the_contexts_variable(self, docker: Path) -> None:
        (docker / "config.json").write_text('{"currentContext": "far"}')
        assert seen(docker, DOCKER_CONTEXT="near") == Endpoint("ssh://mara@near.example", None, "near")

    def test_then_the_current_context(self, docker: Path) -> None:
        (docker / "config.json").write_text('{"currentContext": "far"}')
        assert seen(docker).context == "far"

    def test_the_default_context_is_none(self, docker: Path) -> None:
        (docker / "config.json").write_text('{"currentContext": "far"}')
        assert seen(docker, "default") == Endpoint(DEFAULT_SOCKET)

    def test_the_folder_can_be_another(self, docker: Path, tmp_path: Path) -> None:
        moved = docker.rename(tmp_path / "elsewhere")
        assert endpoint("far", {"HOME": "/nonexistent", "DOCKER_CONFIG": str(moved)}).context == "far"


class TestTls:
    def test_of_a_context_is_its_own(self, docker: Path) -> None:
        found = seen(docker, "far").tls
        assert found is not None
        assert [Path(path).name for path in (found.ca, found.cert, found.key)] == list(FILES)
        assert found.verify

    def test_is_asked_for_by_variables(self, docker: Path, tmp_path: Path) -> None:
        for name in FILES:
            (tmp_path / name).write_text("")
        names = {"DOCKER_HOST": "tcp://x:2376", "DOCKER_CERT_PATH": str(tmp_path)}
        assert seen(docker, **names).tls is None
        ca, cert, key = (str(tmp_path / name) for name in FILES)
        assert seen(docker, DOCKER_TLS_VERIFY="1", **names).tls == Tls(ca, cert, key)
        assert seen(docker, DOCKER_TLS="1", **names).tls == Tls(ca, cert, key, verify=False)

    @pytest.mark.parametrize("missing", FILES)
    def test_needs_its_files(self, docker: Path, tmp_path: Path, missing: str) -> None:
        for name in FILES:
            if name != missing:
                (tmp_path / name).write_text("")
        with pytest.raises(EngineError, match=missing):
            seen(docker, DOCKER_HOST="tcp://x:2376", DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH=str(tmp_path))


class TestWhatCannotBe:
    def test_a_context_that_is_not_there(self, docker: Path) -> None:
        with pytest.raises(EngineError, match="no Docker context named 'nowhere'") as raised:
            seen(docker, "nowhere")
        assert raised.value.hint == "There are: default, far, near."

    def test_a_name_is_never_a_path(self, docker: Path) -> None:
        with pytest.raises(EngineError, match="no Docker context"):
            seen(docker, "../../etc")

    def test_files_that_are_no_json(self, docker: Path) -> None:
        (docker / "config.json").write_text("{")
        with pytest.raises(EngineError, match="it is not JSON"):
            seen(docker)

    def test_a_context_of_something_else(self, docker: Path) -> None:
        file = docker / "contexts/meta" / sha256(b"far").hexdigest() / "meta.json"
        file.write_text('{"Name": "far", "Endpoints": {"kubernetes": {}}}')
        with pytest.raises(EngineError, match="names no Docker engine"):
            seen(docker, "far")


class TestTheCallOfSsh:
    def test_has_the_host_behind_all_options(self) -> None:
        command = _command("ssh://mara@near.example:2222", "/tmp/x/docker.sock", 10)
        assert command[-6:] == ["-p", "2222", "-L", "/tmp/x/docker.sock:/var/run/docker.sock", "--", "near.example"]
        assert command[command.index("-l") + 1] == "mara"

    def test_takes_another_socket(self) -> None:
        assert "/tmp/x/docker.sock:/run/user/1000/docker.sock" in _command("ssh://h/run/user/1000/docker.sock", "/tmp/x/docker.sock", 10)

    def test_takes_no_option_for_a_host(self) -> None:
        assert _command("ssh://-oProxyCommand=id", "/tmp/s", 10)[-2:] == ["--", "-oproxycommand=id"]

    @pytest.mark.parametrize("url", ["ssh://", "ssh://user:secret@host", "ssh://host:port", "ssh://host?x=1"])
    def test_refuses_what_is_no_host(self, url: str) -> None:
        with pytest.raises(EngineError) as raised:
            _command(url, "/tmp/s", 10)
        assert "secret" not in str(raised.value)
