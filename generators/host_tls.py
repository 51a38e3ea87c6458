"""``tls/``: certificates for the Docker API, what checks them, and what connects a client."""

from __future__ import annotations

import ipaddress
import re
import shlex

from batten.design.host import HostDesign
from batten.errors import DesignError
from batten.model import GeneratedFile
from generators.host_rendering import PROGRAM, rendered


def files(design: HostDesign) -> tuple[GeneratedFile, ...]:
    """Everything below ``tls/``; nothing where the API is not wanted over TCP.

    Raises:
        DesignError: the server has no name, or there is no client.
    """
    tls = design.tls
    if not tls.wanted:
        return ()
    if not tls.names:
        raise DesignError("the server's certificate needs a name or an address.", hint="Name each one that clients will use, with --name.")
    if not tls.clients:
        raise DesignError("nobody could use the API: there is no client.", hint="Name one with --client.")
    addresses = [name for name in tls.names if _is_address(name)]
    return (
        rendered(
            "tls/make-certs.sh",
            "make-certs.sh.j2",
            "makes the CA and the certificates",
            mode=PROGRAM,
            tls=tls,
            addresses=addresses,
            dns=[name for name in tls.names if name not in addresses],
        ),
        rendered("tls/check-tls.sh", "check-tls.sh.j2", "checks the certificates and the API", mode=PROGRAM, tls=tls),
        rendered("tls/connect.sh", "connect.sh.j2", "connects a client", mode=PROGRAM, tls=tls, url_host=url_host(callable_name(tls.names))),
        rendered(
            "tls/README.md",
            "tls.md.j2",
            "what to run where, and what to know",
            tls=tls,
            names=[callable_name(tls.names), *(name for name in tls.names if name != callable_name(tls.names))],
            clients=tls.clients,
            folder_word=shlex.quote(tls.folder),
            context=context_name(callable_name(tls.names)),
        ),
    )


def callable_name(names: tuple[str, ...]) -> str:
    """The first name that a client can call; a wildcard is none."""
    return next((name for name in names if "*" not in name), names[0].replace("*.", "docker."))


def context_name(name: str) -> str:
    """A name for a docker context, made from the server's."""
    return (re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-._") or "host") + ("-docker" if len(name) < 2 else "")


def url_host(name: str) -> str:
    """A name as it stands in a URL: IPv6 in brackets."""
    return f"[{name}]" if ":" in name else name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
