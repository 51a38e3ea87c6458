"""The configuration of a sidecar that is Envoy: a static bootstrap in version 3 of its API, written as JSON, which is YAML too.

No Envoy was at hand to load it: field names are those of its API documentation (envoyproxy.io, v3). The page in ``mtls/`` says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from batten.design.sidecars import Sidecar

_TYPES = "type.googleapis.com/envoy.extensions"


class Listening(Protocol):
    """A port and who may use it."""

    @property
    def number(self) -> int:
        """The port."""

    @property
    def callers(self) -> tuple[str, ...]:
        """The services that may use it."""


def bootstrap(sidecar: Sidecar, *, ports: Sequence[Listening], held: Mapping[str, str], address: str) -> dict[str, Any]:
    """A listener and a cluster for each port.

    Args:
        sidecar: which one.
        ports: the ports on which it listens.
        held: paths of the CA, the certificate and its key inside the container.
        address: the host name to which it connects.
    """
    listeners = [_listener(sidecar, port, held) for port in ports]
    clusters = [_cluster(sidecar, port.number, held, address) for port in ports]
    return {"static_resources": {"listeners": listeners, "clusters": clusters}}


def _listener(sidecar: Sidecar, port: Listening, held: Mapping[str, str]) -> dict[str, Any]:
    name = f"port_{port.number}"
    proxy = {"@type": f"{_TYPES}.filters.network.tcp_proxy.v3.TcpProxy", "stat_prefix": name, "cluster": name, "idle_timeout": "86400s"}
    chain: dict[str, Any] = {"filters": [{"name": "envoy.filters.network.tcp_proxy", "typed_config": proxy}]}
    if sidecar.inbound:
        context = {
            "@type": f"{_TYPES}.transport_sockets.tls.v3.DownstreamTlsContext",
            "require_client_certificate": True,
            "disable_stateless_session_resumption": True,
            "common_tls_context": _identity(held, port.callers),
        }
        chain["transport_socket"] = {"name": "envoy.transport_sockets.tls", "typed_config": context}
    return {"name": name, "address": _socket("0.0.0.0", port.number), "filter_chains": [chain]}


def _cluster(sidecar: Sidecar, port: int, held: Mapping[str, str], address: str) -> dict[str, Any]:
    name = f"port_{port}"
    endpoint = {"endpoint": {"address": _socket(address, port)}}
    cluster: dict[str, Any] = {
        "name": name,
        "type": "STRICT_DNS",
        "dns_lookup_family": "V4_ONLY",
        "connect_timeout": "10s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
    if not sidecar.inbound:
        target = sidecar.links[0].target
        context = {
            "@type": f"{_TYPES}.transport_sockets.tls.v3.UpstreamTlsContext",
            "sni": target,
            "common_tls_context": _identity(held, (target,)),
        }
        cluster["transport_socket"] = {"name": "envoy.transport_sockets.tls", "typed_config": context}
    return cluster


def _identity(held: Mapping[str, str], others: Sequence[str]) -> dict[str, Any]:
    """What it shows, and what the other side has to show: a certificate of the CA with one of these names in its SAN."""
    return {
        "tls_params": {"tls_minimum_protocol_version": "TLSv1_2", "tls_maximum_protocol_version": "TLSv1_3"},
        "tls_certificates": [{"certificate_chain": {"filename": held["cert"]}, "private_key": {"filename": held["key"]}}],
        "validation_context": {
            "trusted_ca": {"filename": held["ca"]},
            "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": name}} for name in others],
        },
    }


def _socket(address: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": address, "port_value": port}}
