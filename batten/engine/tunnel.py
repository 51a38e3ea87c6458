"""A way to an engine behind ssh: the system's own ``ssh`` forwards a socket of ours to the one over there.

``ssh`` brings the user's keys, agent, aliases and known hosts. A forwarded socket keeps time-outs, which a pipe to a remote program does not.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from batten.errors import EngineError

_REMOTE_SOCKET = "/var/run/docker.sock"
_HINT = "See whether 'ssh {host} docker version' works."
_SHOWN = 300


class Tunnel:
    """A forwarded socket; gone when it is closed."""

    def __init__(self, url: str, timeout: float) -> None:
        """Open it; raises EngineError."""
        self._folder = tempfile.TemporaryDirectory(prefix="batten-ssh-")
        self.url = f"unix://{self._folder.name}/docker.sock"
        self._host = urlsplit(url).netloc
        try:
            self._process = subprocess.Popen(
                _command(url, f"{self._folder.name}/docker.sock", timeout), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        except FileNotFoundError:
            self._folder.cleanup()
            raise EngineError(f"{url} is asked for, and there is no 'ssh' here.", hint="Install OpenSSH's client.") from None
        try:
            self._wait(time.monotonic() + timeout)
        except BaseException:
            self.close()
            raise

    def _wait(self, until: float) -> None:
        while not Path(self.url.removeprefix("unix://")).exists():
            if self._process.poll() is not None:
                said = (self._process.stderr.read() if self._process.stderr else b"").decode(errors="replace").strip()
                raise EngineError(f"ssh to {self._host} failed: {said[-_SHOWN:] or 'it gave no reason'}.", hint=_HINT.format(host=self._host))
            if time.monotonic() > until:
                raise EngineError(f"ssh to {self._host} does not get through in time.", hint=_HINT.format(host=self._host))
            time.sleep(0.05)

    def close(self) -> None:
        """End ssh and remove the socket."""
        self._process.terminate()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()
        self._folder.cleanup()


def _command(url: str, socket: str, timeout: float) -> list[str]:
    """The call of ssh. Nothing of the address can be taken for an option: behind ``--`` there is only the host.

    Raises:
        EngineError: the address has no host, or more than ssh is asked for.
    """
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.query or parts.fragment or parts.password:
        raise EngineError(f"{parts.scheme}://… cannot be used as it is written.", hint="Write ssh://USER@HOST or ssh://USER@HOST:PORT.")
    options = ["-o", "ExitOnForwardFailure=yes", "-o", f"ConnectTimeout={max(1, int(timeout))}", "-o", "ServerAliveInterval=5", "-o", "ControlPath=none"]
    login = ["-l", parts.username] if parts.username else []
    where = ["-p", str(port)] if port else []
    remote = parts.path if len(parts.path) > 1 else _REMOTE_SOCKET
    return ["ssh", "-nNT", *options, *login, *where, "-L", f"{socket}:{remote}", "--", host]
