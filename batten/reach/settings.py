"""What else decides who can reach whom: the daemon's settings and the network around the host."""

from __future__ import annotations

from typing import NamedTuple


class Settings(NamedTuple):
    """Settings of a daemon and its host; the defaults are those of an engine that nobody has configured."""

    iptables: bool = True
    """``iptables`` in daemon.json: without it nothing is isolated, filtered or masqueraded."""
    ip6tables: bool | None = None
    """``ip6tables`` in daemon.json; None for the engine's own default."""
    userland_proxy: bool = True
    """``userland-proxy`` in daemon.json."""
    icc: bool = True
    """``icc`` in daemon.json, which is about the default bridge alone."""
    forwarding_before: bool = False
    """Whether the kernel forwarded packets already when the daemon started."""
    loopback_resolver: bool = False
    """Whether the host's DNS resolver is on a loopback address."""
    allow_direct_routing: bool = False
    """``allow-direct-routing`` in daemon.json, known to engines that close direct routing."""
    no_raw_rules: bool = False
    """``DOCKER_INSECURE_NO_IPTABLES_RAW=1`` in the daemon's environment."""
    segment_router: bool = True
    """Whether the gateway of a macvlan network's segment leads further than the segment."""


DEFAULTS = Settings()
