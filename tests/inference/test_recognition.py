"""Which variables hold credentials."""

from __future__ import annotations

import pytest

from batten.inference.recognition import is_credential


class TestByName:
    @pytest.mark.parametrize(
        "name",
        [
            "POSTGRES_PASSWORD",
            "DB_PASS",
            "SMTP_PASS",
            "MYSQL_ROOT_PASSWORD",
            "database__connection__password",
            "JWT_SECRET",
            "SECRET_KEY",
            "SECRET_KEY_BASE",
            "N8N_ENCRYPTION_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "STRIPE_API_KEY",
            "VAPID_PRIVATE_KEY",
            "N8N_RUNNERS_AUTH_TOKEN",
            "TLS_KEYSTORE_PASSWORD",
            "TLS_KEY_PASSWORD",
            "APP_KEY",
            "WORDPRESS_AUTH_SALT",
            "RABBITMQ_ERLANG_COOKIE",
            "WEBPASSWORD",
            "TYK_GW_NODESECRET",
            "GRAYLOG_ROOT_PASSWORD_SHA2",
            "SENTRY_DSN",
            "REDIS_PASSWORD_2",
            "clientSecret",
        ],
    )
    def test_credentials(self, name: str) -> None:
        assert is_credential(name, "Winkle-and-Whelk", hidden=False)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("POSTGRES_PASSWORD_FILE", "/run/secrets/db-password"), ("DB_PASSWORD", "/run/secrets/db-password"), ("MYSQL_RANDOM_ROOT_PASSWORD", "yes"),
            ("MYSQL_ALLOW_EMPTY_PASSWORD", "true"),
            ("ALLOW_EMPTY_PASSWORD", "yes"), ("TLS_KEY", "certs/server.key"), ("JWT_PUBLIC_KEY_PATH", "/keys/jwt.pub"),
            ("GITLAB_REGISTRY_KEY_PATH", "/certs/registry.key"),
            ("CONNECT_KEY_CONVERTER", "org.apache.kafka.connect.storage.StringConverter"), ("SECRET_PROVIDER_CLASS", "com.acme.Vault"),
            ("API_KEY_PREFIX", "cal_"), ("DB_USER", "admin"),
            ("VAPID_PUBLIC_KEY", "BNcRd"), ("RECAPTCHA_SITE_KEY", "6Lc"), ("CASSANDRA_NUM_TOKENS", "4"), ("JWT_EXPIRATION", "604800"),
            ("ACCESS_TOKEN_TTL", "15m"), ("TOKEN_PORT", "8080"),
            ("POSTGRES_HOST_AUTH_METHOD", "trust"), ("SMTP_AUTH", "login"), ("BASIC_AUTH", "false"), ("SECRET_KEY_FILE", "/app/key"),
            ("PWD", "/srv/shop"), ("PASSWORD_SCHEME", "SHA512-CRYPT"),
            ("KEYBOARD", "de"), ("MAX_TOKENS", "4096"), ("EMAIL_PASSWORD", ""), ("GOOGLE_API_CREDENTIALS", "{}"),
            ("CLICKHOUSE_DSN", "tcp://clickhouse:9000"), ("COOKIE_NAME", "shop"),
        ],
    )  # fmt: skip
    def test_false_friends(self, name: str, value: str) -> None:
        assert not is_credential(name, value, hidden=False)


class TestByValue:
    @pytest.mark.parametrize(
        "value",
        [
            "postgres://shop:kelp-lantern@db:5432/shop", "redis://:kelp@cache:6379/0", "amqp://guest:guest@rabbit", "admin:kelp@mongodb:27017",
            "shop:kelp@tcp(db:3306)/shop",
            "host=db user=shop password=kelp", "Server=db;User Id=sa;Password=kelp;", "https://hooks.slack.com/services/T0/B0/x", "ghp_" + "a1B2" * 9,
            "sk_live_" + "4eC39HqLyjW",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE", "admin:$apr1$abc$def", "-Xmx1g -Djavax.net.ssl.keyStorePassword=kelp", "Bearer abcdefghijklmnop",
            "{\"password\": \"kelp\"}",
        ],
    )  # fmt: skip
    def test_credentials_whatever_they_are_called(self, value: str) -> None:
        assert is_credential("OPTIONS", value, hidden=False)

    @pytest.mark.parametrize(
        "value",
        [
            "http://web:3000/login",
            "postgres://db:5432/shop",
            "mongodb://m1:27017,m2:27017/shop",
            "redis://cache:6379",
            "user@shop.example",
            "12:30",
            "a:b",
            "--require-password",
            "https://user@git.example/x.git",
        ],
    )
    def test_addresses_without_a_password(self, value: str) -> None:
        assert not is_credential("OPTIONS", value, hidden=False)


class TestWithoutAValue:
    def test_filled_in_from_outside(self) -> None:
        assert is_credential("JWT_SECRET", None, hidden=True)
        assert is_credential("DATABASE_READ_URL", "", hidden=True)
        assert not is_credential("REDIS_URL", "", hidden=True)

    def test_left_empty_on_purpose(self) -> None:
        assert not is_credential("EMAIL_PASSWORD", "", hidden=False)
