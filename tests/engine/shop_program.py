"""The shop's own programs, which run inside its containers with nothing but Python: they talk to PostgreSQL and redis as their protocols have it.

``shop_program.py ROLE``: ``storefront`` asks the api for what it shows; ``api`` keeps orders in PostgreSQL and counts them in redis; ``worker`` takes orders
out of PostgreSQL, hands a mail for each to the mail server and counts those in redis; ``dashboard`` only listens.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import signal
import socket
import struct
import sys
import time
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from urllib.parse import urlsplit

PATIENCE = 5.0


def setting(name: str) -> str:
    """A setting from the environment, or from the file that ``NAME_FILE`` names."""
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        return os.environ[name]
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


class Postgres:
    """One connection to PostgreSQL: startup, SCRAM-SHA-256 and simple queries (Frontend/Backend Protocol 3.0)."""

    def __init__(self, host: str, port: int, user: str, password: str, database: str) -> None:
        self._socket = socket.create_connection((host, port), timeout=PATIENCE)
        words = ("user", user, "database", database)
        startup = struct.pack("!I", 196608) + b"".join(word.encode() + b"\0" for word in words) + b"\0"
        self._socket.sendall(struct.pack("!I", len(startup) + 4) + startup)
        self._log_in(password)
        while self._receive()[0] != b"Z":
            pass

    def rows(self, query: str) -> list[list[str]]:
        """The rows that a query gives."""
        self._send(b"Q", query.encode() + b"\0")
        found: list[list[str]] = []
        while (message := self._receive())[0] != b"Z":
            if message[0] == b"D":
                found.append(_columns(message[1]))
        return found

    def _log_in(self, password: str) -> None:
        _, challenge = self._receive()
        if challenge[:4] == struct.pack("!I", 0):
            return
        nonce = base64.b64encode(os.urandom(18)).decode()
        bare = f"n=,r={nonce}"
        first = f"n,,{bare}".encode()
        self._send(b"p", b"SCRAM-SHA-256\0" + struct.pack("!I", len(first)) + first)
        answer = self._receive()[1][4:].decode()
        fields = dict(part.split("=", 1) for part in answer.split(","))
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
        final = f"c=biws,r={fields['r']}"
        key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(key).digest(), f"{bare},{answer},{final}".encode(), "sha256")
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True))).decode()
        self._send(b"p", f"{final},p={proof}".encode())

    def _send(self, kind: bytes, body: bytes) -> None:
        self._socket.sendall(kind + struct.pack("!I", len(body) + 4) + body)

    def _receive(self) -> tuple[bytes, bytes]:
        head = self._exactly(5)
        kind, body = head[:1], self._exactly(struct.unpack("!I", head[1:])[0] - 4)
        if kind == b"E":
            fields = {part[:1]: part[1:].decode() for part in body.split(b"\0") if part}
            raise ConnectionError(f"{fields[b'S']}:  {fields[b'M']}")
        return kind, body

    def _exactly(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            piece = self._socket.recv(size - len(got))
            if not piece:
                raise ConnectionError("PostgreSQL closed the connection")
            got += piece
        return got


def _columns(body: bytes) -> list[str]:
    (count,), at, found = struct.unpack("!H", body[:2]), 2, []
    for _ in range(count):
        (size,) = struct.unpack("!i", body[at : at + 4])
        found.append(body[at + 4 : at + 4 + size].decode())
        at += 4 + size
    return found


def redis(url: str, *command: str) -> str:
    """What redis answers to one command, asked over a connection of its own (RESP2)."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 6379), timeout=PATIENCE) as made, made.makefile("rwb") as stream:
        answer = ""
        for words in (("AUTH", parts.password or ""), ("SELECT", parts.path.lstrip("/") or "0"), command):
            stream.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words))
            stream.flush()
            answer = stream.readline().decode().strip()
            if answer.startswith("-"):
                raise ConnectionError(answer[1:])
            if answer.startswith("$") and answer != "$-1":
                answer = stream.readline().decode().strip()
        return answer.lstrip(":+")


class Kept:
    """A connection to PostgreSQL that is kept between questions, and made anew where it broke."""

    def __init__(self, make: Callable[[], Postgres]) -> None:
        self._make, self._lock = make, Lock()
        self._made: Postgres | None = None

    def rows(self, query: str) -> list[list[str]]:
        """The rows that a query gives."""
        with self._lock:
            for last in (False, True):
                try:
                    self._made = self._made or self._make()
                    return self._made.rows(query)
                except OSError:
                    self._made = None
                    if last:
                        raise
        return []


def serve(port: int, answer: Callable[[str, str], str]) -> None:
    """Answer requests by what ``answer`` makes of their method and path, until somebody ends us."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                status, text = 200, answer(self.command, self.path)
            except Exception as error:
                status, text = 500, "it does not work"
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET

    print(f"listening on port {port}", flush=True)
    ThreadingHTTPServer(("", port), Handler).serve_forever()


def storefront() -> None:
    """Show what the api says."""
    if not os.environ["SESSION_SECRET"]:
        raise RuntimeError("SESSION_SECRET is not set")

    def answer(method: str, path: str) -> str:
        with urllib.request.urlopen(f"{os.environ['API_URL']}/orders", timeout=PATIENCE) as response:
            return f"the storefront: {response.read().decode()}"

    serve(int(os.environ["PORT"]), answer)


def api() -> None:
    """Take orders (``POST /orders/ITEM``) and list them (``GET /orders``)."""
    secret, admin, cache = setting("SECRET"), setting("ADMIN_PASSWORD"), setting("REDIS")
    host, port, user, name = (os.environ[f"DB_{key}"] for key in ("HOST", "PORT", "USER", "DATABASE"))
    database = Kept(lambda: Postgres(host, int(port), user, setting("DB_PASSWORD"), name))
    database.rows("CREATE TABLE IF NOT EXISTS orders (id serial PRIMARY KEY, item text, mailed boolean DEFAULT false)")
    redis(cache, "PING")
    with open("/directus/uploads/started", "w", encoding="utf-8") as file:
        file.write(f"{len(secret) > 0 and len(admin) > 0}\n")

    def answer(method: str, path: str) -> str:
        item = path.rpartition("/")[2]
        if method == "POST" and item.isalnum():
            database.rows(f"INSERT INTO orders (item) VALUES ('{item}')")
            redis(cache, "SET", "last", item)
        items = [row[0] for row in database.rows("SELECT DISTINCT item FROM orders ORDER BY item")]
        return json.dumps({"orders": items, "last": redis(cache, "GET", "last"), "asked": redis(cache, "INCR", "asked")})

    serve(8055, answer)


def worker() -> None:
    """Mail what was ordered, one order after the other."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    database = Kept(lambda: Postgres(parts.hostname or "", parts.port or 5432, parts.username or "", parts.password or "", parts.path.lstrip("/")))
    while True:
        try:
            for number, item in database.rows("SELECT id, item FROM orders WHERE NOT mailed ORDER BY id LIMIT 5"):
                mail(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"]))
                database.rows(f"UPDATE orders SET mailed = true WHERE id = {int(number)}")
                print(f"mailed order {number}: {item}, {redis(os.environ['REDIS_URL'], 'INCR', 'mails')} so far", flush=True)
        except OSError as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        time.sleep(0.5)


def mail(host: str, port: int) -> None:
    """See that the mail server greets."""
    with socket.create_connection((host, port), timeout=PATIENCE) as made:
        if not made.recv(100).startswith(b"220"):
            raise ConnectionError("the mail server does not greet")


ROLES: dict[str, Callable[[], None]] = {"storefront": storefront, "api": api, "worker": worker, "dashboard": lambda: serve(9000, lambda *_: "the dashboard")}

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    ROLES[sys.argv[1]]()
