"""The demo shop with real servers: images under the names that its compose file has, made of what Debian's packages put on this machine.

nginx, PostgreSQL and redis are themselves; the storefront, the api and the worker are a program of ours that really talks to them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Event, Thread
from typing import Final

import assets
from tests.engine import outside, shop_program
from tests.engine.bench import OUTSIDE, busybox
from tests.engine.dockerd import Engine, compose_program
from tests.engine.programs import POSTGRES, PROGRAMS, Program, make

PYTHON: Final = "/usr/bin/python3.11"
PORT: Final = 8097
"""Where the proxy answers on the engine's host."""
MAIL_SERVER: Final = "smtp.harbour-mail.example"
DATABASE: Final = "postgres:16-alpine"
SERVICES: Final = ("proxy", "web", "api", "worker", "db", "cache", "dashboard")
_NGINX: Final = """\
user nginx;
worker_processes 1;
pid /run/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path /var/cache/nginx/client_temp;
  proxy_temp_path /var/cache/nginx/proxy_temp;
  fastcgi_temp_path /var/cache/nginx/fastcgi_temp;
  uwsgi_temp_path /var/cache/nginx/uwsgi_temp;
  scgi_temp_path /var/cache/nginx/scgi_temp;
  proxy_connect_timeout 2s;
  include /etc/nginx/conf.d/*.conf;
}
"""
_TEMPLATES: Final = """\
#!/bin/sh
set -e
for template in /etc/nginx/templates/*.template; do
  name=${template##*/}
  sed -e "s|\\${WEB_UPSTREAM}|$WEB_UPSTREAM|g" -e "s|\\${API_UPSTREAM}|$API_UPSTREAM|g" "$template" >"/etc/nginx/conf.d/${name%.template}"
done
exec "$@"
"""
_HEALTHY: Final = "HEALTHCHECK --interval=1s --timeout=3s --retries=20 CMD /bin/busybox"
_INSTRUCTIONS: Final = {
    "nginx:1.27-alpine": f"{_HEALTHY} true",
    "registry.tidewater-goods.example/storefront:3.8.1": f"{_HEALTHY} nc 127.0.0.1 3000 </dev/null",
    "directus/directus:11.1": f"{_HEALTHY} nc 127.0.0.1 8055 </dev/null",
    "registry.tidewater-goods.example/worker:3.8.1": f"{_HEALTHY} true",
    # As the official image has it: PostgreSQL ends although clients are connected. Its healthcheck is in the compose file.
    DATABASE: "STOPSIGNAL SIGINT",
    "redis:7-alpine": f"{_HEALTHY} nc 127.0.0.1 6379 </dev/null",
    "portainer/portainer-ce:2.21.4": f"{_HEALTHY} nc 127.0.0.1 9000 </dev/null",
}
_MODULES: Final = "shop_program, encodings.ascii, encodings.idna, encodings.latin_1, os, site, warnings"


def _ours(role: str, user: str, *, node: str = "") -> Program:
    """An image of our program in one of its roles, as a user of its own; called as ``node`` where the compose file calls it so."""
    text = Path(shop_program.__file__).read_text()
    files = {"/app/shop_program.py": (text, 0o644)}
    config = [f'CMD ["{PYTHON}", "-u", "/app/shop_program.py", "{role}"]', f"USER {user}", "ENV PYTHONDONTWRITEBYTECODE=1"]
    if node:
        files[f"/usr/local/bin/{node}"] = (f"#!/bin/sh\nexec {PYTHON} -u /app/shop_program.py {role}\n", 0o755)
        config.append("ENV PATH=/usr/local/bin:/usr/bin:/bin")
    return Program((PYTHON,), {"node": (1000, 1000)}, files, {"/directus/uploads": ("node", 0o755)}, {}, _python(), tuple(config))


@cache
def _python() -> tuple[str, ...]:
    """The files of Python that our program loads."""
    folder = str(Path(shop_program.__file__).parent)
    program = f"import sys; sys.path.append({folder!r}); import {_MODULES}; print(*(getattr(one, '__file__', None) for one in [*sys.modules.values()]))"
    done = subprocess.run((PYTHON, "-I", "-c", program), capture_output=True, text=True, check=True, timeout=60)
    return tuple(sorted({path for path in done.stdout.split() if path.startswith("/usr/lib/")} | {"/usr/lib/python3.11/os.py"}))


def images() -> Mapping[str, Program]:
    """The image of each service, under the reference by which the demo asks for it."""
    nginx, postgres, redis = PROGRAMS["nginx:1.27"], PROGRAMS["postgres:16"], PROGRAMS["redis:7"]
    proxy = replace(
        nginx,
        files={"/etc/nginx/nginx.conf": (_NGINX, 0o644), "/docker-entrypoint.sh": (_TEMPLATES, 0o755)},
        folders={**nginx.folders, "/etc/nginx/conf.d": ("root", 0o755)},
        config=('ENTRYPOINT ["/docker-entrypoint.sh"]', *nginx.config),
    )
    database = replace(postgres, programs=(*postgres.programs, f"{POSTGRES}/bin/pg_isready"))
    return {
        "nginx:1.27-alpine": proxy,
        "registry.tidewater-goods.example/storefront:3.8.1": _ours("storefront", "node"),
        "directus/directus:11.1": _ours("api", "node"),
        "registry.tidewater-goods.example/worker:3.8.1": _ours("worker", "node", node="node"),
        DATABASE: database,
        "redis:7-alpine": redis,
        "portainer/portainer-ce:2.21.4": _ours("dashboard", "root"),
    }


def make_images(engine: Engine) -> None:
    """All of them, on the engine, each with a healthcheck, so that nobody has to wait and see whether it stays up."""
    for reference, program in images().items():
        make(engine, reference, program)
        # An import takes no such instruction.
        engine.docker("build", "--quiet", "--tag", reference, "-", given=f"FROM {reference}\n{_INSTRUCTIONS[reference]}\n".encode())


def open_for_mail(engine: Engine) -> None:
    """Give the outside a mail server under the name that the demo's files have, and a name server that knows it."""
    assert engine.bench is not None
    engine.bench.outside.start(sys.executable, outside.__file__, MAIL_SERVER, OUTSIDE)


def missing() -> list[str]:
    """What is not installed here."""
    wanted = {path for program in PROGRAMS.values() for path in (*program.programs, *program.trees)} | {PYTHON, f"{POSTGRES}/bin/pg_isready"}
    return sorted(path for path in wanted if not Path(path).exists())


def copy_demo(folder: Path) -> Path:
    """The demo's folder below another one: its port is a free one, and the database is asked about its health more often."""
    shop = folder / "shop"
    shutil.copytree(assets.path("demo/shop"), shop)
    file = shop / ".env"
    lines = [f"HTTP_PORT={PORT}" if line.startswith("HTTP_PORT=") else line for line in file.read_text().splitlines()]
    file.write_text("\n".join(lines) + "\n")
    compose = shop / "compose.yaml"
    compose.write_text(compose.read_text().replace("interval: 5s", "interval: 1s"))
    return shop


class Shop:
    """The shop on an engine, in a folder."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder = engine, folder

    def up(self) -> None:
        """Bring it up as its files say."""
        self.compose("up", "--detach", "--no-build", "--pull", "never", "--remove-orphans")

    def down(self) -> None:
        """Take it away with its volumes."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "2")

    def compose(self, *arguments: str) -> str:
        """``docker-compose ARGUMENTS`` in its folder."""
        call = (compose_program() or "docker-compose", *arguments)
        done = subprocess.run(call, cwd=self.folder, capture_output=True, text=True, env=self.engine.environment, timeout=120, check=False)
        if done.returncode:
            raise RuntimeError(f"docker-compose {arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    def ask(self, path: str = "/", method: str = "GET") -> str:
        """What the proxy answers on the engine's host; what went wrong where it does not answer."""
        posted = ("--post-data", "x") if method == "POST" else ()
        command = (busybox(), "timeout", "4", busybox(), "wget", "-q", "-Y", "off", "-O", "-", *posted, f"http://127.0.0.1:{PORT}{path}")
        done = subprocess.run(("nsenter", f"--net=/proc/{self.engine.pid}/ns/net", *command), capture_output=True, text=True, timeout=30, check=False)
        return done.stdout or done.stderr.strip()

    def order(self, item: str, seconds: float = 15) -> str:
        """Order something through the proxy, and return what it then says of all orders, as soon as that has it in it; else what it says in the end."""
        until = time.monotonic() + seconds
        while item not in (told := self.ask(f"/api/orders/{item}", "POST")) and time.monotonic() < until:
            time.sleep(0.3)
        return told

    def mailed(self, item: str, seconds: float = 15) -> bool:
        """Whether the worker, within some seconds, says that it has mailed an order of an item."""
        until = time.monotonic() + seconds
        while f": {item}," not in (said := self.engine.docker("logs", "shop-worker-1")) and time.monotonic() < until:
            time.sleep(0.3)
        return f": {item}," in said


@contextmanager
def traffic(shop: Shop, pause: float = 1.0) -> Iterator[None]:
    """Light traffic: while it lasts somebody looks at the storefront and orders something, every ``pause`` seconds."""
    stop = Event()

    def visit() -> None:
        while not stop.wait(pause):
            shop.ask("/")
            shop.ask("/api/orders/herring", "POST")

    visitor = Thread(target=visit)
    visitor.start()
    try:
        yield
    finally:
        stop.set()
        visitor.join(30)
