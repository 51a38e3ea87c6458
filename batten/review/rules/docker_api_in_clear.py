"""A Docker API is spoken, or served, over TCP without TLS.

## What it does

Reports engines that are told to listen on TCP without certificates
(`dockerd -H tcp://…`, an empty `DOCKER_TLS_CERTDIR` for Docker in Docker), and
clients that connect to one (`DOCKER_HOST=tcp://…:2375`): high, and medium where
both ends are services of the project. A socket proxy of the project is not
reported, since that is how it is used; `docker-socket` looks after those.

`DOCKER_TLS_VERIFY` set to `0` or `false` is reported too (low): clients look
only whether it is empty, so that this switches the check on.

## Why it matters

Whoever reaches the port is root on that host: the API starts containers with
everything mounted, and without TLS it asks nobody for anything. On a line it
can be read and changed by everybody on the way.

## Example

```yaml
services:
  runner:
    image: example.org/runner:1
    environment: {DOCKER_HOST: "tcp://10.0.0.5:2375"}
```

## Use instead

```yaml
services:
  runner:
    image: example.org/runner:1
    environment:
      DOCKER_HOST: "tcp://10.0.0.5:2376"
      DOCKER_TLS_VERIFY: "1"
      DOCKER_CERT_PATH: /run/secrets
    secrets: [ca.pem, cert.pem, key.pem]
secrets:
  ca.pem: {file: ./tls/ca.pem}
  cert.pem: {file: ./tls/cert.pem}
  key.pem: {file: ./tls/key.pem}
```

## What can break

Clients without a certificate are refused from then on: that is the point.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from batten.model import Service, TreePath
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.invocation import Invocation, invocations

RULE = Rule(
    __name__,
    Severity.HIGH,
    (
        "CIS 2.7",
        "OWASP Docker Security Cheat Sheet, rule 1",
        "https://docs.docker.com/engine/security/protect-access/",
    ),
)
_TCP = r"tcp://(\[[^\]]*\]|[^:/\s]*)(?::(\d+))?/?"
_EVERY = frozenset({"", "0.0.0.0", "[::]", "*"})
_OFF = frozenset({"0", "false", "no", "off"})
_CLIENT = "Whoever reaches that port is root on its host, and everybody on the way can read and change what is said. Use certificates and port 2376, or ssh."
_SERVER = "Whoever reaches the port is root on that engine, and in a privileged container on this host too. Listen with `--tlsverify`, or on a socket alone."
_LIE = "Clients only look whether it is empty: this switches the check of certificates on. Remove the variable if it is not wanted."


def check(context: Context) -> Iterator[Finding]:
    """Report Docker APIs without TLS, at both ends."""
    for service in context.project.services.values():
        if any(name in service.environment for name in ("DOCKER_TLS_VERIFY", "DOCKER_HOST", "DOCKER_TLS_CERTDIR")):
            yield from _variables(context, service)
        for line in invocations(context.project, service):
            yield from _spoken(context, service, line)


def _variables(context: Context, service: Service) -> Iterator[Finding]:
    values = {name: variable.value.reveal() for name, variable in service.environment.items() if variable.value is not None}
    base = (*service.path, "environment")
    if values.get("DOCKER_TLS_VERIFY", "").lower() in _OFF:
        yield context.finding(
            RULE, (*base, "DOCKER_TLS_VERIFY"), "DOCKER_TLS_VERIFY means the opposite of what it says", _LIE, service=service, severity=Severity.LOW
        )
    target = re.fullmatch(_TCP, values.get("DOCKER_HOST", "").strip())
    if target and target[2] != "2376" and not values.get("DOCKER_TLS_VERIFY") and not values.get("DOCKER_TLS"):
        yield from _client(context, service, (*base, "DOCKER_HOST"), target[1])
    if values.get("DOCKER_TLS_CERTDIR") == "" and "dind" in service.image:
        yield _finding(context, service, (*base, "DOCKER_TLS_CERTDIR"), "Its engine listens without TLS", _SERVER, Severity.MEDIUM)


def _spoken(context: Context, service: Service, line: Invocation) -> Iterator[Finding]:
    if not any("tcp://" in text for text in line.texts) or not {"--tlsverify", "--tlsverify=true", "--tls", "--tls=true"}.isdisjoint(line.texts):
        return
    serves = "dockerd" in line.programs or "dind" in service.image
    for index, word in enumerate(line.words):
        target = re.fullmatch(_TCP, _host(line.texts, index))
        if target and serves and not _local(target[1]):
            yield _finding(context, service, word.path, "Its engine listens without TLS", _SERVER, Severity.HIGH)
        elif target and not serves and "docker" in line.programs and target[2] != "2376" and target[1] not in _EVERY:
            yield from _client(context, service, word.path, target[1])


def _host(texts: tuple[str, ...], index: int) -> str:
    """The address that the word at ``index`` gives to ``-H`` or ``--host``, or an empty text."""
    flag, _, value = texts[index].partition("=")
    if flag in ("-H", "--host"):
        return value
    return texts[index] if index and texts[index - 1] in ("-H", "--host") else ""


def _local(host: str) -> bool:
    return host.startswith("127.") or host in ("localhost", "[::1]")


def _client(context: Context, service: Service, path: TreePath, host: str) -> Iterator[Finding]:
    other = next((each for each in context.project.services.values() if host in (each.name, each.hostname, each.container_name)), None)
    if _local(host) or (other is not None and context.role(other) == "socket proxy"):
        return
    severity = Severity.MEDIUM if other is not None else Severity.HIGH
    yield _finding(context, service, path, "It talks to a Docker API without TLS", _CLIENT, severity)


def _finding(context: Context, service: Service, path: TreePath, title: str, message: str, severity: Severity) -> Finding:
    return context.finding(RULE, path, title, message, service=service, severity=severity)
