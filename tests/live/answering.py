"""A Docker API of our own on a socket: it gives recorded or made-up answers, or fails in a way that is asked for."""

from __future__ import annotations

import json
import re
import socketserver
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Any

RECORDED = Path(__file__).parents[1] / "fixtures" / "engine" / "shop-20.10.json"
_VERSIONED = re.compile(r"^/v[\d.]+")


def recorded() -> dict[str, Any]:
    """Answers of Docker 20.10.24 about four containers of the demo shop, by path."""
    found: dict[str, Any] = json.loads(RECORDED.read_text())
    inspected, images = found.pop("inspect"), found.pop("images")
    found |= {f"/containers/{number}/json": answer for number, answer in inspected.items()}
    return found | {f"/images/{number}/json": answer for number, answer in images.items()}


class Api:
    """The API, while it is open."""

    def __init__(
        self, socket: Path, answers: Mapping[str, Any], *, hangs: str = "", breaks: str = "", trickles: str = "", refuses: tuple[str, int, str] = ("", 0, "")
    ) -> None:
        """
        Args:
            socket: where it listens.
            answers: JSON by path; what is not there is not found.
            hangs: the path to which it never answers.
            breaks: the path in whose answer the connection is lost.
            trickles: the path that is answered one byte at a time.
            refuses: a path, the status that it is answered with, and the message.
        """
        self.released = threading.Event()
        api, released = self, self.released

        class Handler(BaseHTTPRequestHandler):
            """One request."""

            def address_string(self) -> str:
                return "socket"

            def log_message(self, *_: object) -> None:
                """Nothing to say."""

            def do_GET(self) -> None:
                path = _VERSIONED.sub("", self.path.partition("?")[0])
                api.asked.append(path)
                if path == hangs:
                    released.wait(30)
                    return
                status, body = (200, json.dumps(answers[path])) if path in answers else (404, json.dumps({"message": "no such object"}))
                if path == refuses[0]:
                    status, body = refuses[1], json.dumps({"message": refuses[2]})
                self._answer(path, status, body.encode())

            def _answer(self, path: str, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if path == breaks:
                    self.wfile.write(body[: len(body) // 2])
                    self.close_connection = True
                    return
                for byte in body if path == trickles else ():
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    if released.wait(0.05):
                        return
                if path != trickles:
                    self.wfile.write(body)

        self.asked: list[str] = []
        self._server = _Server(str(socket), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Api:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is what some tests are about."""
