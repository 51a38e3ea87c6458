"""A service runs privileged: its container's walls are down.

## What it does

Reports `privileged: true` (high), hooks (`post_start`, `pre_stop`) that run
privileged (high), and builds that do (medium). A value that comes from a
variable counts as what it resolves to.

## Why it matters

A privileged container has every capability, sees all devices of the host, and
runs without seccomp and AppArmor. Root in it mounts the host's disk and is root
on the host. Whatever else the file says about capabilities or `security_opt`
has no effect.

## Example

```yaml
services:
  vpn:
    image: example.org/vpn
    privileged: true
```

## Use instead

What the program really needs, by name:

```yaml
services:
  vpn:
    image: example.org/vpn
    cap_add: [NET_ADMIN]
    devices: ["/dev/net/tun:/dev/net/tun"]
```

## What can break

Programs that use devices, kernel modules or mounts that were not named. Start
with what the log complains about: a device that is missing, a capability, a
path below `/sys`. Docker in Docker needs it; a rootless engine or a virtual
machine is the better place for that.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Service, TreePath
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(
    __name__,
    Severity.HIGH,
    (
        "CIS 5.5",
        "OWASP Docker Security Cheat Sheet, rule 3",
        "https://docs.docker.com/reference/cli/docker/container/run/#privileged",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Report privileged containers, hooks and builds."""
    for service in context.project.services.values():
        if service.privileged:
            yield _finding(context, service, ("privileged",), "It runs privileged: root in it is root on this host", _CONTAINER)
        for hook in ("post_start", "pre_stop"):
            yield from _hooks(context, service, hook)
        build = context.project.value((*service.path, "build", "privileged"))
        if build is not None and build.data is True:
            yield _finding(context, service, ("build", "privileged"), "Its image is built privileged", _BUILD, Severity.MEDIUM)


def _hooks(context: Context, service: Service, hook: str) -> Iterator[Finding]:
    hooks = context.project.value((*service.path, hook))
    for index, item in enumerate(hooks.elements() if hooks is not None else ()):
        privileged = item.get("privileged")
        if privileged is not None and privileged.data is True:
            yield _finding(context, service, (hook, index, "privileged"), f"Its {hook} hook runs privileged", _HOOK)


def _finding(context: Context, service: Service, path: TreePath, title: str, message: str, severity: Severity = Severity.HIGH) -> Finding:
    origin = context.project.origin((*service.path, *path))
    return RULE.finding(origin.primary, title, message, service=service.name, severity=severity, related=origin.related)


_CONTAINER = (
    "It has every capability and every device of the host, and neither seccomp nor AppArmor: whoever breaks into it mounts the host's disk. "
    "Give it the capabilities and devices that it needs by name instead."
)
_HOOK = "The command runs in the container with every capability and without seccomp; whoever can change what it calls is root on this host."
_BUILD = "Whatever the Dockerfile and its downloads run while building has every capability of the build host."
