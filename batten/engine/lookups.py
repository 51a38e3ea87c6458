"""Questions to a name server and its answers, as RFC 1035 writes them: no more of it than the addresses of one name."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address

from batten.engine.vantage import Name

_TYPES = {4: 1, 6: 28}
"""A (RFC 1035, section 3.2.2) and AAAA (RFC 3596, section 2.1)."""
_INTERNET, _RECURSION = 1, 0x0100
_HEADER = struct.Struct(">6H")
_RECORD = struct.Struct(">2HIH")
_POINTER = 0xC0


def question(name: Name, number: int) -> bytes | None:
    """The datagram that asks for a name, or None where no such name can be asked for: an empty part, or one of more than 63 bytes."""
    parts = [part.encode() for part in name.name.split(".")]
    if any(not 0 < len(part) < 64 for part in parts):
        return None
    words = b"".join(bytes((len(part),)) + part for part in parts)
    return _HEADER.pack(number, _RECURSION, 1, 0, 0, 0) + words + b"\0" + struct.pack(">2H", _TYPES[name.family], _INTERNET)


def number(datagram: bytes) -> int:
    """The number of the question that an answer is for; -1 where it has none."""
    return int.from_bytes(datagram[:2], "big") if len(datagram) > 1 else -1


def answer(datagram: bytes, name: Name) -> frozenset[str] | None:
    """The addresses in an answer, none where the server knows no such name; None where it is no answer to a question."""
    try:
        _, flags, questions, answers, _, _ = _HEADER.unpack_from(datagram)
        if not flags & 0x8000 or questions != 1:
            return None
        at = _behind_name(datagram, _HEADER.size) + 4
        return frozenset(_addresses(datagram, at, answers, name.family))
    except (struct.error, IndexError, ValueError):
        return None


def _addresses(datagram: bytes, at: int, answers: int, family: int) -> list[str]:
    found = []
    for _ in range(answers):
        at = _behind_name(datagram, at)
        kind, _, _, length = _RECORD.unpack_from(datagram, at)
        at += _RECORD.size
        if kind == _TYPES[family]:
            data = datagram[at : at + length]
            found.append(str(IPv4Address(data) if family == 4 else IPv6Address(data)))
        at += length
    return found


def _behind_name(datagram: bytes, at: int) -> int:
    """Where a name ends: at an empty part or at a pointer to a part that was said before (RFC 1035, section 4.1.4)."""
    while datagram[at]:
        if datagram[at] & _POINTER == _POINTER:
            return at + 2
        at += datagram[at] + 1
    return at + 1
