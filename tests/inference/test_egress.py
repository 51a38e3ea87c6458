"""Who needs a way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.inference.egress import egress_needs, outside
from batten.inference.evidence import needed_connections
from tests.support import project_of


def needs(text: str, tmp_path: Path) -> dict[str, str]:
    """The kind of reason by service."""
    return {name: evidence.kind.value for name, evidence in egress_needs(project_of(text, tmp_path)).items()}


class TestReasons:
    def test_a_url_outside(self, tmp_path: Path) -> None:
        project = project_of("services:\n  api: {build: ., environment: {STRIPE_URL: 'https://api.stripe.com/v1'}}\n", tmp_path)
        assert [(one.target, one.evidence[0].text) for one in needed_connections(project)] == [("internet", "STRIPE_URL")]

    def test_a_mail_server_outside(self, tmp_path: Path) -> None:
        assert needs("services:\n  gotenberg: {image: gotenberg/gotenberg, environment: {SMTP_HOST: smtp.harbour-mail.net}}\n", tmp_path) == {
            "gotenberg": "named"
        }

    def test_a_habit_of_the_image(self, tmp_path: Path) -> None:
        assert needs("services:\n  up: {image: containrrr/watchtower}\n", tmp_path) == {"up": "habitual"}

    def test_an_unknown_image_may_need_it(self, tmp_path: Path) -> None:
        assert needs("services:\n  api: {image: shop/api}\n  job: {image: 'python:3'}\n", tmp_path) == {"api": "assumed", "job": "assumed"}


class TestNoReasons:
    def test_databases_and_consoles(self, tmp_path: Path) -> None:
        assert needs("services:\n  db: {image: postgres}\n  cache: {image: redis}\n  adminer: {image: adminer}\n", tmp_path) == {}

    def test_a_database_with_everybodys_env_file(self, tmp_path: Path) -> None:
        assert needs("services:\n  db: {image: postgres, environment: {STRIPE_URL: 'https://api.stripe.com'}}\n", tmp_path) == {}

    @pytest.mark.parametrize(
        "variable",
        [
            "PUBLIC_URL: https://shop.net",
            "CORS_ORIGINS: https://shop.net",
            "VIRTUAL_HOST: shop.net",
            "ROOT_URL: https://shop.net",
            "API_URL: http://example.com",
        ],
    )
    def test_its_own_address_and_placeholders(self, variable: str, tmp_path: Path) -> None:
        assert needs(f"services:\n  g: {{image: gotenberg/gotenberg, environment: {{{variable}}}}}\n", tmp_path) == {}

    def test_an_address_that_the_proxy_serves(self, tmp_path: Path) -> None:
        text = (
            "services:\n  g: {image: gotenberg/gotenberg, environment: {BACK: 'https://api.shop.net'}}\n"
            "  w: {image: traefik/whoami, labels: ['traefik.http.routers.w.rule=Host(`shop.net`)']}\n"
        )
        assert needs(text, tmp_path) == {}

    def test_another_service_with_dots_in_its_name(self, tmp_path: Path) -> None:
        text = "services:\n  g: {image: gotenberg/gotenberg, environment: {GATEWAY_URL: 'https://api.shop.net'}}\n  api.shop.net: {image: redis}\n"
        assert needs(text, tmp_path) == {}


class TestHostNames:
    @pytest.mark.parametrize("host", ["api.stripe.com", "smtp.gmail.com", "registry.io"])
    def test_outside(self, host: str) -> None:
        assert outside(host)

    @pytest.mark.parametrize("host", ["db", "localhost", "host.docker.internal", "nas.local", "10.0.0.1", "server.key", "smtp.example.com", "config.yml"])
    def test_not_outside(self, host: str) -> None:
        assert not outside(host)
