"""What runs inside a network namespace as a program of its own, with nothing but Python: a client that asks many at once, and a UDP listener.

``ask SECONDS…`` reads lines of ``ID PROTOCOL HOST PORT`` with addresses for hosts, asks all at once and prints ``ID ANSWER`` for each answer that
comes from where the question went; what stays silent is asked again for as long as the next number says. ``listen NAME PORT…`` answers datagrams
until it is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import sys
from collections.abc import Sequence

_AT_ONCE = 200
_PACKET_INFO = 20
"""Bytes of an address and an interface's number."""


def listen(name: str, ports: Sequence[int]) -> None:
    """Answer every datagram with ``name``."""
    sockets = [_bound(port) for port in ports]
    print("ready", flush=True)
    while True:
        for ready in select.select(sockets, [], [])[0]:
            _, where, _, client = ready.recvmsg(512, socket.CMSG_SPACE(_PACKET_INFO))
            # From the address that was asked, by whichever interface leads back: else a container on two networks answers as somebody else.
            asked = [(level, kind, data[:16] + bytes(4)) for level, kind, data in where]
            ready.sendmsg([name.encode()], asked, 0, client)


def _bound(port: int) -> socket.socket:
    """A socket for both families."""
    made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    made.bind(("::", port))
    return made


async def ask(questions: Sequence[Sequence[str]], patience: Sequence[float]) -> None:
    """Ask all at once, and the silent ones again."""
    left = {number: (protocol, host.strip("[]"), int(port)) for number, protocol, host, port in questions}
    for seconds in patience:
        room = asyncio.Semaphore(_AT_ONCE)
        answers = await asyncio.gather(*(_answer(room, *question, seconds) for question in left.values()))
        heard = {number: answer for number, answer in zip(left, answers, strict=True) if answer}
        for number, answer in heard.items():
            print(number, answer, flush=True)
            del left[number]


async def _answer(room: asyncio.Semaphore, protocol: str, host: str, port: int, seconds: float) -> str:
    """What comes back in time, or an empty text."""
    way = _by_stream if protocol == "tcp" else _by_datagram
    async with room:
        with contextlib.suppress(OSError, TimeoutError, asyncio.TimeoutError):
            return await asyncio.wait_for(way(host, port), seconds)
    return ""


async def _by_stream(host: str, port: int) -> str:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        return (await reader.read()).decode(errors="replace").rpartition("\r\n\r\n")[2].strip()
    finally:
        writer.close()


async def _by_datagram(host: str, port: int) -> str:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.setblocking(False)
        # A connected socket hears only the address that it asked, as a resolver does.
        made.connect((host, port))
        made.send(b"who is there?")
        return (await asyncio.get_running_loop().sock_recv(made, 512)).decode(errors="replace")


if __name__ == "__main__":
    if sys.argv[1] == "listen":
        listen(sys.argv[2], [int(port) for port in sys.argv[3:]])
    else:
        asyncio.run(ask([line.split() for line in sys.stdin], [float(seconds) for seconds in sys.argv[2:]]))
