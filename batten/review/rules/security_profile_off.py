"""A service runs without seccomp, AppArmor or SELinux, or sees kernel settings.

## What it does

Reports the switches in `security_opt` that take a container's fences away:
`seccomp=unconfined`, `apparmor=unconfined`, `label=disable` (medium each) and
`systempaths=unconfined` (high), with `=` or `:`. It also reads seccomp
profiles of your own and reports one that lets every call through (medium), and
one that does not exist or that the engine would refuse (low): the container
will not start.

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

from batten.model import Risk, Service, TreePath
from batten.review import disk
from batten.review.context import Context
from batten.review.filters import complaint, filters_nothing
from batten.review.finding import Finding, Fix, Rule, Severity

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
_FIX = Fix("have the engine's own filter of system calls again", Risk.CHECK, "privileges")
_LARGEST = 1 << 20
"""Characters of a profile that are read; the engine's own has some 15,000."""
_INSTEAD = " Allow what the program needs by a capability or by a profile of its own instead."


def check(context: Context) -> Iterator[Finding]:
    """Report security profiles that are switched off or missing."""
    for service in context.project.services.values():
        for path, option in context.items(service, "security_opt") if not service.privileged else ():
            yield from _judge(context, service, path, str(option).replace(":", "=", 1) if "=" not in str(option) else str(option))


def _judge(context: Context, service: Service, path: TreePath, option: str) -> Iterator[Finding]:
    if option in _OFF:
        title, why, severity = _OFF[option]
        fix = _FIX if option == "seccomp=unconfined" and not context.stack else None
        yield context.finding(RULE, path, title, why + _INSTEAD, service=service, severity=severity, fix=fix)
    kind, _, value = option.partition("=")
    if kind == "seccomp" and value not in ("unconfined", "builtin", "default", ""):
        yield from _profile(context, service, path, value)


def _profile(context: Context, service: Service, path: TreePath, value: str) -> Iterator[Finding]:
    """A profile of the user's own, by its file or in place."""
    file = str(context.project.directory / Path(value).expanduser())
    if not value.startswith("{") and not disk.exists(file):
        if disk.as_on_disk(context.project):
            message = "The engine refuses to start a container whose profile it cannot read. Write it, or remove the entry to have the engine's own profile."
            yield context.finding(RULE, path, "Its seccomp profile does not exist", message, service=service, severity=Severity.LOW)
        return
    text = value if value.startswith("{") else disk.text(file, _LARGEST)
    wrong = complaint(text) if text is not None else ""
    if wrong:
        message = f"The engine refuses to start a container with it: {wrong}. Correct it, or remove the entry to have the engine's own profile."
        yield context.finding(RULE, path, "Its seccomp profile is none that the engine takes", message, service=service, severity=Severity.LOW)
    elif text is not None and filters_nothing(text):
        message = "It lets every system call through, which is what seccomp=unconfined does. Remove the entry to have the engine's own profile."
        yield context.finding(RULE, path, "Its seccomp profile filters nothing", message, service=service)
