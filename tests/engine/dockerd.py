"""A private dockerd in the bench's Docker host: its own data, its own process, mount and network namespaces.

``BATTEN_ENGINE_ROOT`` may name a folder with another system (as debootstrap makes it): its dockerd is measured then, with its own libraries.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.engine.bench import OUTSIDE, Bench, busybox, missing_programs

PROGRAMS: Final = ("dockerd", "docker", "iptables", "ip", "busybox", "nsenter", "unshare", "setpriv")
_START_SECONDS: Final = 40.0
_ENTER_ROOT: Final = (
    'if [ -n "$3" ]; then mount --bind "$3" "$3" && cd "$3"'
    ' && for shared in proc sys dev tmp; do mount --rbind "/$shared" "$shared" || exit 1; done'
    " && mkdir -p .machine && pivot_root . .machine && cd / && umount -l /.machine || exit 1; fi; "
)
_DOCKERD: Final = (
    # A /run of its own: no other engine's containerd is found there, and what a project mounts as /var/run/docker.sock is harmless.
    "mount -t tmpfs tmpfs /run && exec dockerd"
    ' --data-root "$0/data" --exec-root "$0/exec" --pidfile "$0/pid" -H "unix://$0/docker.sock"'
    ' --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$1" --dns "$2"'
)


def compose_program() -> str | None:
    """The ``docker-compose`` of this virtual environment, else the one on the path."""
    return shutil.which("docker-compose", path=str(Path(sys.executable).parent)) or shutil.which("docker-compose")


def obstacle() -> str:
    """Why no engine can be started here, or an empty text."""
    if os.geteuid() != 0:
        return "needs root"
    if missing := missing_programs(PROGRAMS):
        return f"not installed: {', '.join(missing)}"
    if compose_program() is None:
        return "not installed: docker-compose"
    if subprocess.run(("ldd", busybox()), capture_output=True, check=False).returncode == 0:
        return "busybox is not the static one"
    probe = ("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward")
    done = subprocess.run(probe, capture_output=True, text=True, check=False)
    return f"no namespaces of our own: {done.stderr.strip()}" if done.returncode else ""


class Engine:
    """A running dockerd, and the environment in which its clients run."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="batten-engine-"))
        self._cgroup = self.folder.name
        self._process: subprocess.Popen[bytes] | None = None
        self.bench: Bench | None = None
        try:
            self.bench = Bench(self.folder)
            self._process = self._start(self.bench)
            self._wait()
            self.version = self.docker("version", "--format", "{{.Server.Version}}").strip().split("+")[0]
        except BaseException:
            self.close()
            raise

    @property
    def environment(self) -> Mapping[str, str]:
        """Nothing of the caller's but the path; the private socket."""
        (self.folder / "home").mkdir(exist_ok=True)
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder / "home"), "DOCKER_HOST": f"unix://{self.folder}/docker.sock"}

    def docker(self, *arguments: str, given: bytes = b"", timeout: float = 60) -> str:
        """What ``docker ARGUMENTS`` prints; its error where it fails."""
        done = subprocess.run(("docker", *arguments), input=given, capture_output=True, env=self.environment, timeout=timeout, check=False)
        if done.returncode:
            raise RuntimeError(f"docker {' '.join(arguments[:3])}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode(errors="replace")

    def inside(self, pid: int, *command: str) -> tuple[str, ...]:
        """``command`` as it is called to run in the network namespace of the process that the engine knows as ``pid``."""
        return ("nsenter", f"--net=/proc/{self.pid}/root/proc/{pid}/ns/net", *command)

    def give_socket(self) -> None:
        """Let what a project mounts as ``/var/run/docker.sock`` be this engine's own socket."""
        link = f'rmdir /run/docker.sock 2>/dev/null; ln -sf "{self.folder}/docker.sock" /run/docker.sock'
        subprocess.run(("nsenter", "--mount", f"--target={self.pid}", "sh", "-c", link), check=True, capture_output=True, timeout=30)

    @property
    def pid(self) -> int:
        """The process of dockerd as it is numbered here."""
        assert self._process is not None
        return _children(self._process.pid)[0]

    def _start(self, bench: Bench) -> subprocess.Popen[bytes]:
        own = ("unshare", "--mount", "--propagation", "slave", "--pid", "--fork", "--kill-child", "--mount-proc")
        command = (*own, "sh", "-c", _ENTER_ROOT + _DOCKERD, str(self.folder), self._cgroup, OUTSIDE, os.environ.get("BATTEN_ENGINE_ROOT", ""))
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(("setpriv", "--pdeathsig", "KILL", *bench.host.inside(*command)), stdout=log, stderr=log)

    def _wait(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self._process is not None and self._process.poll() is None:
            if (self.folder / "docker.sock").exists():
                try:
                    self.docker("info")
                except RuntimeError:
                    pass  # it listens before it answers
                else:
                    return
            time.sleep(0.2)
        raise RuntimeError("dockerd did not start:\n" + (self.folder / "log").read_text(errors="replace")[-3000:])

    def close(self) -> None:
        """End dockerd with all its containers (they live in its process namespace), then remove what it left."""
        if self._process is not None:
            _end(self._process)
        if self.bench is not None:
            self.bench.close()
        self._remove_cgroups()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _remove_cgroups(self) -> None:
        until = time.monotonic() + 5
        while (left := self._cgroups()) and time.monotonic() < until:
            for folder in left:
                for inner in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
                    _remove_empty(inner)
                _remove_empty(folder)
            time.sleep(0.1)

    def _cgroups(self) -> list[Path]:
        root = Path("/sys/fs/cgroup")
        return [path for path in (root / self._cgroup, *root.glob(f"*/{self._cgroup}")) if path.is_dir()]


def _end(parent: subprocess.Popen[bytes]) -> None:
    """Kill dockerd itself and let its ``unshare`` reap it; that one dies at once where it has no child yet."""
    for pid in _children(parent.pid) or [parent.pid]:
        os.kill(pid, signal.SIGKILL)
    parent.wait()


def _children(pid: int) -> list[int]:
    file = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in file.read_text().split()] if file.exists() else []


def _remove_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return  # its last process is still ending; the caller looks again
