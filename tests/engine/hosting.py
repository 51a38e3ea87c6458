"""A Docker host and a client beside it, for the files that belong to a host: dockerd runs with the daemon.json that a test gives it."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.engine.bench import Space, busybox
from tests.engine.dockerd import obstacle

HOST, CLIENT, HOST_6, CLIENT_6 = "10.98.0.1", "10.98.0.2", "fd98::1", "fd98::2"
IMAGE: Final = "stand-in:1"
_START: Final = (
    'if [ -n "$3" ]; then mount --bind "$3" "$3" && cd "$3"'
    ' && for shared in proc sys dev tmp; do mount --rbind "/$shared" "$shared" || exit 1; done'
    " && mkdir -p .machine && pivot_root . .machine && cd / && umount -l /.machine || exit 1; fi; "
    'mount -t tmpfs tmpfs /run && exec dockerd --config-file "$1" --data-root "$0/data" --exec-root "$0/exec" --pidfile "$0/pid"'
    ' --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$2"'
)


class Machine:
    """The host; nothing of it is left when it is closed."""

    def __init__(self) -> None:
        if reason := obstacle():
            raise RuntimeError(reason)
        self.folder = Path(tempfile.mkdtemp(prefix="batten-host-"))
        self.socket = f"unix://{self.folder}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self._spaces: list[Space] = []
        try:
            self.host, self.client = self._space(), self._space()
            self._connect()
        except BaseException:
            self.close()
            raise

    def _space(self) -> Space:
        self._spaces.append(Space())
        return self._spaces[-1]

    def _connect(self) -> None:
        self.host.run("ip", "link", "add", "lan0", "type", "veth", "peer", "name", "eth0", "netns", str(self.client.pid))
        for space, link, addresses in ((self.host, "lan0", (HOST, HOST_6)), (self.client, "eth0", (CLIENT, CLIENT_6))):
            space.run("ip", "address", "add", f"{addresses[0]}/24", "dev", link)
            space.run("ip", "address", "add", f"{addresses[1]}/64", "dev", link, "nodad")
            space.run("ip", "link", "set", link, "up")
        self.client.run("ip", "route", "add", "default", "via", HOST)
        self.host.run("sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward")

    def listen(self, space: Space, port: int, text: str) -> None:
        """Somebody who answers ``text`` on a port of every address of a machine."""
        root = self.folder / "www" / text
        root.mkdir(parents=True, exist_ok=True)
        (root / "index.html").write_text(text)
        space.start(busybox(), "httpd", "-f", "-p", f"[::]:{port}", "-h", str(root))

    def start(self, entries: Mapping[str, Any] | None = None) -> None:
        """Start dockerd with these entries and wait until it answers; with none, as it was started last."""
        config = self.folder / "daemon.json"
        if entries is not None:
            config.write_text(json.dumps({"hosts": [self.socket], **entries}))
        # What was killed left its number behind, which in the new namespace may be somebody else's: dockerd would wait for that one.
        for stale in ("pid", "exec/containerd/containerd.pid"):
            (self.folder / stale).unlink(missing_ok=True)
        own = ("unshare", "--mount", "--propagation", "slave", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", _START)
        arguments = (str(self.folder), str(config), self.folder.name, os.environ.get("BATTEN_ENGINE_ROOT", ""))
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(("setpriv", "--pdeathsig", "KILL", *self.host.inside(*own, *arguments)), stdout=log, stderr=log)
        self._wait(self._process)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + 40
        while time.monotonic() < until and process.poll() is None:
            if self.docker("info", check=False).returncode == 0:
                return
            time.sleep(0.2)
        raise RuntimeError("dockerd did not start:\n" + (self.folder / "log").read_text(errors="replace")[-2000:])

    @property
    def dockerd(self) -> int:
        """The process of dockerd as it is numbered here."""
        assert self._process is not None
        return int(Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()[0])

    def stop(self) -> None:
        """End dockerd as a shutdown does, with its containers."""
        if self._process is None:
            return
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for pid in children.read_text().split() if children.exists() else []:
            os.kill(int(pid), signal.SIGTERM)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of the caller's but the path."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "DOCKER_HOST": self.socket, **more}

    def docker(self, *arguments: str, given: bytes = b"", check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """``docker ARGUMENTS`` by the local socket."""
        return subprocess.run(("docker", *arguments), input=given, capture_output=True, env=self.environment(), timeout=60, check=check)

    def says(self, *arguments: str) -> str:
        """What ``docker ARGUMENTS`` prints."""
        return self.docker(*arguments).stdout.decode().strip()

    def run(self, space: Space, *command: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """A command in a machine, whatever comes of it."""
        env = self.environment(**(environment or {}))
        return subprocess.run(space.inside(*command), capture_output=True, text=True, env=env, timeout=60, check=False, stdin=subprocess.DEVNULL)

    def make_image(self) -> None:
        """A stand-in with busybox and nothing else."""
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            for name, content, mode in (("bin/busybox", Path(busybox()).read_bytes(), 0o755), ("www/index.html", b"container", 0o644)):
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), mode
                archive.addfile(entry, io.BytesIO(content))
        self.docker("import", "-", IMAGE, given=stream.getvalue())

    def reaches(self, space: Space, url: str) -> bool:
        """Whether a machine gets an answer; it tries again where nothing comes, since a busy machine does not close a door."""
        commands = [(busybox(), "timeout", str(seconds), busybox(), "wget", "-q", "-Y", "off", "-O", "-", url) for seconds in (1, 2)]
        return any(self.run(space, *command).returncode == 0 for command in commands)

    def close(self) -> None:
        """End everything and remove what is left."""
        if self._process is not None:
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
            for pid in children.read_text().split() if children.exists() else []:
                os.kill(int(pid), signal.SIGKILL)
            self._process.kill()
            self._process.wait()
        for space in reversed(self._spaces):
            space.close()
        self._remove_cgroups()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _remove_cgroups(self) -> None:
        root, until = Path("/sys/fs/cgroup"), time.monotonic() + 5
        while time.monotonic() < until:
            left = [path for path in (root / self.folder.name, *root.glob(f"*/{self.folder.name}")) if path.is_dir()]
            if not left:
                return
            for folder in left:
                for inner in (*sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True), folder):
                    _remove(inner)
            time.sleep(0.1)


def _remove(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return  # its last process is still ending; the caller looks again
