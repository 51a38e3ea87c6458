"""What batten knows of images."""

from __future__ import annotations

import time

import assets
from batten.knowledge import rows
from batten.knowledge.images import ImageFacts, image_facts, similar_facts
from batten.model import Tier


def facts(image: str) -> ImageFacts:
    """The facts about an image that must be known."""
    found = image_facts(image)
    assert found is not None
    return found


class TestWhatAnImageIs:
    def test_a_database(self) -> None:
        postgres = facts("postgres:16-alpine")
        assert (postgres.tier, postgres.role, postgres.passive, postgres.egress) == (Tier.DATA, "database", True, False)
        assert "5432/tcp" in postgres.ports

    def test_a_proxy_needs_the_internet_for_certificates(self) -> None:
        assert facts("ghcr.io/traefik/traefik:v3").tier is Tier.EDGE
        assert facts("traefik").egress is True

    def test_an_application_may_be_in_front_or_behind(self) -> None:
        assert facts("ghcr.io/immich-app/immich-server:release").tier is None

    def test_the_tag_tells_versions_apart(self) -> None:
        assert facts("influxdb:2.7-alpine").form("DOCKER_INFLUXDB_INIT_PASSWORD") is not None
        assert facts("influxdb:1.8").form("INFLUXDB_ADMIN_PASSWORD") is None
        assert facts("influxdb").file_forms == {}

    def test_an_unknown_image_is_unknown(self) -> None:
        assert image_facts("shop/storefront:3") is None
        assert image_facts("") is None

    def test_net_raw_is_kept_for_those_who_ping(self) -> None:
        assert facts("louislam/uptime-kuma:1").needs_net_raw is True
        assert facts("redis").needs_net_raw is False
        assert facts("python:3.12").needs_net_raw is None


class TestSecretsFromFiles:
    def test_a_suffix(self) -> None:
        form = facts("postgres").form("POSTGRES_PASSWORD")
        assert form is not None
        assert (form.variable, form.value, form.verified) == ("POSTGRES_PASSWORD_FILE", "/run/secrets/{name}", True)

    def test_two_underscores(self) -> None:
        form = facts("grafana/grafana:11").form("GF_AUTH_GITHUB_CLIENT_SECRET")
        assert form is not None
        assert form.variable == "GF_AUTH_GITHUB_CLIENT_SECRET__FILE"

    def test_a_prefix_on_any_variable(self) -> None:
        form = facts("lscr.io/linuxserver/wikijs").form("DB_PASS")
        assert form is not None
        assert (form.variable, form.value) == ("FILE__DB_PASS", "/run/secrets/{name}")

    def test_a_uri_in_the_same_variable(self) -> None:
        form = facts("ghcr.io/goauthentik/server:2025").form("AUTHENTIK_SECRET_KEY")
        assert form is not None
        assert (form.variable, form.value) == ("AUTHENTIK_SECRET_KEY", "file:///run/secrets/{name}")

    def test_a_command(self) -> None:
        form = facts("apache/airflow:2.9").form("AIRFLOW__CORE__FERNET_KEY")
        assert form is not None
        assert (form.variable, form.value) == ("AIRFLOW__CORE__FERNET_KEY_CMD", "cat /run/secrets/{name}")

    def test_a_form_that_nobody_verified_says_so(self) -> None:
        form = facts("codeberg.org/forgejo/forgejo:9").form("FORGEJO__security__SECRET_KEY")
        assert form is not None
        assert not form.verified

    def test_an_old_version_has_no_form(self) -> None:
        assert facts("clickhouse/clickhouse-server:25.8").form("CLICKHOUSE_PASSWORD") is not None
        assert facts("clickhouse/clickhouse-server:24.3").form("CLICKHOUSE_PASSWORD") is None

    def test_rabbitmq_would_not_start_with_one(self) -> None:
        rabbit = facts("rabbitmq:4-management")
        assert rabbit.form("RABBITMQ_DEFAULT_PASS") is None
        assert "RABBITMQ_DEFAULT_PASS" in rabbit.credentials
        assert "refuses to start" in rabbit.instead

    def test_an_image_that_insists_on_the_owner(self) -> None:
        assert facts("docker.elastic.co/elasticsearch/elasticsearch:8.15.0").reader == "owner only (mode 0400, uid 1000)"

    def test_a_bare_name_in_a_private_registry_is_not_trusted_with_secrets(self) -> None:
        form = facts("registry.shop.example/postgres:16").form("POSTGRES_PASSWORD")
        assert form is not None
        assert not form.verified

    def test_an_image_of_another_publisher_does_not_inherit_forms(self) -> None:
        assert facts("linuxserver/phpmyadmin").form("PMA_PASSWORD") == facts("linuxserver/wikijs").form("PMA_PASSWORD")
        assert facts("bitnami/mysql").form("MYSQL_ROOT_PASSWORD") is not None
        assert facts("mysql").form("MYSQL_USER") is None


class TestResemblance:
    def test_a_name_can_say_what_an_image_is(self) -> None:
        found = similar_facts("acme/postgres-16-tuned:3")
        assert found is not None
        assert (found.tier, found.certain, found.file_forms) == (Tier.DATA, False, {})

    def test_an_exporter_is_not_the_database(self) -> None:
        found = similar_facts("acme/postgres-exporter")
        assert found is not None
        assert (found.tier, found.role) == (Tier.OPS, "exporter")

    def test_a_console_is_not_the_cache(self) -> None:
        assert similar_facts("acme/redis-ui") is None

    def test_a_plain_name_says_nothing(self) -> None:
        assert similar_facts("acme/server") is None
        assert similar_facts("acme/app_with_redis") is None


class TestLoading:
    def test_nothing_is_read_before_somebody_asks(self) -> None:
        assets.load_yaml.cache_clear()
        rows.index.cache_clear()
        image_facts.cache_clear()
        assert assets.load_yaml.cache_info().currsize == 0
        facts("postgres")
        assert assets.load_yaml.cache_info().currsize > 1

    def test_all_of_it_is_read_in_a_moment(self) -> None:
        best = 1.0
        for _ in range(5):
            assets.load_yaml.cache_clear()
            rows.index.cache_clear()
            start = time.perf_counter()
            rows.index()
            best = min(best, time.perf_counter() - start)
        assert best < 0.05, f"{best * 1000:.0f} ms; 10 ms is what we want on an idle machine"
