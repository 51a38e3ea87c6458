"""When a certificate ends, read from the file itself: the standard library reads certificates only of a connection that is open."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

_SEQUENCE, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0x17, 0x18
_END = "-----END CERTIFICATE-----"


def expiry(path: str) -> datetime | None:
    """When the first certificate of a PEM file ends; None where there is none that can be read."""
    try:
        text = Path(path).read_text(encoding="ascii", errors="replace")
        start = text.index("-----BEGIN CERTIFICATE-----")
        encoded = ssl.PEM_cert_to_DER_cert(text[start : text.index(_END, start) + len(_END)])
        return _not_after(encoded)
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def _not_after(encoded: bytes) -> datetime | None:
    """The end of the validity: the one sequence of two times that stands directly in the certificate's body (RFC 5280, 4.1)."""
    certificate = next(_parts(encoded))[1]
    body = next(_parts(certificate))[1]
    for tag, content in _parts(body):
        times = list(_parts(content)) if tag == _SEQUENCE else []
        if len(times) == 2 and all(kind in (_UTC_TIME, _GENERALIZED_TIME) for kind, _ in times):
            return _time(*times[1])
    return None


def _parts(encoded: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element of a DER sequence."""
    position = 0
    while position < len(encoded):
        tag, length, position = encoded[position], encoded[position + 1], position + 2
        if length & 0x80:
            size = length & 0x7F
            length, position = int.from_bytes(encoded[position : position + size], "big"), position + size
        if position + length > len(encoded):
            raise ValueError("the encoding ends early")
        yield tag, encoded[position : position + length]
        position += length


def _time(tag: int, content: bytes) -> datetime:
    """A time; years of two digits are of 1950 to 2049."""
    text = content.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
