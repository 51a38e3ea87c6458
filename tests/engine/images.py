"""Stand-ins for a project's images: busybox listeners that say which service they are."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from tests.engine.bench import busybox
from tests.engine.dockerd import Engine

INSIDE: Final = "/bin/busybox"
"""Where busybox is in a stand-in."""
_LISTEN: Final = 'name=$1; shift; for port; do /bin/busybox httpd -p "$port" -h "/www/$name" || exit 1; done; exec /bin/busybox sleep 1000000'


def service_answer(service: str) -> str:
    """What every listener of ``service`` answers."""
    return f"service {service}"


def stand_in_command(service: str, ports: Sequence[int]) -> list[str]:
    """An entrypoint that listens on ``ports``; it needs no writable file, no user and no capability."""
    return [INSIDE, "sh", "-c", _LISTEN, "stand-in", service, *map(str, ports)]


def make_stand_ins(engine: Engine, services: Iterable[str], references: Iterable[str]) -> None:
    """One image for all ``services``, under every reference in ``references``."""
    first, *others = sorted(set(references))
    engine.docker("import", "-", first, given=_archive(services))
    for reference in others:
        engine.docker("tag", first, reference)


def _archive(services: Iterable[str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        _add(archive, INSIDE.lstrip("/"), Path(busybox()).read_bytes(), 0o755)
        for service in services:
            _add(archive, f"www/{service}/index.html", f"{service_answer(service)}\n".encode(), 0o644)
    return stream.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))
