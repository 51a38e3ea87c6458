"""A project in which every credential has a value of its own that can be told wherever it turns up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

MARK = "cnry"
"""What every planted value holds, followed by its number."""


class Planted(NamedTuple):
    """The project and what was planted in it."""

    folder: Path
    values: Mapping[tuple[str, str], str]
    """Service and variable → value."""

    @property
    def marks(self) -> frozenset[str]:
        """What must not turn up outside of the files that are made for it: a part of each value that has no character to quote or escape."""
        return frozenset(f"{MARK}{number:02d}x" for number in range(len(self.values)))

    def found_in(self, text: str) -> list[str]:
        """The marks in a text."""
        return sorted(mark for mark in self.marks if mark in text)


_TREES = ("OAK", "ELM", "ASH", "FIR", "YEW", "BOX", "BAY", "HAW", "IVY", "PEA", "RYE", "FIG")
IMAGES: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "db": ("postgres:16", "suffix", ("POSTGRES_PASSWORD",)),
    "old": ("mysql:8", "suffix", ("MYSQL_ROOT_PASSWORD", "MYSQL_PASSWORD")),
    "board": ("grafana/grafana:11.1.0", "dunder", ("GF_SECURITY_ADMIN_PASSWORD", "GF_DATABASE_PASSWORD", "GF_SMTP_PASSWORD")),
    "wiki": ("lscr.io/linuxserver/wikijs:latest", "prefix", ("DB_PASS", "ADMIN_PASSWORD")),
    "login": ("ghcr.io/goauthentik/server:2025.2", "uri", ("AUTHENTIK_SECRET_KEY", "AUTHENTIK_POSTGRESQL__PASSWORD")),
    "flow": ("apache/airflow:2.9.0", "command", ("AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__WEBSERVER__SECRET_KEY")),
    "stats": ("ghcr.io/plausible/community-edition:v2.1", "named", ("SECRET_KEY_BASE", "TOTP_VAULT_KEY")),
    "watch": ("containrrr/watchtower:1.7.1", "path", ("WATCHTOWER_HTTP_API_TOKEN",)),
    "news": ("crazymax/diun:4", "joined", ("DIUN_NOTIF_MAIL_PASSWORD",)),
    "tunnel": ("qmcgaw/gluetun:v3", "secretfile", ("OPENVPN_PASSWORD", "WIREGUARD_PRIVATE_KEY")),
    "vault": ("vaultwarden/server:1.30.0", "suffix", ("ADMIN_TOKEN", "SMTP_PASSWORD")),
    "queue": ("rabbitmq:3.13", "", ("RABBITMQ_DEFAULT_PASS", "RABBITMQ_ERLANG_COOKIE")),
    "web": ("acme/web:1", "", tuple(f"{word}_TOKEN" for word in _TREES)),
    "app": ("", "", tuple(f"APP_TOKEN_{number:02d}" for number in range(18))),
}
"""Service → its image, how a stand-in for it takes secrets, its credentials. ``queue`` is known to batten, ``web`` says itself what it starts,
``app`` is built from a Dockerfile."""
KEPT = ("acme/kept:1", "KEPT_TOKEN", "kept $HOME 'and' \"unmoved\" 4711")
"""The image, variable and value of a service of which nobody knows what it starts, so that its credential stays where it is."""
_BARE = '    user: "10001:10001"\n    cap_drop: [ALL]\n    read_only: true\n'
"""A user of its own and no capability for ``web``."""
_NASTY = ("", "\n", "$HOME ${A} $$", "'\"`\\", " # no comment", "é\u2028ü", "a: b, [c] {d}", "\ttab", "=&%40:/@", "$(id) `id`", "x\ny\n\n", "  both ends  ")
"""What stands around the marks of those that a start script hands over."""


def planted(folder: Path) -> Planted:
    """Write the project below ``folder``; it says its values in maps, lists, env files, ``.env``, shared mappings, comments and URLs."""
    values: dict[tuple[str, str], str] = {}
    for service, (_, style, names) in IMAGES.items():
        for position, name in enumerate(names):
            mark = f"{MARK}{len(values):02d}x"
            around = "" if style or service == "queue" else _NASTY[position % len(_NASTY)]
            values[service, name] = f"{around}{mark}-pw{around}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "app").mkdir()
    (folder / "app" / "Dockerfile").write_text('FROM acme/base:1\nRUN make\nENTRYPOINT ["/usr/bin/tini", "--"]\nCMD app "$APP_TOKEN_00"\n')
    (folder / ".env").write_text(f"PLAIN={values['db', 'POSTGRES_PASSWORD']}\n")
    (folder / "old.env").write_text("".join(f"{name}={values['old', name]} # not {values['old', name]}\n" for name in IMAGES["old"][2]))
    (folder / "compose.yaml").write_text(_compose(values), encoding="utf-8")
    return Planted(folder, values)


def _compose(values: Mapping[tuple[str, str], str]) -> str:
    """The compose file: JSON scalars are YAML too."""
    lines = ["name: harbour", "services:"]
    for service, (image, _, names) in IMAGES.items():
        lines += [f"  {service}:", f"    image: {image}" if image else "    build: ./app"]
        if service == "old":
            lines += ["    env_file: old.env", "    environment: {MODE: old}"]
            continue
        lines += ["    environment:", "      MODE: plain"]
        for name in names:
            value = "${PLAIN:?set it in .env}" if service == "db" else values[service, name].replace("$", "$$")
            note = f" # it was {values[service, name]} before" if service == "board" else ""
            lines.append(f"      {name}: {json.dumps(value, ensure_ascii=False)}{note}")
    image, name, value = KEPT
    kept = [f"  kept: {{image: {image}, environment: {{MODE: plain, {name}: {json.dumps(value.replace('$', '$$'))}}}}}"]
    # It reads what the program is handed; the value itself is not in the test.
    test = 'test -n "$$APP_TOKEN_03" && test "$${#APP_TOKEN_00}" = 10'
    lines += ["    healthcheck:", f"      test: {json.dumps(test)}", "      interval: 1s"]
    text = "\n".join([*lines, *kept]) + "\n"
    return text.replace("    image: acme/web:1\n", "    image: acme/web:1\n    entrypoint: /bin/sh /start.sh\n    command: [web, $$OAK_TOKEN]\n" + _BARE)
