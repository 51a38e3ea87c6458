"""A service has the socket of the container engine, and with it the host.

## What it does

Reports mounts of the Docker socket at all its usual places, of the sockets of
rootless Docker, Podman, containerd and CRI-O, and of folders that hold one
(`/`, `/run`, `/var/run`); the same through a named volume that is a bind mount,
a secret or config whose file is the socket, `volumes_from` another service that
has it, and `use_api_socket: true`.

A socket proxy has to have the socket. It is reported with low severity while
nobody outside the project reaches it, and with critical severity when it is
published: the engine's API then stands open without a password.

## Why it matters

Whoever may talk to the engine may start a container with the whole host mounted
in it. Breaking into this one service is then breaking into the host. `:ro` is
no protection: it keeps the socket file from being deleted or renamed, and every
call of the API still works through it.

## Example

```yaml
services:
  dashboard:
    image: example.org/dashboard
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock:ro
```

## Use instead

A socket proxy on an internal network of its own, which lets only the calls
through that the dashboard makes. `batten harden` writes one for images of which
it is known what they ask and how they are told, the wizard for all others. By
hand, with an image that many use:

```yaml
services:
  socket-proxy:
    image: tecnativa/docker-socket-proxy
    environment: {CONTAINERS: 1}
    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]
    networks: [socket]
  dashboard:
    image: example.org/dashboard
    environment: {DOCKER_HOST: "tcp://socket-proxy:2375"}
    networks: [socket, edge]
networks:
  socket: {internal: true}
  edge: {}
```

## What can break

Everything the service does with the engine that the proxy does not let through.
Programs that manage containers (Portainer, Watchtower, CI runners) need so much
of the API that a proxy protects little; keep those off the networks of the
application, publish them on 127.0.0.1 only, or run them elsewhere, best on an
engine in rootless mode, whose socket is worth an account and not the host. A
read-only view of the containers still shows their environment. Proxies that let
everything below `/containers` through also let files be read out of containers;
the one that batten writes does not.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Location, Risk, Service
from batten.review.context import Context
from batten.review.exposure import Reachable, entries
from batten.review.finding import Finding, Fix, Rule, Severity
from batten.review.sockets import Socket, SocketMount, socket_mounts

RULE = Rule(
    __name__,
    Severity.HIGH,
    (
        "CIS 5.32",
        "OWASP Docker Security Cheat Sheet, rule 1",
        "https://docs.docker.com/engine/security/protect-access/",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Report every way by which a service gets hold of an engine's socket."""
    for service in context.project.services.values():
        for mount in socket_mounts(context.project, service):
            yield _mounted(context, service, mount)
        if service.use_api_socket:
            yield _api_socket(context, service)
        yield from _borrowed(context, service)


def _mounted(context: Context, service: Service, mount: SocketMount) -> Finding:
    origin = context.project.origin(mount.path)
    severity = _severity(context, service)
    if severity is Severity.HIGH:
        title, message = f"It has {_called(mount.socket)}: {_power(mount.socket)}", _message(mount)
    elif severity is Severity.CRITICAL:
        title, message = "The engine's API is published by the socket proxy", _PUBLISHED
    else:
        title, message = "The socket proxy has the engine's socket", _PROXY
    fix = _FIX if severity is Severity.HIGH and _may_ask_a_proxy(context, service, mount) else None
    return RULE.finding(origin.primary, title, message, service=service.name, severity=severity, related=origin.related, fix=fix)


def _may_ask_a_proxy(context: Context, service: Service, mount: SocketMount) -> bool:
    """Whether the image can be told of a proxy and needs nothing that amounts to root; what else stands in the way is the design's business."""
    facts = context.facts(service)
    need = facts.socket if facts is not None else None
    return need is not None and not need.root and not need.never and not mount.socket.parent


def _api_socket(context: Context, service: Service) -> Finding:
    path = (*service.path, "use_api_socket")
    title = "It is given the Docker socket: root on this host"
    message = f"`use_api_socket` mounts the engine's socket, and the user's registry logins with it. {_ROOT}"
    return RULE.finding(context.place(path), title, message, service=service.name)


def _borrowed(context: Context, service: Service) -> Iterator[Finding]:
    borrowed = context.project.value((*service.path, "volumes_from"))
    for index, item in enumerate(borrowed.elements() if borrowed is not None else ()):
        lender = context.project.services.get(str(item.data).partition(":")[0])
        mounts = list(socket_mounts(context.project, lender)) if lender else []
        if lender and mounts:
            place = context.place((*service.path, "volumes_from", index))
            related: list[Location] = [context.place(mount.path) for mount in mounts]
            title = f"It has {_called(mounts[0].socket)} from another service: {_power(mounts[0].socket)}"
            message = f"`volumes_from` brings every mount of {lender.name} along. {_message(mounts[0])}"
            yield RULE.finding(place, title, message, service=service.name, related=related)


def _severity(context: Context, service: Service) -> Severity:
    if context.role(service) != "socket proxy":
        return Severity.HIGH
    published = any(entry.reachable is not Reachable.LOOPBACK for entry in entries(context, service))
    return Severity.CRITICAL if published else Severity.LOW


def _called(socket: Socket) -> str:
    return f"the {socket.engine} socket" if not socket.parent else f"a folder with the {socket.engine} socket in it"


def _power(socket: Socket) -> str:
    return "the whole account that runs the engine" if socket.rootless else "root on this host"


_FIX = Fix("let it ask a socket proxy of its own instead", Risk.CHECK, "sockets")
_ROOT = "Whoever breaks into this service can start a container with the whole host mounted in it."
_ACCOUNT = "Whoever breaks into this service can start containers with everything mounted that the engine's account may read and write."
_PUBLISHED = (
    "Whoever reaches this address talks to the engine without a password, and what is let through decides whether that is the containers' "
    "environment or root on this host. A socket proxy is for services on one internal network: remove its `ports`."
)
_PROXY = "That is its purpose. Keep it on an internal network with its clients alone, let through only the calls they need, and publish nothing."


def _message(mount: SocketMount) -> str:
    what = _ACCOUNT if mount.socket.rootless else _ROOT
    read_only = " `:ro` is no protection: every call of the API works through a read-only mount." if mount.read_only else ""
    return f"{what}{read_only} Put a socket proxy between them that lets only the needed calls through, or take the mount away."
