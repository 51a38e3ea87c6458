"""One request to an address, in plain text or with TLS: a program of its own, which runs in a container's network namespace with nothing but Python.

``FOLDER ADDRESS PORT IDENTITY``: the identity is a folder below the project's with a certificate and its key, ``-`` for none, ``?`` for
none and no question who the other side is, empty for plain text.
"""

from __future__ import annotations

import socket
import ssl
import sys
from pathlib import Path


def dial(folder: Path, address: str, port: int, identity: str) -> str:
    """One request; an empty text where no answer comes."""
    try:
        with socket.create_connection((address, port), timeout=1.5) as plain:
            if not identity:
                return request(plain)
            context = ssl.create_default_context(cafile=str(folder / "mtls/certs/db/ca.pem"))
            if identity == "?":
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            elif identity != "-":
                context.load_cert_chain(folder / identity / "cert.pem", folder / identity / "key.pem")
            with context.wrap_socket(plain, server_hostname="db") as secured:
                return request(secured)
    except OSError:
        return ""


def request(stream: socket.socket) -> str:
    """Ask like a browser, and read all that comes."""
    stream.sendall(b"GET / HTTP/1.0\r\n\r\n")
    parts = []
    while part := stream.recv(4096):
        parts.append(part)
    return b"".join(parts).decode(errors="replace").rpartition("\r\n\r\n")[2].strip()


if __name__ == "__main__":
    print(dial(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]))
