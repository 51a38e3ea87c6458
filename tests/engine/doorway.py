"""A socket in the place of an engine's, which can be shut while somebody talks through it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path


class Doorway:
    """A socket that leads to another one until it is closed."""

    def __init__(self, target: Path, path: Path) -> None:
        self._target, self.path = target, path
        self._open: list[socket.socket] = []
        self._server = socket.socket(socket.AF_UNIX)

    def __enter__(self) -> Doorway:
        self._server.bind(str(self.path))
        self._server.listen()
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._server.accept()
                there = socket.socket(socket.AF_UNIX)
                there.connect(str(self._target))
                self._open += [here, there]
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()

    def close(self) -> None:
        """Shut it, with everything that goes through."""
        self.path.unlink(missing_ok=True)
        for one in (self._server, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def __exit__(self, *_: object) -> None:
        self.close()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_RDWR)
