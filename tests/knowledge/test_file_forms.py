"""The forms in which images take secrets, held against a table of what was read in their sources."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from batten.inference.recognition import named_as_credential
from batten.knowledge.images import ImageFacts, image_facts

USABLE = ("yes", "partly")
NOT_THEIRS = {("zabbix/zabbix-web-nginx-pgsql", "MYSQL_ROOT_PASSWORD"), ("zabbix/zabbix-web-nginx-mysql", "MYSQL_ROOT_PASSWORD")}
"""What the table says of a group of images and some of them have no use for."""
WITH_A_PATH = {"file_uri": "file:///run/secrets/{name}", "value_may_be_path": "/run/secrets/{name}"}


def rows() -> Iterator[Mapping[str, Any]]:
    """The rows of the table; none without it."""
    folder = os.environ.get("BATTEN_FACTS")
    if folder:
        yield from yaml.safe_load((Path(folder) / "image_secrets.yaml").read_text())["images"]


def known(image: str) -> ImageFacts:
    """What batten knows of an image of the table."""
    facts = image_facts({"influxdb:2": "influxdb:2.7"}.get(image, image.replace("*", "something")))
    assert facts is not None, image
    return facts


def form_said(facts: ImageFacts, style: str, variable: str) -> str | None:
    """The form that batten has, in the words of the table."""
    form = facts.form(variable)
    if form is None:
        return None
    if style == "secret_named_var":
        return form.target
    if style == "dunder_prefix":
        return form.value.replace("{name}", "NAME")
    if style == "cmd":
        return f"{form.variable}={form.value}".replace("{name}", "NAME")
    return form.value.replace("{name}", "NAME") if style in WITH_A_PATH else form.variable


@pytest.mark.skipif(not os.environ.get("BATTEN_FACTS"), reason="BATTEN_FACTS names no folder")
class TestTheTable:
    @pytest.mark.parametrize("row", list(rows()), ids=lambda row: row["id"])
    def test_agrees_on_every_credential(self, row: Mapping[str, Any]) -> None:
        for image in row["match"]:
            facts = known(image)
            for variable, said in row["vars"].items():
                plain = variable.replace("<APP>", "X").replace("FILE__<VAR>", "PASSWORD").replace("<KEY>", "HUB")
                if (image, variable) in NOT_THEIRS or (plain not in facts.credentials and not named_as_credential(plain)):
                    continue
                wanted = said.replace("<APP>", "X").replace("<KEY>", "HUB") if said else None
                assert form_said(facts, row["style"], plain) == wanted, (image, variable)

    @pytest.mark.parametrize("row", list(rows()), ids=lambda row: row["id"])
    def test_is_not_believed_where_nobody_read_it(self, row: Mapping[str, Any]) -> None:
        forms = [form for image in row["match"] for variable in row["vars"] if (form := known(image).form(variable)) is not None]
        assert all(row["verified"] in USABLE for form in forms if form.verified)


class TestStyles:
    @pytest.mark.parametrize(
        ("image", "variable", "set_to", "value", "target"),
        [
            ("postgres", "POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE", "/run/secrets/{name}", "/run/secrets/{name}"),
            ("ghcr.io/plausible/community-edition", "SECRET_KEY_BASE", "", "", "/run/secrets/SECRET_KEY_BASE"),
            ("crazymax/diun", "DIUN_NOTIF_MAIL_PASSWORD", "DIUN_NOTIF_MAIL_PASSWORDFILE", "/run/secrets/{name}", "/run/secrets/{name}"),
            ("qmcgaw/gluetun", "OPENVPN_PASSWORD", "OPENVPN_PASSWORD_SECRETFILE", "/run/secrets/{name}", "/run/secrets/{name}"),
            ("containrrr/watchtower", "WATCHTOWER_HTTP_API_TOKEN", "WATCHTOWER_HTTP_API_TOKEN", "/run/secrets/{name}", "/run/secrets/{name}"),
        ],
    )
    def test_say_what_is_set_and_where_the_file_is(self, image: str, variable: str, set_to: str, value: str, target: str) -> None:
        form = known(image).form(variable)
        assert form is not None
        assert (form.variable, form.value, form.target) == (set_to, value, target)
