"""Credentials in the environment, and whether they can be moved to files."""

from __future__ import annotations

from pathlib import Path

from batten.inference.credentials import Credential, find_credentials
from tests.support import project_of


def credentials(text: str, tmp_path: Path, **files: str) -> dict[tuple[str, str], Credential]:
    """The credentials found by service and variable."""
    return {(one.service, one.variable): one for one in find_credentials(project_of(text, tmp_path, **files))}


class TestWhatCanBeMoved:
    def test_a_password_that_the_image_reads_from_a_file(self, tmp_path: Path) -> None:
        found = credentials("services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: kelp\n", tmp_path)["db", "POSTGRES_PASSWORD"]
        assert found.form is not None
        assert (found.form.variable, found.obstacle, found.value.reveal()) == ("POSTGRES_PASSWORD_FILE", "", "kelp")
        assert found.path == ("services", "db", "environment", "POSTGRES_PASSWORD")
        assert found.origin.primary.line == 5

    def test_a_password_from_an_env_file(self, tmp_path: Path) -> None:
        found = credentials("services:\n  db: {image: mysql, env_file: db.env}\n", tmp_path, db_dot_env="MYSQL_ROOT_PASSWORD=kelp\nMYSQL_DATABASE=shop\n")
        assert set(found) == {("db", "MYSQL_ROOT_PASSWORD")}
        assert found["db", "MYSQL_ROOT_PASSWORD"].origin.primary.file.endswith("db.env")
        assert not found["db", "MYSQL_ROOT_PASSWORD"].obstacle

    def test_an_initialisation_script_sees_what_the_entrypoint_exports(self, tmp_path: Path) -> None:
        text = (
            "services:\n  db:\n    image: postgres\n    environment: {POSTGRES_PASSWORD: kelp}\n"
            "    volumes: ['./init.sh:/docker-entrypoint-initdb.d/init.sh']\n"
        )
        assert not credentials(text, tmp_path, init_dot_sh='psql "$POSTGRES_PASSWORD"\n')["db", "POSTGRES_PASSWORD"].obstacle

    def test_nothing_shows_a_value(self, tmp_path: Path) -> None:
        found = credentials("services:\n  db: {image: postgres, environment: {POSTGRES_PASSWORD: kelp-lantern}}\n", tmp_path)
        assert "kelp-lantern" not in repr(found)


class TestObstacles:
    def obstacle(self, text: str, tmp_path: Path, **files: str) -> str:
        (found,) = credentials(text, tmp_path, **files).values()
        return found.obstacle

    def test_an_unknown_image(self, tmp_path: Path) -> None:
        text = "services:\n  api: {image: 'shop/api:3', environment: {DATABASE_URL: 'postgres://u:kelp@db/shop'}}\n"
        assert self.obstacle(text, tmp_path) == "we do not know whether shop/api:3 reads DATABASE_URL from a file"

    def test_an_image_that_is_built_here(self, tmp_path: Path) -> None:
        assert "built here" in self.obstacle("services:\n  api: {build: ., environment: {API_TOKEN: kelp-lantern}}\n", tmp_path)

    def test_an_image_without_a_file_form_says_what_to_do_instead(self, tmp_path: Path) -> None:
        assert "conf.d" in self.obstacle("services:\n  mq: {image: rabbitmq, environment: {RABBITMQ_DEFAULT_PASS: kelp}}\n", tmp_path)

    def test_a_form_that_nobody_verified(self, tmp_path: Path) -> None:
        text = "services:\n  git: {image: codeberg.org/forgejo/forgejo, environment: {FORGEJO__security__SECRET_KEY: kelp}}\n"
        (found,) = credentials(text, tmp_path).values()
        assert found.form is None
        assert found.obstacle.startswith("it is not verified")

    def test_its_own_healthcheck_reads_it(self, tmp_path: Path) -> None:
        text = (
            "services:\n  db:\n    image: mysql\n    environment: {MYSQL_ROOT_PASSWORD: kelp}\n"
            '    healthcheck: {test: "mysqladmin ping -p$$MYSQL_ROOT_PASSWORD"}\n'
        )
        assert self.obstacle(text, tmp_path).startswith("the healthcheck of the service reads MYSQL_ROOT_PASSWORD")

    def test_its_own_command_reads_it_in_braces(self, tmp_path: Path) -> None:
        text = (
            'services:\n  db:\n    image: postgres\n    environment: {POSTGRES_PASSWORD: kelp}\n    command: ["sh", "-c", "run --pw=$${POSTGRES_PASSWORD}"]\n'
        )
        assert self.obstacle(text, tmp_path).startswith("the command of the service reads POSTGRES_PASSWORD")

    def test_a_longer_name_is_another_variable(self, tmp_path: Path) -> None:
        text = (
            "services:\n  db:\n    image: postgres\n    environment: {POSTGRES_PASSWORD: kelp}\n"
            '    healthcheck: {test: "pg_isready $$POSTGRES_PASSWORD_HINT"}\n'
        )
        assert self.obstacle(text, tmp_path) == ""

    def test_both_forms_are_set(self, tmp_path: Path) -> None:
        text = "services:\n  db: {image: postgres, environment: {POSTGRES_PASSWORD: kelp, POSTGRES_PASSWORD_FILE: /run/secrets/pw}}\n"
        assert self.obstacle(text, tmp_path) == "both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are set"

    def test_a_mounted_script_reads_it_where_nothing_is_exported(self, tmp_path: Path) -> None:
        text = "services:\n  cms:\n    image: directus/directus\n    environment: {SECRET: kelp}\n    volumes: ['./start.sh:/start.sh']\n"
        assert self.obstacle(text, tmp_path, start_dot_sh="echo $SECRET\n").startswith("start.sh, which is mounted")

    def test_no_value_at_hand(self, tmp_path: Path) -> None:
        (found,) = credentials("services:\n  db: {image: postgres, environment: {POSTGRES_PASSWORD: '${PW-}'}}\n", tmp_path).values()
        assert not found.value
        assert found.obstacle == "the value of POSTGRES_PASSWORD is not known here, so it cannot be written to a file"
