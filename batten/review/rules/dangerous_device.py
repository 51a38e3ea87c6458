"""A service may use devices that lead to the host's memory or disks.

## What it does

Reports devices (`devices`) through which the host is read or written past its
file system: `/dev/mem` and its like, disks and partitions, the whole of `/dev`
(high), and `/dev/kvm` (low). It also reports `device_cgroup_rules` that allow
every device, every block device, disks or the memory devices (high).

Sound cards, cameras, graphics, serial ports, `/dev/net/tun` and `/dev/fuse` are
not reported.

## Why it matters

Who may write to a disk changes any file on it, whatever is mounted where. A
rule for devices is enough: containers have the capability `MKNOD` by default,
so a process makes the device file it wants. `/dev/kvm` lets a process start
virtual machines, through a part of the kernel that has had flaws of its own.

## Example

```yaml
services:
  scan:
    image: example.org/smart:1
    devices: ["/dev/sda:/dev/sda"]
```

## Use instead

The one device that is needed, read-only where reading is enough:

```yaml
services:
  scan:
    image: example.org/sensor:1
    devices: ["/dev/ttyUSB0:/dev/ttyUSB0:r"]
```

## What can break

The program that uses the device. Tools that read a disk's health do need the
disk; give them `:r`, no network, and nothing else to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from batten.model import Service, TreePath
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.hostpaths import normal

RULE = Rule(
    __name__,
    Severity.HIGH,
    ("CIS 5.18", "https://docs.docker.com/reference/compose-file/services/#devices", "https://docs.docker.com/reference/cli/docker/container/run/#device"),
)
_MEMORY = r"/dev/(mem|kmem|port|kcore)"
_DISK = r"/dev/([shv]d[a-z]+\d*|xvd[a-z]+\d*|nvme\d+(n\d+(p\d+)?)?|mmcblk\d+(p\d+)?|md\d+|dm-\d+|mapper/.+|disk/.+|mapper|disk|loop\d+|loop-control|sg\d+)"
_RULE = r"\s*([abc])\s+(\*|\d+):(\*|\d+)\s+[rwm]+\s*"
_DISK_MAJORS = frozenset({"7", "8", "9", "65", "66", "179", "202", "252", "253", "254", "259"})
_MESSAGES = {
    "memory": ("It may use the memory of the host", "Whoever breaks into it reads and writes the host's memory, which is everything."),
    "disk": ("It may use a disk of the host", "Whoever breaks into it reads every file on it, past all permissions; with write access he changes them too."),
    "all": ("It may use every device of the host", "The host's disks and memory are among them: whoever breaks into it has the host."),
    "blocks": ("It may use every disk of the host", "Whoever breaks into it makes the device file and reads or writes the host's disks."),
}


def check(context: Context) -> Iterator[Finding]:
    """Report dangerous devices and rules for devices."""
    for service in context.project.services.values():
        for path, device in context.items(service, "devices"):
            source = normal(str(device.get("source", ""))) if isinstance(device, dict) else ""
            yield from _device(context, service, path, source)
        for path, rule in context.items(service, "device_cgroup_rules"):
            yield from _rule(context, service, path, str(rule))


def _device(context: Context, service: Service, path: TreePath, source: str) -> Iterator[Finding]:
    if source == "/dev/kvm":
        message = "It can start virtual machines through the kernel of the host. Keep it for what really runs machines, and off the networks of the others."
        yield context.finding(RULE, path, "It may use the host's virtualisation", message, service=service, severity=Severity.LOW)
        return
    kind = "all" if source in ("/dev", "/") else "memory" if re.fullmatch(_MEMORY, source) else "disk" if re.fullmatch(_DISK, source) else ""
    if kind:
        yield _finding(context, service, path, kind)


def _rule(context: Context, service: Service, path: TreePath, rule: str) -> Iterator[Finding]:
    found = re.fullmatch(_RULE, rule)
    if not found:
        return
    kind, major, minor = found.groups()
    if major == "*" and kind != "b":
        yield _finding(context, service, path, "all")
    elif kind != "c" and (major == "*" or major in _DISK_MAJORS):
        yield _finding(context, service, path, "blocks")
    elif kind != "b" and major == "1" and minor in ("*", "1", "2", "4"):
        yield _finding(context, service, path, "memory")


def _finding(context: Context, service: Service, path: TreePath, kind: str) -> Finding:
    title, why = _MESSAGES[kind]
    return context.finding(RULE, path, title, f"{why} Name the one device that is needed, with `:r` where reading is enough.", service=service)
