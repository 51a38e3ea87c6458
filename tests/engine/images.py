"""Stand-ins for a project's images: busybox listeners that say which service they are."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from tests.engine.bench import busybox
from tests.engine.dockerd import Engine

INSIDE: Final = "/bin/busybox"
"""Where busybox is in a stand-in."""
_LISTEN: Final = """\
name=$1; shift
while [ "$#" -gt 0 ] && [ "$1" != -- ]; do
  /bin/busybox httpd -p "$1" -h "/www/$name" || exit 1; shift
done
while [ "$#" -gt 1 ]; do
  for there; do case $there in
    --) ;;
    */udp) there=${there%/udp}; /bin/busybox timeout 1 /bin/busybox tftp -g -r x -l /dev/null "${there%:*}" "${there##*:}" ;;
    *) /bin/busybox timeout 2 /bin/busybox wget -q -Y off -O /dev/null "http://$there/" ;;
  esac; done
  /bin/busybox sleep 2
done
exec /bin/busybox sleep 1000000"""

_WITH_ZERO: Final = '#!/bin/sh\n[ "$1" = -z ] || exit 2\n[ $# -gt 1 ] || exit 1\nexec /bin/busybox nc "$2" "$3" "$4" "$5" -e true\n'


def service_answer(home: str) -> str:
    """What every listener in the namespace of ``home`` answers."""
    return f"service {home}"


def stand_in_command(home: str, ports: Sequence[int], dials: Sequence[str] = ()) -> list[str]:
    """An entrypoint that listens on ``ports`` and asks each ``HOST:PORT`` or ``HOST:PORT/udp`` of ``dials`` every few seconds.

    It needs no writable file, no user and no capability.
    """
    return [INSIDE, "sh", "-c", _LISTEN, "stand-in", home, *map(str, ports), *(("--", *dials) if dials else ())]


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


def tools_archive(*, zero: bool = False, without: Iterable[str] = ()) -> bytes:
    """An image as the official one of busybox is laid out, with the programs that a probe needs.

    Args:
        zero: whether its ``nc`` has ``-z``, as the official one's has; Debian's has not, so that a script stands before it.
        without: programs that are missing. Its shell is dash, since Debian's busybox always knows all of its own programs.
    """
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        _add(archive, "bin/busybox", Path(busybox()).read_bytes(), 0o755)
        for path in _with_libraries("/bin/dash"):
            _add(archive, "bin/sh" if path.name == "dash" else str(path).lstrip("/"), path.read_bytes(), 0o755)
        for name in sorted({"cat", "nc", "nslookup", "sleep", "timeout", "true"} - set(without) - ({"nc"} if zero else set())):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "/bin/busybox"
            archive.addfile(link)
        if zero:
            _add(archive, "bin/nc", _WITH_ZERO.encode(), 0o755)
    return stream.getvalue()


def _with_libraries(program: str) -> list[Path]:
    """A program and what it is linked with, where it looks for it."""
    said = subprocess.run(("ldd", program), capture_output=True, text=True, check=True).stdout
    return [Path(program), *(Path(word) for word in said.split() if word.startswith("/"))]


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))
