"""``socket-proxy/NAME.cfg``: for each socket proxy what it lets through, as HAProxy's configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import assets
from batten.design.sections.sockets import PORT, PROXY, SocketUse
from batten.errors import BattenError
from batten.hardening import Hardening
from batten.knowledge.sockets import Call, calls, powers_of, shown_by
from batten.model import GeneratedFile
from batten.plan.sockets import FOLDER, SOCKET
from batten.report.terminal import plain

if TYPE_CHECKING:
    import jinja2

TEMPLATE = "templates/socket-proxy.cfg.j2"
_REFUSAL = """status 403 content-type application/json string '{"message":"the socket proxy does not let this call through"}'"""
"""The answer to everything else, in the form in which the engine itself complains, so that clients show it."""
_HIJACKING = frozenset({"attach", "exec"})
"""Calls after which the connection carries a terminal and no longer HTTP."""
_READING = "(/v1[.][0-9]+)?"
_CHANGING = "(/v1[.](2[4-9]|[3-9][0-9]|[1-9][0-9][0-9]))?"
"""Versions of the API. Before 1.24 a container's start took settings such as mounts along (moby, api/server/router/container: bodies of
``postContainersStart`` are decoded for versions below 1.24; an engine 20.10 was seen to obey ``Privileged`` in one), so that whoever may start a
container could mount the host into it."""
_NAMES = {"{id}": "[a-zA-Z0-9][a-zA-Z0-9_.-]*", "{image}": "[a-zA-Z0-9][a-zA-Z0-9_.:@/-]*"}


class AllowedCall(NamedTuple):
    """A group of calls as the configuration has it."""

    name: str
    does: str
    rules: tuple[tuple[str, str], ...]
    """Method and pattern of the path."""
    limit: str


def files(hardening: Hardening) -> Iterator[GeneratedFile]:
    """The configuration of every proxy of the hardened project that lies in its own folder; raises BattenError where one that has to change does not."""
    changed = {str(change.path[1]) for change in hardening.changes if change.decision.startswith("sockets.") and change.path[0] == "services"}
    for use in hardening.design.sockets:
        source = hardening.after.configs.get(use.proxy) if use.how == PROXY else None
        if source is None:
            continue
        if Path(source.file) == hardening.home / FOLDER / f"{use.proxy}.cfg":
            yield GeneratedFile(f"{FOLDER}/{use.proxy}.cfg", configuration(use).encode(), purpose=f"what {use.proxy} lets through")
        elif use.proxy in changed:
            raise BattenError(f"the configuration of {use.proxy} lies outside of this folder.", hint="Harden the project in place.", file=source.file)


def known(hardening: Hardening) -> tuple[str, ...]:
    """Paths of the configurations that the project has already, and that may be written anew in its own folder."""
    return tuple(f"{FOLDER}/{use.proxy}.cfg" for use in hardening.design.sockets if use.how == PROXY and use.proxy in hardening.before.configs)


def configuration(use: SocketUse) -> str:
    """HAProxy's configuration of one proxy."""
    allowed = [calls()[name] for name in use.calls if name in calls()]
    return _template().render(
        use=use,
        calls=[_allowed(call) for call in allowed],
        shows=shown_by(use.calls),
        powers=powers_of(use.calls),
        refusal=_REFUSAL,
        hijacks=not _HIJACKING.isdisjoint(use.calls),
        port=PORT,
        socket=SOCKET,
    )


def _allowed(call: Call) -> AllowedCall:
    return AllowedCall(call.name, call.does, tuple((method, _pattern(method, path)) for method, path in call.paths), call.limit)


def _pattern(method: str, path: str) -> str:
    parts = re.split(r"(\{[a-z]+\})", path)
    version = _READING if method in ("GET", "HEAD") else _CHANGING
    return f"^{version}{''.join(_NAMES.get(part) or part.replace('.', '[.]') for part in parts)}$"


@cache
def _template() -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)
    environment.filters["line"] = plain
    return environment.from_string(assets.path(TEMPLATE).read_text(encoding="utf-8"))
