"""A service runs without seccomp, AppArmor or SELinux, or sees kernel settings.

## What it does

Reports the switches in `security_opt` that take a container's fences away:
`seccomp=unconfined`, `apparmor=unconfined`, `label=disable` (medium each) and
`systempaths=unconfined` (high), with `=` or `:`. It also reports a seccomp
profile whose file does not exist (low): the container will not start.

A privileged service is reported by `privileged` alone.

## Why it matters

The seccomp profile of the engine refuses system calls that containers do not
need and that kernel flaws are found in. AppArmor and SELinux refuse mounts and
writes below `/proc` and `/sys` whatever the process is allowed otherwise.
`systempaths=unconfined` uncovers what the engine hides there; root in the
container can then change settings of the host's kernel, one of which names the
program that the host runs, as root, when anything crashes.

## Example

```yaml
services:
  browser:
    image: example.org/browser:1
    security_opt: ["seccomp=unconfined"]
```

## Use instead

A profile that allows the missing calls and no others:

```yaml
services:
  browser:
    image: example.org/browser:1
    security_opt: ["no-new-privileges:true"]
```

## What can break

Programs that build sandboxes of their own (browsers), debuggers and profilers,
containers in containers, and old programs on new kernels. Name the missing
capability, or a profile of your own made from the engine's default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from batten.model import Service, TreePath
from batten.review import disk
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(
    __name__,
    Severity.MEDIUM,
    (
        "CIS 5.2",
        "CIS 5.3",
        "CIS 5.22",
        "OWASP Docker Security Cheat Sheet, rule 6",
        "https://docs.docker.com/engine/security/seccomp/",
        "https://docs.docker.com/engine/security/apparmor/",
    ),
)
_OFF: Mapping[str, tuple[str, str, Severity]] = {
    "seccomp=unconfined": (
        "It runs without the seccomp filter",
        "Every system call of the kernel is open to it, those in which flaws are found regularly among them.",
        Severity.MEDIUM,
    ),
    "apparmor=unconfined": ("It runs without AppArmor", "Nothing refuses mounts and writes below /proc and /sys any more.", Severity.MEDIUM),
    "label=disable": ("It runs without SELinux separation", "On a host with SELinux nothing keeps it from files of other containers.", Severity.MEDIUM),
    "systempaths=unconfined": (
        "The host's kernel settings are uncovered in it",
        "Root in it can change settings of the host's kernel below /proc/sys, which is root on this host unless AppArmor or SELinux stops it.",
        Severity.HIGH,
    ),
}
_INSTEAD = " Allow what the program needs by a capability or by a profile of its own instead."


def check(context: Context) -> Iterator[Finding]:
    """Report security profiles that are switched off or missing."""
    for service in context.project.services.values():
        for path, option in context.items(service, "security_opt") if not service.privileged else ():
            yield from _judge(context, service, path, str(option).replace(":", "=", 1) if "=" not in str(option) else str(option))


def _judge(context: Context, service: Service, path: TreePath, option: str) -> Iterator[Finding]:
    if option in _OFF:
        title, why, severity = _OFF[option]
        yield context.finding(RULE, path, title, why + _INSTEAD, service=service, severity=severity)
    kind, _, value = option.partition("=")
    if kind == "seccomp" and value not in ("unconfined", "builtin", "default", "") and not value.startswith("{") and not _exists(context, value):
        message = "The engine refuses to start a container whose profile it cannot read. Write the file, or remove the entry to have the engine's own profile."
        yield context.finding(RULE, path, "Its seccomp profile does not exist", message, service=service, severity=Severity.LOW)


def _exists(context: Context, name: str) -> bool:
    return disk.exists(str(context.project.directory / Path(name).expanduser())) or not disk.as_on_disk(context.project)
