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


def service_answer(home: str) -> str:
    """What every listener in the namespace of ``home`` answers."""
    return f"service {home}"


def stand_in_command(home: str, ports: Sequence[int]) -> list[str]:
    """An entrypoint that listens on ``ports``; it needs no writable file, no user and no capability."""
    return [INSIDE, "sh", "-c", _LISTEN, "stand-in", home, *map(str, ports)]


def make_stand_ins(engine: Engine, homes: Iterable[str], references: Iterable[str]) -> None:
    """One image that can answer for all ``homes``, under every reference in ``references``."""
    first, *others = sorted(set(references))
    engine.docker("import", "-", first, given=_archive(homes))
    for reference in others:
        engine.docker("tag", first, reference)


def _archive(homes: Iterable[str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        _add(archive, INSIDE.lstrip("/"), Path(busybox()).read_bytes(), 0o755)
        for home in sorted(set(homes)):
            _add(archive, f"www/{home}/index.html", f"{service_answer(home)}\n".encode(), 0o644)
    return stream.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))
