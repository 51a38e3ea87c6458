"""What findings are about, in a word each, and the step of the walk that decides it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Theme(NamedTuple):
    """Findings that belong together."""

    name: str
    step: str
    """The step that decides about them; empty where the user has to do it by hand."""
    rules: tuple[str, ...]


THEMES = (
    Theme("secrets", "secrets", ("secret-in-environment", "secret-in-command", "secret-in-definition", "secret-file", "shared-env-file")),
    Theme("ports", "published", ("exposed-database", "wildcard-port", "past-the-firewall", "low-port", "duplicate-port", "dead-port")),
    Theme(
        "networks",
        "networks",
        ("flat-network", "default-bridge", "host-network", "attachable-network", "packet-forwarding", "shared-namespace", "host-gateway"),
    ),
    Theme("needs", "connections", ("undeclared-dependency",)),
    Theme(
        "rights",
        "privileges",
        (
            *("privileged", "dangerous-capability", "dangerous-device", "capabilities-kept", "no-new-privileges"),
            *("security-profile-off", "root-user", "user-unset", "writable-root", "executable-tmpfs"),
        ),
    ),
    Theme("engine", "sockets", ("docker-socket", "docker-api-in-clear")),
    Theme("files", "", ("host-mount", "writable-mount", "mount-propagation", "shared-volume")),
    Theme("trust", "", ("auth-off", "tls-off", "fetched-in-clear", "moving-tag", "no-digest")),
    Theme("upkeep", "", ("no-healthcheck", "no-limits", "limits-off", "log-kept", "no-restart")),
    Theme("swarm", "target", ("lost-in-stack", "plain-overlay")),
    Theme("design", "", ("stale-suppression", "unknown-suppression", "unused-definition")),
)
"""In the order in which they are shown. A new rule is one word here."""

_BY_RULE: Mapping[str, Theme] = {rule: theme for theme in THEMES for rule in theme.rules}


_OTHER = Theme("host", "", ())
"""What is not about a project's files: rules about hosts, and what runs otherwise than the files say."""


def theme_of(rule: str) -> Theme:
    """The theme of a rule."""
    return _BY_RULE.get(rule, _OTHER)
