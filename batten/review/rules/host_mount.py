"""A service has folders of the host that hold its system, keys or other data.

## What it does

Reports mounts of the host's own folders. High where the service can write to
what the host runs or believes (`/`, `/etc`, `/usr`, `/boot`, `/root`, `/proc`,
`/sys`, `/var/lib/docker`, a user's `.ssh`); medium where it can only read them,
or where keys and logins of a user lie there (`.aws`, `.kube`, `.docker`); low
for `/var/log` and for reading `/proc`. A named volume whose options make it a
bind mount is looked through.

Time zone, certificates of authorities and folders of the project are not
reported, and neither are sockets of engines: `docker-socket` is about those.

## Why it matters

Who may write to `/etc` adds a user or a job that the host starts as root. Who
may read `/` reads every password on it, `/etc/shadow`, the keys of the host and
the volumes of all other containers. `:ro` helps against the first only.

## Example

```yaml
services:
  backup:
    image: example.org/backup:1
    volumes: ["/etc:/host/etc"]
```

## Use instead

The one file or folder that is needed, read-only:

```yaml
services:
  backup:
    image: example.org/backup:1
    volumes: ["/etc/nginx:/host/etc/nginx:ro"]
```

## What can break

Programs that are there to look at the host (metrics, backups, intrusion
detection) see less. Give them the folders they need by name, read-only, no way
to the internet, and nothing published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from batten.model import Location, Service
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.hostpaths import HostPath, below, host_paths

RULE = Rule(
    __name__,
    Severity.HIGH,
    (
        "CIS 5.6",
        "OWASP Docker Security Cheat Sheet, rule 8",
        "https://docs.docker.com/engine/storage/bind-mounts/",
    ),
)


class _Place(NamedTuple):
    """A part of the host that is no service's business."""

    folders: str
    """Folders, separated by blanks; with a star at the end all that is in them too."""
    writing: tuple[Severity, str] | None
    reading: tuple[Severity, str] | None


_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
_EVERYTHING = "Passwords, keys and the data of all other containers are among what it reads there."
_STARTS = "The host runs or believes what lies there: whoever breaks into this service can leave a program that the host starts as root."
_PLACES = (
    _Place("/ /var /var/lib /home /Users", (_HIGH, _STARTS), (_MEDIUM, _EVERYTHING)),
    _Place("/root", (_HIGH, _STARTS), (_MEDIUM, "The keys and logins of the host's administrator are among what it reads there.")),
    _Place(
        "/etc /etc/shadow /etc/ssh* /etc/sudoers /etc/ssl/private* /etc/docker*", (_HIGH, _STARTS), (_MEDIUM, "It reads password hashes, keys and settings.")
    ),
    _Place("/etc/cron.d* /etc/crontab /etc/cron.daily* /etc/systemd* /etc/init.d* /etc/pam.d* /etc/profile.d* /etc/sudoers.d*", (_HIGH, _STARTS), None),
    _Place("/etc/passwd /etc/group /etc/ld.so.preload /var/spool/cron* /run/systemd*", (_HIGH, _STARTS), None),
    _Place("/usr /usr/bin* /usr/sbin* /usr/lib /usr/local /usr/local/bin* /bin* /sbin* /lib /lib64 /boot* /lib/modules* /opt", (_HIGH, _STARTS), None),
    _Place("/var/lib/docker /var/lib/containerd /var/lib/docker/volumes /var/lib/docker/overlay2*", (_HIGH, _STARTS), (_MEDIUM, _EVERYTHING)),
    _Place("/var/lib/docker/containers", (_HIGH, _STARTS), (_MEDIUM, "The environment of every container, with its passwords, is kept there beside the logs.")),
    _Place("/proc", (_HIGH, _STARTS), (_LOW, "It sees the processes of the host with their command lines.")),
    _Place("/sys", (_HIGH, _STARTS), None),
    _Place("/sys/fs/cgroup", (_MEDIUM, "It can lift its own limits and those of others; with SYS_ADMIN this leads to root on the host."), None),
    _Place("/dev", (_MEDIUM, "It sees the devices of the host; one more mistake, such as `privileged` or a device rule, and it uses them."), None),
    _Place("/var/log", (_LOW, "Whoever breaks into it can remove his traces from the host's logs."), None),
)
_KEYS = r"(?:/home/[^/]+|/root|/Users/[^/]+)/\.(ssh|aws|kube|docker|gnupg|azure|config/gcloud|netrc|git-credentials|pgpass)(?:/.*)?"
_PUBLIC = r".*(\.pub|/known_hosts|/\.ssh/config)"
_HOME = r"(?:/home/[^/]+|/Users/[^/]+)"
_LESS = " Mount the one file or folder that it needs, read-only."


def check(context: Context) -> Iterator[Finding]:
    """Report mounts of the host's own folders."""
    for service in context.project.services.values():
        for mount in host_paths(context.project, service):
            found = _judged(mount)
            if found:
                yield _finding(context, service, mount, *found)


def _judged(mount: HostPath) -> tuple[Severity, str] | None:
    source = mount.source
    if re.fullmatch(_KEYS, source) and not re.fullmatch(_PUBLIC, source):
        dangerous = not mount.read_only and "/.ssh" in source
        return (_HIGH, _STARTS) if dangerous else (_MEDIUM, "Whoever breaks into it uses the keys and logins that a person keeps there.")
    if re.fullmatch(_HOME, source):
        return (_HIGH, _STARTS) if not mount.read_only else (_MEDIUM, _EVERYTHING)
    for place in _PLACES:
        if any(below(source, folder[:-1]) if folder.endswith("*") else source == folder for folder in place.folders.split()):
            return place.reading if mount.read_only else place.writing
    return None


def _finding(context: Context, service: Service, mount: HostPath, severity: Severity, why: str) -> Finding:
    verb = "reads" if mount.read_only else "can write to"
    hidden = f" The volume {mount.volume} is this folder." if mount.volume else ""
    related: list[Location] = [context.place(("volumes", mount.volume, "driver_opts", "device"))] if mount.volume else []
    title = f"It {verb} {mount.source} of the host"
    return context.finding(RULE, mount.path, title, f"{why}{hidden}{_LESS}", service=service, severity=severity, related=related)
