"""``batten review --fix``, ``--diff`` and ``--baseline``: mending what is safe, and counting only what is new."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from bench.reference import program
from tests.cli.calling import call

SECRET = "correct-horse-4711"
SHOP = f"""# my shop
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: {SECRET}  # long enough
    ports: ["5432:5432"]
  web:
    image: example.org/shop/web:3
    environment: {{API_TOKEN: {SECRET}-too}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "compose.yaml").write_text(SHOP)
    return folder


class TestDiff:
    def test_shows_what_would_change_and_writes_nothing(self, shop: Path) -> None:
        run = call("review", str(shop), "--diff")
        assert run.code == 0
        assert "+      POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password  # long enough" in run.out
        assert SECRET not in run.out + run.err
        assert [path.name for path in shop.iterdir()] == ["compose.yaml"]
        assert (shop / "compose.yaml").read_text() == SHOP

    def test_says_what_needs_a_look(self, shop: Path) -> None:
        assert "3 more need a look; 'batten harden' says why and does them." in call("review", str(shop), "--diff").err


class TestFix:
    def test_mends_what_is_safe_and_reviews_what_is_left(self, shop: Path) -> None:
        run = call("review", str(shop), "--fix")
        text = (shop / "compose.yaml").read_text()
        assert "POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password  # long enough" in text
        assert (shop / "secrets" / "postgres_password").read_text() == SECRET
        assert '"5432:5432"' in text, "that needs a look, so it stays"
        assert "exposed-database" in run.out
        assert "POSTGRES_PASSWORD is in the file" not in run.out
        assert run.code == 1, "what is left is still high"
        assert SECRET not in run.out + run.err

    def test_leaves_no_design_behind_but_a_backup(self, shop: Path) -> None:
        call("review", str(shop), "--fix")
        assert not (shop / "batten.yaml").exists()
        (backup,) = (shop / ".batten" / "backups").iterdir()
        assert (backup / "compose.yaml").read_text() == SHOP

    def test_is_accepted_by_the_reference(self, shop: Path) -> None:
        reference = program()
        if reference is None:
            pytest.skip("docker-compose is not installed")
        call("review", str(shop), "--fix")
        subprocess.run([reference, "-f", str(shop / "compose.yaml"), "config", "--quiet"], check=True, timeout=60)

    def test_twice_changes_nothing_more(self, shop: Path) -> None:
        call("review", str(shop), "--fix")
        before = {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()}
        run = call("review", str(shop), "--fix")
        assert "shop: there is nothing that can be mended without risk." in run.err
        assert {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()} == before

    def test_leaves_what_somebody_accepted(self, shop: Path) -> None:
        (shop / "compose.yaml").write_text(SHOP.replace("# long enough", "# batten: ignore secret-in-environment -- a test database"))
        call("review", str(shop), "--fix")
        text = (shop / "compose.yaml").read_text()
        assert f"POSTGRES_PASSWORD: {SECRET}" in text and "POSTGRES_PASSWORD_FILE" not in text
        assert "no-new-privileges:true" in text, "the image is known to work with it, and nobody accepted to go without"

    def test_is_not_for_what_runs(self) -> None:
        run = call("review", "--live", "--fix")
        assert (run.code, run.err) == (2, "batten: what runs is mended in its files. Leave --live away.\n")


class TestBaseline:
    def test_counts_only_what_is_new(self, shop: Path, tmp_path: Path) -> None:
        known = tmp_path / "known.json"
        known.write_text(call("review", str(shop), "--format", "json").out)
        assert call("review", str(shop)).code == 1
        quiet = call("review", str(shop), "--baseline", str(known))
        assert quiet.code == 0
        assert "known from the baseline" in quiet.out
        text = SHOP.replace("services:\n", "services:\n  # moved\n  # down\n") + "  root:\n    image: example.org/root:1\n    privileged: true\n"
        (shop / "compose.yaml").write_text(text)
        run = call("review", str(shop), "--baseline", str(known))
        assert run.code == 1
        assert "  privileged" in run.out
        assert "exposed-database" not in run.out, "it moved by two lines and is no news"

    def test_marks_them_in_every_format(self, shop: Path, tmp_path: Path) -> None:
        known = tmp_path / "known.json"
        known.write_text(call("review", str(shop), "--format", "json").out)
        report = json.loads(call("review", str(shop), "--format", "json", "--baseline", str(known)).out)
        findings = report["projects"][0]["findings"]
        assert {finding["suppressed"]["reason"] for finding in findings} == {"it is in the baseline"}
        assert "Suppressed" not in call("review", str(shop), "--format", "markdown", "--baseline", str(known)).out

    def test_takes_as_many_as_there_were(self, shop: Path, tmp_path: Path) -> None:
        known = tmp_path / "known.json"
        report = json.loads(call("review", str(shop), "--format", "json").out)
        findings = report["projects"][0]["findings"]
        report["projects"][0]["findings"] = [one for one in findings if one["rule"] != "exposed-database"]
        known.write_text(json.dumps(report))
        run = call("review", str(shop), "--baseline", str(known))
        assert (run.code, run.out.count("HIGH")) == (1, 1)

    @pytest.mark.parametrize("text", ["", "services: {}", "[]", '{"schema_version": 2, "projects": []}', '{"schema_version": 1, "projects": [{}]}'])
    def test_that_is_none_is_told(self, text: str, shop: Path, tmp_path: Path) -> None:
        known = tmp_path / "known.json"
        known.write_text(text)
        run = call("review", str(shop), "--baseline", str(known))
        assert (run.code, run.out) == (2, "")
        assert run.err.endswith("this is no review that this batten wrote. Write one with 'batten review --format json > FILE'.\n")

    def test_that_is_not_there_is_told(self, shop: Path) -> None:
        run = call("review", str(shop), "--baseline", "nowhere.json")
        assert (run.code, run.err) == (2, "nowhere.json: cannot be read: No such file or directory.\n")
