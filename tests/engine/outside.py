"""What runs on the internet's machine as a program of its own, with nothing but Python: a name server that knows one name, and a mail server that greets.

``outside.py NAME ADDRESS``: the name, and the address that it has.
"""

from __future__ import annotations

import socket
import struct
import sys
from threading import Thread

MAIL_PORT = 587
_A = 1
_FOUND, _NOBODY = 0x8180, 0x8183
"""Flags of an answer from a server that asks others: no error, and no such name (RFC 1035, 4.1.1)."""


def answer(question: bytes, name: str, address: str) -> bytes:
    """The answer to a question about one name (RFC 1035, 4.1)."""
    end = question.index(b"\0", 12)
    kind = struct.unpack("!H", question[end + 1 : end + 3])[0]
    known = _name(question[12:end]) == name
    record = b"\xc0\x0c" + struct.pack("!HHIH", _A, 1, 5, 4) + socket.inet_aton(address) if known and kind == _A else b""
    return question[:2] + struct.pack("!HHHHH", _FOUND if known else _NOBODY, 1, bool(record), 0, 0) + question[12 : end + 5] + record


def _name(labels: bytes) -> str:
    words, at = [], 0
    while at < len(labels):
        words.append(labels[at + 1 : at + 1 + labels[at]].decode(errors="replace"))
        at += labels[at] + 1
    return ".".join(words).lower()


def _answer_names(name: str, address: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))
        while True:
            question, client = server.recvfrom(512)
            server.sendto(answer(question, name, address), client)


def _greet(address: str) -> None:
    with socket.create_server((address, MAIL_PORT)) as server:
        while True:
            client, _ = server.accept()
            with client:
                client.sendall(b"220 harbour mail\r\n")


if __name__ == "__main__":
    Thread(target=_answer_names, args=sys.argv[1:3], daemon=True).start()
    _greet(sys.argv[2])
