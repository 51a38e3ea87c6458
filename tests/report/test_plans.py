"""A hardening in words and as a difference: everything is told, and no secret is."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from batten.design.proposal import propose
from batten.hardening import Hardening, harden
from batten.model import Risk
from batten.report.plans import diff_for, masked_diff, moved_secrets, omissions, plan_text, sentences
from batten.report.veil import Veil, veil_of
from tests.support import project_of

SHOP = """
services:
  web:
    image: example/web
    ports: ["80:80"]
    depends_on: [api]
  api:
    image: example/api
    depends_on: [db]
  db:   # the password used to be swordfish-9917, now it is in .env
    image: postgres:16
    ports: ["5432:5432"]
    environment:
      POSTGRES_PASSWORD: ${PASSWORD}
"""
MASK = "••••••••"


def hardened(tmp_path: Path, text: str = SHOP, accept: Risk = Risk.CHECK, into: Path | None = None, **files: str) -> Hardening:
    """A project, hardened as proposed."""
    project = project_of(text, tmp_path, **(files or {"_dot_env": "PASSWORD=swordfish-9917\n"}))
    return harden(project, propose(project), accept=accept, into=into)


class TestADifference:
    def test_shows_what_changes_and_around_it(self, tmp_path: Path) -> None:
        text = masked_diff(hardened(tmp_path))
        assert re.search(r'^-    ports: \["5432:5432"\]$', text, re.MULTILINE)
        assert re.search(r'^\+    ports: \["127.0.0.1:5432:5432"\]$', text, re.MULTILINE)
        assert re.search(r"^     image: postgres:16$", text, re.MULTILINE)

    def test_masks_a_value_wherever_it_stands(self, tmp_path: Path) -> None:
        text = masked_diff(hardened(tmp_path))
        assert "swordfish" not in text
        assert f"used to be {MASK}" in text

    def test_masks_what_a_moved_variable_is_made_of(self, tmp_path: Path) -> None:
        assert f"-      POSTGRES_PASSWORD: {MASK}" in masked_diff(hardened(tmp_path))

    def test_masks_what_goes_along_in_an_env_file(self, tmp_path: Path) -> None:
        text = "services:\n  db:\n    image: postgres:16\n    env_file: db.env\n"
        files = {"db.env": "# it was 'swordfish-9917' last year\nPOSTGRES_PASSWORD='swordfish-9917'\nPOSTGRES_USER=me\n"}
        shown = masked_diff(hardened(tmp_path, text, db_dot_env=files["db.env"]))
        assert "swordfish" not in shown

    def test_of_one_file_is_a_part_of_the_whole(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        assert diff_for(hardening, "compose.yaml") == masked_diff(hardening)
        assert diff_for(hardening, "other.yaml") == ""

    def test_is_empty_where_nothing_changes(self, tmp_path: Path) -> None:
        (made,) = hardened(tmp_path, _dot_env="PASSWORD=swordfish-9917\n").rewritten.files
        again = hardened(tmp_path, made.text, _dot_env="PASSWORD=swordfish-9917\n")
        assert again.changes == ()
        assert masked_diff(again) == ""

    @pytest.mark.skipif(not shutil.which("patch"), reason="no patch here")
    def test_counts_its_lines_as_other_programs_do(self, tmp_path: Path) -> None:
        text = (
            "services:\n  db:\n    image: redis:7\n    ports: ['6379:6379']\n"
            + "".join(f"    # line {number}\n" for number in range(30))
            + "    restart: always\n"
        )
        hardening = hardened(tmp_path, text, _dot_env="")
        copy = shutil.copy(tmp_path / "shop/compose.yaml", tmp_path / "copy.yaml")
        subprocess.run(["patch", "-s", str(copy)], input=masked_diff(hardening), text=True, check=True)
        assert Path(copy).read_text() == hardening.rewritten.files[0].text

    def test_has_colours_only_where_they_are_wanted(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        assert "\x1b[32m+" in masked_diff(hardening, colour=True)
        assert "\x1b" not in masked_diff(hardening)


class TestAVeil:
    @pytest.mark.parametrize(
        "text",
        ["it's-a secret&more", "it''s-a secret&more", "it%27s-a%20secret%26more", "it%27s-a+secret%26more", "it\\'s-a secret&more"],
    )
    def test_covers_a_value_in_every_spelling(self, text: str) -> None:
        assert Veil(["it's-a secret&more"])(f"a {text} b") == f"a {MASK} b"

    def test_covers_every_line_of_a_value(self) -> None:
        assert Veil(["first line\nsecond line"])("x second line y") == f"x {MASK} y"

    def test_covers_the_longest_value_first(self) -> None:
        assert Veil(["secret", "secret-and-more"])("secret-and-more") == MASK

    def test_covers_dollars_as_compose_writes_them(self) -> None:
        assert Veil(["pa$$word", "a$b-c"])("a$$b-c") == MASK

    def test_has_nothing_in_its_own_description(self) -> None:
        assert "secret" not in repr(Veil(["secret"]))

    @pytest.mark.parametrize(
        ("key", "hidden"),
        [
            ("command: redis-server --requirepass swordfish-1", "swordfish-1"),
            ("command: [app, --db-password=swordfish-2]", "swordfish-2"),
            ("command: app --url postgresql://u:swordfish-3@db/x", "swordfish-3"),
            ("healthcheck: {test: 'mysqladmin ping --password=swordfish-4'}", "swordfish-4"),
            ("labels: {a.url: 'amqp://u:swordfish-5@queue'}", "swordfish-5"),
            ("environment: {DATABASE_URL: 'postgresql://u:sword%2Dfish-6@db'}", "sword-fish-6"),
            ("environment: {DSN: 'host=db user=u password=swordfish-7'}", "swordfish-7"),
        ],
    )
    def test_knows_secrets_in_places_other_than_variables(self, tmp_path: Path, key: str, hidden: str) -> None:
        project = project_of(f"services:\n  app:\n    image: example/app\n    {key}\n", tmp_path)
        assert veil_of(project)(f"x {hidden} y") == f"x {MASK} y"

    def test_leaves_flags_alone_that_hold_no_secret(self, tmp_path: Path) -> None:
        project = project_of("services:\n  app:\n    image: example/app\n    command: app --host database --port 5432 --verbose\n", tmp_path)
        assert veil_of(project)("database 5432 verbose") == "database 5432 verbose"


class TestAPlanInWords:
    def test_tells_every_change_with_its_risk(self, tmp_path: Path) -> None:
        text = plan_text(hardened(tmp_path))
        assert text.startswith("shop: ")
        assert " changes to make.\n" in text
        assert re.search(r"^  safe     db: POSTGRES_PASSWORD", text, re.MULTILINE)
        assert re.search(r"^  check    Port 5432 of db", text, re.MULTILINE)
        assert {"Secrets", "Networks", "Published ports", "Privileges"} <= set(text.splitlines())

    def test_speaks_of_the_past_once_it_is_done(self, tmp_path: Path) -> None:
        assert " changes made.\n" in plan_text(hardened(tmp_path), done=True)

    def test_keeps_to_the_width(self, tmp_path: Path) -> None:
        for width in (60, 100):
            assert max(map(len, plan_text(hardened(tmp_path), width=width).splitlines())) <= width

    def test_tells_what_was_not_accepted_and_how_to_have_it(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path, accept=Risk.SAFE)
        assert hardening.declined
        text = omissions(hardening)
        assert text.startswith("Not done, because it was not accepted\n")
        assert "Port 5432 of db" in text
        assert text.endswith("To have it, use --accept check.")

    def test_tells_what_wants_consent(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path, accept=Risk.SAFE)
        breaking = replace(
            hardening, declined=tuple(change._replace(risk=Risk.BREAKING) for change in hardening.declined if change.decision.startswith("published"))
        )
        text = " ".join(omissions(breaking).split())
        assert "put published.db.5432/tcp under 'consents' in batten.yaml and use --accept breaking" in text

    def test_has_nothing_to_tell_where_nothing_is_left_out(self, tmp_path: Path) -> None:
        hardening = replace(hardened(tmp_path), declined=(), refusals=())
        assert omissions(hardening) == ""

    def test_tells_a_sentence_once_with_the_highest_risk_behind_it(self, tmp_path: Path) -> None:
        change = hardened(tmp_path).changes[0]
        found = sentences([change, change._replace(id=f"{change.id}.again", risk=Risk.BREAKING), change])
        assert [list(part.values()) for part in found.values()] == [[Risk.BREAKING]]

    def test_says_what_is_true_of_several_services_once(self, tmp_path: Path) -> None:
        services = "".join(f"  {name}:\n    image: example/{name}\n    ports: ['{port}:80']\n" for name, port in (("a", 81), ("b", 82), ("c", 83)))
        text = " ".join(plan_text(hardened(tmp_path, f"services:\n{services}")).split())
        assert "check Each of a, b and c no longer has NET_RAW" in text
        assert "Processes of each of a, b and c cannot" in text
        assert text.count("NET_RAW") == 1

    @pytest.mark.parametrize(
        ("why", "said"),
        [
            ("db meets others.", "db meets others."),
            ("Port 5432 of db is shut.", "Port 5432 of db is shut."),
            ("The image example/db is old.", "db: The image example/db is old."),
            ("Nothing of the kind.", "db: Nothing of the kind."),
            ("It is called db.", "It is called db."),
        ],
    )
    def test_names_its_subject(self, tmp_path: Path, why: str, said: str) -> None:
        change = next(change for change in hardened(tmp_path).changes if change.path[:2] == ("services", "db") and not change.decision.startswith("secrets"))
        assert list(sentences([change._replace(why=why)]).values()) == [{said: change.risk}]

    def test_names_the_secrets_that_moved(self, tmp_path: Path) -> None:
        assert len(moved_secrets(hardened(tmp_path))) == 1
