"""What runs differs from what the files say.

## What it does

Compares, with `batten review PATH --live`, each service of the files with what
runs under the same project and service name: image, published ports, networks,
names of environment variables, privileges and mounts. Of environment variables
it says that a value differs, never which value it is. It also reports services
that run without standing in the files, and services of the files that do not
run (low), unless their profile is not active.

## Why it matters

A review of the files is about the files. A container that somebody started by
hand with more rights, a port that was opened for an evening, or a fix that is
in the file and was never deployed is found only where both are compared.

## Example

The file says this, and the container runs with `Privileged` all the same:

```yaml
services:
  api:
    image: example.org/api:3
```

## Use instead

Write what is wanted into the file, then let `docker compose up -d` or
`docker stack deploy` bring the running state to it:

```yaml
services:
  api:
    image: example.org/api:3
    cap_add: [NET_BIND_SERVICE]
```

## What can break

Containers that differ are made anew: what was changed by hand inside them is
gone, and connections to them end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from posixpath import normpath
from typing import NamedTuple

from batten.model import Project, Service, TreePath
from batten.review.context import Context
from batten.review.exposure import EVERY_ADDRESS
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(__name__, Severity.MEDIUM, ("https://docs.docker.com/reference/cli/docker/compose/up/",))
_DEPLOY = "Write what is wanted into the file and deploy it again."
_NONE: frozenset[str] = frozenset()
_SHOWN = 4


class Pair(NamedTuple):
    """The two sides of a comparison."""

    files: Project
    running: Project
    of_images: Mapping[str, frozenset[str]]
    """Names of the environment variables that each service has from its image."""


class _Difference(NamedTuple):
    """Two sides that differ."""

    key: str
    """The key of the service that it is about."""
    title: str
    message: str
    severity: Severity = Severity.MEDIUM


def compare(pair: Pair) -> Iterator[Finding]:
    """Every difference; the place is in the running project, and related to it is the place in the files."""
    there, here = Context(pair.running), Context(pair.files)
    for name, running in pair.running.services.items():
        declared = pair.files.services.get(name)
        if declared is None:
            message = f"Nothing in the files made it, so nothing in them says what it may do. {_DEPLOY}"
            yield RULE.finding(there.place(running.path), "It runs, and stands in none of the files", message, service=name)
            continue
        for one in _differences(pair, declared, running):
            path: TreePath = (*running.path, one.key)
            message = f"{one.message} {_DEPLOY}"
            yield RULE.finding(there.place(path), one.title, message, service=name, severity=one.severity, related=[here.place(path)])
    yield from _absent(pair, here)


def _absent(pair: Pair, here: Context) -> Iterator[Finding]:
    for name, declared in pair.files.services.items():
        if name not in pair.running.services and not declared.profiles and declared.replicas:
            message = f"Nothing of it is on the engine. {_DEPLOY}"
            yield RULE.finding(here.place(declared.path), "It stands in the files and does not run", message, service=name, severity=Severity.LOW)


def _differences(pair: Pair, declared: Service, running: Service) -> Iterator[_Difference]:
    if declared.image and not declared.build_context and declared.image != running.image:
        yield _other("image", "image", declared.image, running.image)
    for key, what, sides in _SETS:
        first, second = sides(pair.files, declared), sides(pair.running, running)
        if first != second:
            yield _Difference(key, f"Other {what} than in the files", _sides(first - second, second - first))
    granted = frozenset(target for target, file in _given(pair.running, running).items() if not file)
    first, second = _mounts(pair.files, declared, granted), _mounts(pair.running, running, granted)
    if first != second:
        yield _Difference("volumes", "Other mounts than in the files", _sides(first - second, second - first))
    for key, what, said in _TEXTS:
        one, other = _named(pair.files, said(declared)), said(running)
        if one != other:
            yield _other(key, what, one, other)
    if declared.user and declared.user != running.user:
        yield _other("user", "user", declared.user, running.user)
    yield from _variables(pair, declared, running)


def _named(files: Project, mode: str) -> str:
    """A namespace of another container by its service, where that is one of the same files."""
    name = mode.removeprefix("container:")
    owner = next((service.name for service in files.services.values() if mode.startswith("container:") and service.container_name == name), "")
    return f"service:{owner}" if owner else mode


def _other(key: str, what: str, declared: str, running: str) -> _Difference:
    return _Difference(key, f"Another {what} than in the files", f"The files say {declared or 'nothing'}, the engine says {running or 'nothing'}.")


def _sides(declared: Iterable[str], running: Iterable[str]) -> str:
    """What only one of them has."""
    found = {"files": _told(declared), "engine": _told(running)}
    return " ".join(f"Only the {'files have' if side == 'files' else 'engine has'} {items}." for side, items in found.items() if items)


def _told(items: Iterable[str]) -> str:
    found = sorted(items)
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more


def _variables(pair: Pair, declared: Service, running: Service) -> Iterator[_Difference]:
    """Names that are on one side only, and names whose values differ; no value is told."""
    given = pair.of_images.get(running.name, _NONE)
    asked = {name for name, variable in declared.environment.items() if variable.value is not None}
    missing, more = asked - running.environment.keys() - given, running.environment.keys() - declared.environment.keys()
    if missing or more:
        yield _Difference("environment", "Other environment variables than in the files", _sides(missing, more), Severity.LOW)
    changed = {name for name in asked & running.environment.keys() if declared.environment[name].value != running.environment[name].value}
    if changed:
        message = f"It runs with another value of {_told(changed)} than the files give it now."
        yield _Difference("environment", "Other values in its environment than in the files", message, Severity.LOW)


def _ports(project: Project, service: Service) -> frozenset[str]:
    """Ports as one would write them; a range of which the engine chooses one counts as its choice."""
    found = []
    for port in service.ports:
        address = "" if port.host_ip.strip("[]") in EVERY_ADDRESS else f"{port.host_ip}:"
        published = "" if "-" in port.published else port.published
        found.append(f"{address}{published or 'any'}:{port.target}/{port.protocol}")
    return frozenset(found)


def _networks(project: Project, service: Service) -> frozenset[str]:
    return frozenset(project.networks[key].name if key in project.networks else key for key in service.networks)


def _mounts(project: Project, service: Service, granted: frozenset[str]) -> frozenset[str]:
    """Mounts by source and target; volumes that nobody named come and go with the container.

    A secret or a config is a file that is mounted, or where it is ``granted`` one that the swarm keeps.
    """
    found = {_mount(project, mount.kind, mount.source, mount.target, mount.read_only) for mount in service.mounts if mount.source or mount.kind == "tmpfs"}
    for target, file in _given(project, service).items():
        if target in granted or file:
            found.add(f"the swarm's {target}" if target in granted else f"{file}:{target}:ro")
    return frozenset(found | {f"tmpfs:{entry.partition(':')[0]}" for entry in service.tmpfs})


def _given(project: Project, service: Service) -> Mapping[str, str]:
    """Target of each secret and config → its file, empty where it has none."""
    kinds = ((service.secrets, project.secrets), (service.configs, project.configs))
    return {use.target: sources[use.source].file if use.source in sources else "" for uses, sources in kinds for use in uses}


def _mount(project: Project, kind: str, source: str, target: str, read_only: bool) -> str:
    name = project.volumes.get(source, source) if kind == "volume" else normpath(source) if kind == "bind" else source
    return f"tmpfs:{target}" if kind == "tmpfs" else f"{name}:{target}{':ro' if read_only else ''}"


def _options(project: Project, service: Service) -> frozenset[str]:
    return frozenset(option.replace("=", ":", 1).removesuffix(":true") for option in service.security_opt)


_SETS: tuple[tuple[str, str, Callable[[Project, Service], frozenset[str]]], ...] = (
    ("ports", "published ports", _ports),
    ("networks", "networks", _networks),
    ("cap_add", "added capabilities", lambda _, service: frozenset(service.cap_add)),
    ("cap_drop", "dropped capabilities", lambda _, service: frozenset(service.cap_drop)),
    ("security_opt", "security options", _options),
    ("devices", "devices", lambda _, service: frozenset(service.devices)),
)
"""Keys that hold several things, and how each side is put."""

_TEXTS: tuple[tuple[str, str, Callable[[Service], str]], ...] = (
    ("privileged", "access to the host", lambda service: "privileged" if service.privileged else ""),
    ("read_only", "root file system", lambda service: "read-only" if service.read_only else ""),
    ("network_mode", "network mode", lambda service: service.network_mode),
    ("pid", "process namespace", lambda service: service.pid),
    ("ipc", "IPC namespace", lambda service: service.ipc),
    ("uts", "UTS namespace", lambda service: service.uts),
    ("userns_mode", "user namespace", lambda service: service.userns_mode),
)
"""Keys that hold one thing."""
