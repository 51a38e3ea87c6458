"""Which tier a service belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.inference.tiers import propose_tiers
from tests.support import project_of


def tiers(text: str, tmp_path: Path) -> dict[str, str]:
    """The proposed tiers by service."""
    return {name: proposal.tier.value for name, proposal in propose_tiers(project_of(text, tmp_path)).items()}


class TestImages:
    def test_known_images_decide(self, tmp_path: Path) -> None:
        text = (
            "services:\n  a: {image: postgres}\n  b: {image: traefik}\n  c: {image: adminer, ports: [8080]}\n"
            "  d: {image: minio/mc}\n  e: {image: gotenberg/gotenberg}\n"
        )
        assert tiers(text, tmp_path) == {"a": "data", "b": "edge", "c": "ops", "d": "job", "e": "app"}

    def test_every_proposal_has_a_sentence(self, tmp_path: Path) -> None:
        for proposal in propose_tiers(project_of("services:\n  a: {image: postgres}\n  b: {build: .}\n", tmp_path)).values():
            assert proposal.reason.endswith(".")


class TestPublishedPorts:
    def test_published_with_nothing_in_front_is_edge(self, tmp_path: Path) -> None:
        assert tiers("services:\n  shop: {build: ., ports: ['80:80']}\n  other: {build: ./o}\n", tmp_path) == {"shop": "edge", "other": "app"}

    def test_published_behind_a_proxy_is_app(self, tmp_path: Path) -> None:
        text = "services:\n  nginx: {image: nginx, ports: ['80:80'], depends_on: [shop]}\n  shop: {build: ., ports: ['3000:3000']}\n"
        assert tiers(text, tmp_path) == {"nginx": "edge", "shop": "app"}

    def test_an_interface_that_calls_a_published_api_stands_in_front_of_it(self, tmp_path: Path) -> None:
        text = "services:\n  web: {build: ./web, ports: ['80:80'], environment: {API_URL: 'http://api:8000'}}\n  api: {build: ./api, ports: ['8000:8000']}\n"
        assert tiers(text, tmp_path) == {"web": "edge", "api": "app"}

    def test_a_published_database_is_data_all_the_same(self, tmp_path: Path) -> None:
        assert tiers("services:\n  db: {image: mysql, ports: ['3306:3306']}\n", tmp_path) == {"db": "data"}

    def test_a_web_server_behind_another_serves_files(self, tmp_path: Path) -> None:
        text = "services:\n  proxy: {image: traefik, ports: ['80:80']}\n  static: {image: nginx, labels: ['traefik.enable=true']}\n"
        assert tiers(text, tmp_path) == {"proxy": "edge", "static": "app"}

    def test_where_nothing_is_published_the_application_is_the_entrance(self, tmp_path: Path) -> None:
        text = (
            "services:\n  netbox: {image: netboxcommunity/netbox, depends_on: [db]}\n"
            "  worker: {image: netboxcommunity/netbox, depends_on: [db]}\n  db: {image: postgres}\n"
        )
        assert tiers(text, tmp_path) == {"netbox": "edge", "worker": "app", "db": "data"}


class TestNames:
    @pytest.mark.parametrize(
        ("name", "tier"),
        [
            ("user-db", "data"),
            ("worker", "app"),
            ("celery-beat", "app"),
            ("db-migrate", "job"),
            ("init", "job"),
            ("create-site", "job"),
            ("metrics", "ops"),
            ("storefront", "app"),
        ],
    )
    def test_of_services_with_unknown_images(self, name: str, tier: str, tmp_path: Path) -> None:
        assert tiers(f"services:\n  {name}: {{image: x/y}}\n", tmp_path)[name] == tier

    def test_a_web_application_called_db_is_no_database(self, tmp_path: Path) -> None:
        assert tiers("services:\n  app: {image: x/a, ports: ['81:80'], links: [db]}\n  db: {image: x/b, ports: ['80:80']}\n", tmp_path)["db"] == "app"

    def test_a_proxy_by_name_needs_a_published_port(self, tmp_path: Path) -> None:
        assert tiers("services:\n  edge-router: {image: x/y, ports: ['80:80']}\n  api-gateway: {image: x/z}\n", tmp_path) == {
            "edge-router": "edge",
            "api-gateway": "app",
        }


class TestJobs:
    def test_what_others_wait_for_to_end(self, tmp_path: Path) -> None:
        text = "services:\n  app: {build: ., depends_on: {schema: {condition: service_completed_successfully}}}\n  schema: {image: 'python:3'}\n"
        assert tiers(text, tmp_path)["schema"] == "job"
