"""Looking into network namespaces of this machine: what root sees, whose a socket is, and nothing left open."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from batten.engine.owners import Owners
from batten.engine.windows import Window, Windows
from batten.errors import EngineError
from tests.live.fakes import FakeEngine
from tests.live.test_connections import end
from tests.live.test_observe import runs

ROOT_ONLY = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may look at the sockets of others")


class TestWindows:
    def test_need_root(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        with pytest.raises(EngineError, match="only root on the engine's host"):
            Windows(FakeEngine())

    @ROOT_ONLY
    def test_show_the_sockets_of_a_process_and_leave_nothing_open(self) -> None:
        before = set(os.listdir("/proc/self/fd"))
        with socket.create_server(("127.0.0.1", 0)) as server:
            window = Window(os.getpid(), "")
            (seen,) = Windows(FakeEngine()).read([window], ("tcp", "nothing-of-that-name"))
            assert seen.tables is not None and seen.tables["nothing-of-that-name"] == ""
            assert end(*server.getsockname()) in seen.tables["tcp"]
            window.close()
        with pytest.raises(EngineError, match="not on this machine"):
            Window(os.getpid(), "a" * 64)
        assert set(os.listdir("/proc/self/fd")) == before

    @ROOT_ONLY
    def test_know_when_their_process_has_ended(self) -> None:
        with subprocess.Popen(("sleep", "100")) as process:
            window = Window(process.pid, "")
            process.kill()
        assert [seen.tables for seen in Windows(FakeEngine()).read([window], ("tcp",))] == [None]
        window.close()

    @ROOT_ONLY
    def test_tell_a_container_elsewhere_from_one_that_has_ended(self) -> None:
        engine = FakeEngine([runs("web", os.getpid())])
        with pytest.raises(EngineError, match="is not on this machine"):
            Windows(engine).of(engine.runs[0], engine.runs)
        numbers = iter([os.getpid(), 0])
        engine.first_process = lambda container: next(numbers)  # type: ignore[method-assign]
        assert Windows(engine).of(engine.runs[0], engine.runs) is None


class TestOwners:
    @pytest.fixture
    def proc(self, tmp_path: Path) -> Iterator[Path]:
        """A folder of processes: two of containers in one namespace, one of nobody, one without anything."""
        net = tmp_path / "net"
        net.touch()
        for pid, group, inode in ((7, "aaa", 70), (8, "bbb", 80), (9, "none", 90)):
            folder = tmp_path / "proc" / str(pid)
            (folder / "fd").mkdir(parents=True)
            (folder / "ns").mkdir()
            os.link(net, folder / "ns" / "net")
            (folder / "cgroup").write_text(f"0::/docker/{group}\n")
            (folder / "fd" / "3").symlink_to(f"socket:[{inode}]")
            (folder / "fd" / "4").symlink_to("/dev/null")
        (tmp_path / "proc" / "11").mkdir()
        (tmp_path / "proc" / "self").mkdir()
        yield tmp_path / "proc"

    def test_are_the_services_of_the_processes(self, proc: Path) -> None:
        home = os.stat(proc / "7" / "ns" / "net").st_ino
        owners = Owners(proc)
        owners.renew({home: {"aaa": "web", "bbb": "sidecar"}}, 1)
        assert [owners.owner(home, inode) for inode in (70, 80, 90, 12)] == ["web", "sidecar", None, None]

    def test_on_the_hosts_network_are_the_host_itself_else(self, proc: Path) -> None:
        home = os.stat(proc / "7" / "ns" / "net").st_ino
        owners = Owners(proc)
        owners.renew({home: {"aaa": "web"}}, home)
        assert [owners.owner(home, inode) for inode in (70, 90)] == ["web", "host"]
