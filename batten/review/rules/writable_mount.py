"""Services can change files of the project that they are configured by.

## What it does

Lists, once for the project, the files of the host that look like configuration
(by the ending of their name, or because they are mounted below `/etc`) and that
are mounted into a service without `:ro`.

## Why it matters

A program that is broken into can change its own configuration, or its start
script, and the change outlives the container, the update and the restart: it
stands in your folder.

## Example

```yaml
services:
  web:
    image: nginx:1.27
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]
```

## Use instead

```yaml
services:
  web:
    image: nginx:1.27
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
```

## What can break

Programs that write their configuration back (home automation, some dashboards),
and entrypoints that change the owner of what they find.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from batten.model import Mount, TreePath
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.hostpaths import below

RULE = Rule(__name__, Severity.INFO, ("CIS 5.6", "https://docs.docker.com/engine/storage/bind-mounts/"))
_CONFIGURATION = r".+\.(conf|cfg|cnf|ya?ml|toml|ini|json|xml|properties|template|tmpl|sh|sql|pem|crt|key|htpasswd|acl|rules|vcl|lua)|.*/Caddyfile"
_MESSAGE = (
    "Whoever breaks into the service changes them, and the change outlives the container. Mount them with `:ro` where the program does not write to them."
)


def check(context: Context) -> Iterator[Finding]:
    """Report once the configuration that services can change."""
    paths = list(_writable(context))
    if paths:
        count = f"{len(paths)} configuration files are" if len(paths) > 1 else "A configuration file is"
        yield RULE.finding(context.place(("services",)), f"{count} mounted writable", _MESSAGE, related=context.places(paths))


def _writable(context: Context) -> Iterator[TreePath]:
    folder = str(context.project.directory)
    for service in context.project.services.values():
        for mount in service.mounts:
            if mount.kind == "bind" and not mount.read_only and below(mount.source, folder) and _configures(mount):
                yield (*service.path, "volumes", mount.index)


def _configures(mount: Mount) -> bool:
    return bool(re.fullmatch(_CONFIGURATION, mount.source)) or (below(mount.target, "/etc") and mount.target != "/etc")
