"""Host names in free text."""

from __future__ import annotations

import time

import pytest

from batten.inference import hosts


def found(mentions: list[hosts.Mention]) -> list[str]:
    """The host names alone, each once, in the order of the text."""
    return list(dict.fromkeys(mention.host for mention in mentions))


class TestValues:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("postgres://postgres:postgres@db/postgres", ["db"]),
            ("redis://:pw@cache:6379/0", ["cache"]),
            ("mongodb://u:p@m1:27017,m2:27017/shop?replicaSet=rs0", ["m1", "m2"]),
            ("PLAINTEXT://broker:29092,PLAINTEXT_HOST://localhost:9092", ["broker", "localhost"]),
            ("kafka1:9092,kafka2:9092", ["kafka1", "kafka2"]),
            ("1@broker:29093", ["broker"]),
            ("admin:secret@mongodb:27017", ["mongodb"]),
            ("shop:pw@tcp(db:3306)/shop", ["db"]),
            ("jdbc:postgresql://db:5432/shop", ["db"]),
            ("host=db port=5432 user=shop", ["db"]),
            ("Server=sql;Database=shop;User Id=sa", ["sql"]),
            ("default:http://alertmanager:9093", ["alertmanager"]),
            ("\njobmanager.rpc.address: flink-jobmanager\n", ["flink-jobmanager"]),
            ("http://tasks.web:80", ["tasks.web"]),
            ("172.20.0.7#53", ["172.20.0.7"]),
        ],
    )
    def test_hosts_are_found(self, text: str, expected: list[str]) -> None:
        assert found(hosts.in_value(text)) == expected

    @pytest.mark.parametrize("text", ["postgres", "shop-db", "/var/lib/db", "db.sqlite", "user@db", "some text about db", "12:30", ""])
    def test_words_are_not_hosts(self, text: str) -> None:
        assert found(hosts.in_value(text)) == []

    def test_a_place_is_the_place_of_the_word(self) -> None:
        text = "amqp://guest:guest@rabbit:5672/"
        (mention,) = hosts.in_value(text)
        assert text[mention.start :].startswith("rabbit")


class TestCommands:
    @pytest.mark.parametrize(
        "text",
        [
            "wait-for-it.sh db:5432 -- npm start",
            "sh -c until nc -z db 5432; do sleep 1; done",
            "mysqladmin ping -h db",
            "app --redis-host=db",
            "app --db db",
            "curl -sf db/health",
        ],
    )
    def test_hosts_behind_options_and_tools(self, text: str) -> None:
        assert "db" in found(hosts.in_command(text))

    @pytest.mark.parametrize("text", ["celery worker", "npm run db", "python manage.py migrate", "redis-server --appendonly yes"])
    def test_subcommands_are_not_hosts(self, text: str) -> None:
        assert found(hosts.in_command(text)) == []


class TestConfigurationFiles:
    def test_nginx(self) -> None:
        text = (
            "# proxy_pass http://old;\nupstream api {\n  server backend:8000;\n  server spare;\n}\nlocation / { \n proxy_pass http://api;\n}\nserver_name shop;"
        )
        assert found(hosts.in_config(text)) == ["backend", "spare"]

    def test_an_upstream_may_be_called_like_its_server(self) -> None:
        assert found(hosts.in_config("upstream api {\n  server api:8000;\n}\nproxy_pass http://api;\n")) == ["api"]

    def test_caddy(self) -> None:
        assert found(hosts.in_config("shop.example {\n  reverse_proxy web:3000\n  php_fastcgi php\n}")) == ["web", "php"]

    def test_prometheus(self) -> None:
        assert found(hosts.in_config("scrape_configs:\n- static_configs:\n  - targets: ['node:9100', 'tasks.cadvisor:8080']")) == ["node", "tasks.cadvisor"]

    def test_json(self) -> None:
        assert found(hosts.in_config('{"database": {"host": "db", "name": "shop"}}')) == ["db"]


class TestHostileText:
    @pytest.mark.parametrize("piece", ["a:", "a:1", "//a,", "host=", "\n", "nc -a ", " --a-host", "set $a ", "a:b@", "--", "tcp(", "http://a:"])
    def test_costs_no_more_than_long_text(self, piece: str) -> None:
        text = piece * (30_000 // len(piece))
        start = time.perf_counter()
        hosts.in_command(text)
        hosts.in_config(text)
        assert time.perf_counter() - start < 5


class TestLists:
    def test_a_list_of_plain_words(self) -> None:
        assert hosts.bare("zoo1, zoo2;zoo3") == ["zoo1", "zoo2", "zoo3"]

    def test_anything_else_is_no_list(self) -> None:
        assert hosts.bare("http://web") == []
        assert hosts.bare("") == []
