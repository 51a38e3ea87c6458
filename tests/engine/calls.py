"""What runs inside a network namespace as a program of its own, with nothing but Python: it makes calls of an engine's API and tells the answers' statuses.

``calls.py HOST PORT`` reads lines of ``METHOD PATH`` and prints a line for each: the status, or ``none`` where nobody answers.
"""

from __future__ import annotations

import http.client
import sys

_PATIENCE = 3.0


def status(host: str, port: int, method: str, path: str) -> str:
    """The status of the answer to one call."""
    connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        connection.request(method, path, headers={"Content-Type": "application/json"}, body=b"{}" if method in ("POST", "PUT") else None)
        return str(connection.getresponse().status)
    except OSError:
        return "none"
    finally:
        connection.close()


if __name__ == "__main__":
    for line in sys.stdin:
        print(status(sys.argv[1], int(sys.argv[2]), *line.split()), flush=True)
