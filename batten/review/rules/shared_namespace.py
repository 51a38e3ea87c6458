"""A service shares processes, memory or network with the host or a container.

## What it does

Reports services in the host's namespaces: processes (`pid: host`), shared
memory (`ipc: host`), medium each, and host name (`uts: host`), users
(`userns_mode: host`), control groups (`cgroup: host`) and a control group of
their own choice (`cgroup_parent`), low each. `pid: host` together with
`SYS_PTRACE` is high.

It also reports namespaces shared between containers: `ipc: shareable`, `pid`
and `ipc` of another service (low), the network of a container outside of the
project (`network_mode: container:NAME`, low), and the network of another
service (info). The network of the host has a rule of its own, `host-network`.

## Why it matters

Namespaces are what a container is made of. In the host's process namespace a
service sees every process of the host with its command line and can signal
those of its own user, and root's user is its own. In a shared network two
services have the same addresses and the same 127.0.0.1: what one publishes, the
other listens behind. What cannot be seen in these files, such as a container of
another project, nobody can review.

## Example

```yaml
services:
  agent:
    image: example.org/agent:1
    pid: host
```

## Use instead

```yaml
services:
  agent:
    image: example.org/agent:1
```

## What can break

Monitoring that counts the host's processes needs `pid: host`, debuggers need
the process namespace of what they debug, and databases that share memory with a
helper need `ipc`. A service behind a VPN container uses its network on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from batten.model import Service
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(
    __name__,
    Severity.MEDIUM,
    (
        "CIS 5.16",
        "CIS 5.17",
        "CIS 5.21",
        "CIS 5.25",
        "CIS 5.31",
        "https://docs.docker.com/reference/compose-file/services/#pid",
        "https://docs.docker.com/engine/security/userns-remap/",
    ),
)
_HOST: Mapping[str, tuple[str, str, Severity]] = {
    "pid": (
        "It sees the processes of the host",
        "Every process of the host with its command line is visible to it, and as root it can signal most of them.",
        Severity.MEDIUM,
    ),
    "ipc": (
        "It shares the memory segments of the host",
        "It can read and change what programs of the host keep in shared memory.",
        Severity.MEDIUM,
    ),
    "uts": ("It shares the host's name", "With SYS_ADMIN it can rename the host.", Severity.LOW),
    "userns_mode": (
        "It is exempt from user namespaces",
        "Where the daemon maps root in containers to an ordinary user, this one keeps being root.",
        Severity.LOW,
    ),
    "cgroup": ("It sees the control groups of the host", "It learns what else runs here, and can change limits where they are writable.", Severity.LOW),
}
_INSTEAD = " Remove it unless the program is there to watch the host."


def check(context: Context) -> Iterator[Finding]:
    """Report namespaces that are shared."""
    for service in context.project.services.values():
        for key, (title, why, severity) in _HOST.items():
            if getattr(service, key) == "host":
                worse = key == "pid" and not service.privileged and {"SYS_PTRACE", "ALL"} & set(service.cap_add)
                why = "With SYS_PTRACE it reads and changes every process of the host." if worse else why
                yield _finding(context, service, key, title, why + _INSTEAD, Severity.HIGH if worse else severity)
        if context.plain(service, "cgroup_parent"):
            why = "Limits of the engine's own control group do not hold it there. Remove it unless the host is set up for it."
            yield _finding(context, service, "cgroup_parent", "It chooses a control group of its own", why, Severity.LOW)
        yield from _containers(context, service)


def _containers(context: Context, service: Service) -> Iterator[Finding]:
    if service.ipc == "shareable":
        yield _finding(context, service, "ipc", "Its shared memory is open to other containers", _SHAREABLE, Severity.LOW)
    for key, what in (("pid", "processes"), ("ipc", "shared memory"), ("network_mode", "network")):
        kind, _, other = str(getattr(service, key)).partition(":")
        if kind == "container" and other:
            why = f"Nothing here shows what {other} is, which networks it is on and what it publishes. Bring both into one project and use `service:NAME`."
            yield _finding(context, service, key, f"It shares the {what} of a container outside of the project", why, Severity.LOW)
        elif kind == "service" and other:
            severity = Severity.INFO if key == "network_mode" else Severity.LOW
            yield _finding(context, service, key, f"It shares the {what} of {other}", _TOGETHER[key].format(other=other), severity)


_SHAREABLE = "Any container that is started with `ipc: container:…` for this one can read and write its shared memory. Name the one that needs it."
_TOGETHER = {
    "pid": "Each of the two sees the other's processes and environment: whoever breaks into one is in both. Keep it for debugging.",
    "ipc": "Each of the two reads and writes the other's shared memory. Keep it only where they really exchange data that way.",
    "network_mode": "The two have the same addresses, ports and 127.0.0.1: treat {other} and it as one when you cut networks or publish ports.",
}


def _finding(context: Context, service: Service, key: str, title: str, message: str, severity: Severity) -> Finding:
    return context.finding(RULE, (*service.path, key), title, message, service=service, severity=severity)
