"""Mutual TLS: which connections go through a pair of sidecars that prove to each other who they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from batten.design.sections.reading import only, sequence, text, wrong
from batten.model import Value

NGINX, ENVOY = "nginx", "envoy"
IMAGES = {NGINX: "nginx:1.30-alpine", ENVOY: "envoyproxy/envoy:v1.39.1"}
"""The image of each proxy where the design names none. The packages of nginx.org, of which the official image is made, are built with every module that needs
no further library (nginx.org/en/linux_packages.html), so with the stream module; Debian has it in a package of its own."""
_IMAGE = re.compile(r"[a-z0-9][A-Za-z0-9._/:@-]{0,254}\Z")


class Link(NamedTuple):
    """One connection that speaks mutual TLS."""

    source: str
    """The service that calls."""
    target: str
    """The service that is called."""
    ports: tuple[int, ...]
    """The TCP ports of the one that is called, in ascending order."""


@dataclass(frozen=True, slots=True)
class MutualTls:
    """The connections, and what the sidecars run."""

    links: tuple[Link, ...] = ()
    proxy: str = NGINX
    """``nginx`` or ``envoy``."""
    image: str = ""
    """Image of the sidecars; empty for the usual one of the proxy."""

    @property
    def reference(self) -> str:
        """The image that the sidecars run."""
        return self.image or IMAGES[self.proxy]

    def between(self, source: str, target: str) -> Link | None:
        """The link between two services, if there is one."""
        return next((link for link in self.links if (link.source, link.target) == (source, target)), None)


def dump(mtls: MutualTls) -> dict[str, object]:
    """The proxy with its image, and one entry a connection; nothing where there is none."""
    if not mtls.links:
        return {}
    connections = [{"from": link.source, "to": link.target, "ports": list(link.ports)} for link in mtls.links]
    return {"proxy": mtls.proxy, "image": mtls.reference, "connections": connections}


def load(value: Value) -> MutualTls:
    """Read back what ``dump`` wrote; raises DesignError for another proxy, a connection twice, and what is no port."""
    entry = dict(only(value, {"proxy", "image", "connections"}, "mtls"))
    proxy, image = text(entry.get("proxy"), "proxy", NGINX), text(entry.get("image"), "image", "")
    if proxy not in IMAGES:
        raise wrong(value, f"'{proxy}' is not a proxy for mutual TLS; write 'nginx' or 'envoy'.")
    if image and not _IMAGE.match(image):
        raise wrong(entry["image"], f"'{image}' is not the name of an image.")
    links: dict[tuple[str, str], Link] = {}
    for item in sequence(entry.get("connections", Value(None)), "mtls.connections"):
        link = _link(item)
        if link[:2] in links:
            raise wrong(item, f"the connection {link.source} → {link.target} stands twice under 'mtls'.")
        links[link[:2]] = link
    return MutualTls(tuple(links.values()), proxy, "" if image == IMAGES[proxy] else image)


def _link(item: Value) -> Link:
    entry = dict(only(item, {"from", "to", "ports"}, "mtls.connections"))
    ports = sequence(entry.get("ports", Value(None)), "ports")
    return Link(text(entry.get("from"), "from", near=item), text(entry.get("to"), "to", near=item), tuple(sorted({_port(one) for one in ports})))


def _port(value: Value) -> int:
    if type(value.data) is not int or not 0 < value.data < 65536:
        raise wrong(value, "a port is a number from 1 to 65535.")
    return value.data
