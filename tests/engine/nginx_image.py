"""Debian's nginx as an image: the program, its stream module and the libraries that both need, with busybox for a shell."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Final

from tests.engine.bench import busybox

_MODULE: Final = Path("/usr/lib/nginx/modules/ngx_stream_module.so")


def obstacle() -> str:
    """Why there is no nginx to make an image of, or an empty text."""
    missing = [name for name in ("nginx", "openssl") if shutil.which(name) is None] + ([] if _MODULE.exists() else ["libnginx-mod-stream"])
    return f"not installed: {', '.join(missing)}" if missing else ""


def archive_of_nginx() -> bytes:
    """What ``docker import`` makes the image of."""
    stream = io.BytesIO()
    program = Path(shutil.which("nginx") or "nginx")
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path in sorted({program, _MODULE, *_libraries(program), *_libraries(_MODULE)}):
            _add(archive, str(path), path.read_bytes(), 0o755)
        _add(archive, "/bin/busybox", Path(busybox()).read_bytes(), 0o755)
        for name in ("sh", "grep"):
            _link(archive, f"/bin/{name}", "busybox")
        _link(archive, "/usr/bin/nginx", str(program))
        _add(archive, "/etc/nginx/modules-enabled/50-mod-stream.conf", f"load_module {_MODULE};\n".encode(), 0o644)
    return stream.getvalue()


def _libraries(program: Path) -> set[Path]:
    """The paths by which a program asks for its libraries, and that of the loader."""
    told = subprocess.run(("ldd", str(program)), capture_output=True, text=True, check=True).stdout
    return {Path(path) for path in re.findall(r"(?:=> |^\t)(/\S+)", told, re.MULTILINE)}


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name.lstrip("/"))
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))


def _link(archive: tarfile.TarFile, name: str, target: str) -> None:
    entry = tarfile.TarInfo(name.lstrip("/"))
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    archive.addfile(entry)
