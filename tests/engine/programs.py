"""Images of real servers, made from what Debian's packages put on this machine, laid out as the images that people use are.

Names of files, users and folders, what starts as root and what changes its user, are those of the official images; the programs are
Debian's. The entrypoints do what the official ones do in the same order, with their own words.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.engine.bench import busybox
from tests.engine.dockerd import Engine

POSTGRES: Final = "/usr/lib/postgresql/15"
PAGE: Final = "served by nginx"
_SHELL: Final = ("sh", "chown", "chmod", "mkdir", "id", "cat", "sed", "sleep", "kill")

_NGINX_CONF: Final = """\
user nginx;
worker_processes 2;
pid /run/nginx.pid;
events {}
http {
  access_log /var/log/nginx/access.log;
  client_body_temp_path /var/cache/nginx/client_temp;
  proxy_temp_path /var/cache/nginx/proxy_temp;
  fastcgi_temp_path /var/cache/nginx/fastcgi_temp;
  uwsgi_temp_path /var/cache/nginx/uwsgi_temp;
  scgi_temp_path /var/cache/nginx/scgi_temp;
  client_body_buffer_size 1k;
  server {
    listen 80;
    location / { return 200 "served by nginx\\n"; }
    location /upload { proxy_pass http://127.0.0.1:80/; }
  }
}
"""
_REDIS: Final = """\
#!/bin/sh
set -e
case "$1" in -*) set -- redis-server "$@" ;; esac
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
  chown -R redis .
  exec /usr/bin/setpriv --reuid redis --regid redis --clear-groups --nnp --inh-caps=-all --ambient-caps=-all --bounding-set=-all "$0" "$@"
fi
exec "$@"
"""
_POSTGRES: Final = """\
#!/bin/sh
set -e
case "$1" in -*) set -- postgres "$@" ;; esac
mkdir -p "$PGDATA"
chmod 700 "$PGDATA" || true
chmod 3775 /var/run/postgresql || true
if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
  chown -R postgres "$PGDATA" /var/run/postgresql
  exec /usr/bin/setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE"); fi
  echo "$POSTGRES_PASSWORD" >/tmp/password
  initdb --username="${POSTGRES_USER:-postgres}" --pwfile=/tmp/password --auth-host=scram-sha-256 --locale=C --encoding=UTF8 --no-sync
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  if [ -n "${POSTGRES_DB:-}" ]; then echo "CREATE DATABASE $POSTGRES_DB" | postgres --single -D "$PGDATA" postgres; fi
fi
exec "$@"
"""


@dataclass(frozen=True)
class Program:
    """One image."""

    programs: tuple[str, ...]
    """Programs of this machine; what they are linked against comes along."""
    accounts: Mapping[str, tuple[int, int]]
    """Users besides root."""
    files: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Path → text and mode."""
    folders: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Path → owner and mode."""
    links: Mapping[str, str] = field(default_factory=dict)
    trees: tuple[str, ...] = ()
    """Files and folders that are taken as they are."""
    config: tuple[str, ...] = ()
    """Instructions of a Dockerfile."""


PROGRAMS: Final[Mapping[str, Program]] = {
    "nginx:1.27": Program(
        ("/usr/sbin/nginx",),
        {"nginx": (101, 101)},
        {"/etc/nginx/nginx.conf": (_NGINX_CONF, 0o644)},
        {"/var/cache/nginx": ("root", 0o755), "/var/lib/nginx": ("root", 0o755)},
        {"/var/log/nginx/access.log": "/dev/stdout", "/var/log/nginx/error.log": "/dev/stderr", "/var/run": "/run"},
        config=('CMD ["nginx", "-g", "daemon off;"]',),
    ),
    "redis:7": Program(
        ("/usr/bin/redis-server", "/usr/bin/setpriv"),
        {"redis": (999, 1000)},
        {"/usr/local/bin/docker-entrypoint.sh": (_REDIS, 0o755)},
        {"/data": ("redis", 0o755)},
        config=('ENTRYPOINT ["docker-entrypoint.sh"]', 'CMD ["redis-server", "--protected-mode", "no"]', "WORKDIR /data", "VOLUME /data"),
    ),
    "postgres:16": Program(
        (f"{POSTGRES}/bin/postgres", f"{POSTGRES}/bin/initdb", f"{POSTGRES}/bin/psql", "/usr/bin/setpriv"),
        {"postgres": (999, 999)},
        {"/usr/local/bin/docker-entrypoint.sh": (_POSTGRES, 0o755)},
        {"/var/lib/postgresql/data": ("postgres", 0o1777), "/run/postgresql": ("postgres", 0o3777)},
        {"/var/run": "/run"},
        (
            "/usr/share/postgresql/15",
            f"{POSTGRES}/lib/dict_snowball.so",
            f"{POSTGRES}/lib/plpgsql.so",
            "/usr/share/zoneinfo/Etc/UTC",
            "/usr/share/zoneinfo/UTC",
        ),
        (
            'ENTRYPOINT ["docker-entrypoint.sh"]',
            'CMD ["postgres", "-c", "listen_addresses=*"]',
            "ENV PGDATA=/var/lib/postgresql/data",
            f"ENV PATH=/usr/local/bin:{POSTGRES}/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "VOLUME /var/lib/postgresql/data",
        ),
    ),
    "memcached:1.6": Program(("/usr/bin/memcached",), {"memcache": (11211, 11211)}, config=('CMD ["memcached"]', "USER memcache")),
    "haproxy:2.8": Program(
        ("/usr/sbin/haproxy",),
        {"haproxy": (99, 99)},
        folders={"/var/lib/haproxy": ("haproxy", 0o755)},
        config=('CMD ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]', "USER haproxy"),
    ),
}
"""By the reference under which a project asks for it."""


def missing() -> list[str]:
    """Programs that are not installed here."""
    wanted = {path for program in PROGRAMS.values() for path in (*program.programs, *program.trees)}
    return sorted(path for path in wanted if not Path(path).exists()) + [name for name in ("redis-cli", "setpriv") if shutil.which(name) is None]


def make(engine: Engine, reference: str, program: Program | None = None) -> None:
    """The image under that reference, on the engine; of the program that is known by it, where no other is given."""
    program = program or PROGRAMS[reference]
    changes = [part for line in program.config for part in ("--change", line)]
    engine.docker("import", *changes, "-", reference, given=_archive(program), timeout=120)


def _archive(program: Program) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for entry, content in _entries(program):
            archive.addfile(entry, content)
    return stream.getvalue()


def _entries(program: Program) -> Iterator[tuple[tarfile.TarInfo, io.BytesIO | None]]:
    accounts = {"root": (0, 0), **program.accounts}
    for path, mode in (("/tmp", 0o1777), ("/run", 0o755), ("/bin", 0o755)):
        yield _folder(path, (0, 0), mode)
    for path, (owner, mode) in program.folders.items():
        yield _folder(path, accounts[owner], mode)
    for path, target in {**program.links, **{f"/bin/{name}": "busybox" for name in _SHELL}}.items():
        yield _link(path, target)
    users = "".join(f"{name}:x:{uid}:{gid}::/:/bin/sh\n" for name, (uid, gid) in accounts.items())
    groups = "".join(f"{name}:x:{gid}:\n" for name, (_, gid) in accounts.items())
    for path, (text, mode) in {**program.files, "/etc/passwd": (users, 0o644), "/etc/group": (groups, 0o644)}.items():
        yield _file(path, text.encode(), mode)
    yield _file("/bin/busybox", Path(busybox()).read_bytes(), 0o755)
    for path in sorted({*program.programs, *_linked(program), *_below(program.trees)}):
        yield _file(path, Path(path).read_bytes(), 0o755 if "/bin/" in path or "/sbin/" in path or ".so" in path else 0o644)


def _linked(program: Program) -> set[str]:
    """The libraries that the programs load, where the loader finds them."""
    binaries = [path for path in (*program.programs, *program.trees) if Path(path).is_file() and Path(path).read_bytes()[:4] == b"\x7fELF"]
    done = subprocess.run(("ldd", *binaries), capture_output=True, text=True, check=True)
    return set(re.findall(r"(/\S+) \(0x", done.stdout))


def _below(trees: Iterable[str]) -> Iterator[str]:
    for tree in map(Path, trees):
        yield from ([str(tree)] if tree.is_file() else (str(path) for path in tree.rglob("*") if path.is_file()))


def _file(path: str, content: bytes, mode: int) -> tuple[tarfile.TarInfo, io.BytesIO]:
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.size, entry.mode = len(content), mode
    return entry, io.BytesIO(content)


def _folder(path: str, owner: tuple[int, int], mode: int) -> tuple[tarfile.TarInfo, None]:
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.type, entry.mode, (entry.uid, entry.gid) = tarfile.DIRTYPE, mode, owner
    return entry, None


def _link(path: str, target: str) -> tuple[tarfile.TarInfo, None]:
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    return entry, None
