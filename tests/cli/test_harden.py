"""Hardening from the command line: what is written, what is said, and that a second time changes nothing."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
import yaml

from bench.reference import ask, program
from tests.cli.calling import call, snapshot, write

OLD = ("compose.yaml", ".env", "proxy/shop.conf.template")
SECRETS = "services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: hunter2-hunter2\n"
WISHES = """
version: 1
networks:
  strategy: keep
  networks: {}
published:
- {service: web, target: 80, published: '8080', address: 127.0.0.1, reason: nobody outside needs it}
"""


def mode(path: Path) -> int:
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


class TestIntoAnotherFolder:
    def test_writes_a_project_with_all_that_it_needs(self, demo: Path) -> None:
        out = demo.parent / "out"
        before = snapshot(demo)
        assert call("harden", demo, "-o", out).code == 0
        assert snapshot(demo) == before
        names = {name for name in snapshot(out) if not name.startswith("secrets/")}
        assert names == {"compose.yaml", ".env", "README.md", "ROTATE-SECRETS.md", "batten.yaml", ".gitignore", ".dockerignore"}
        assert mode(out / ".env") == 0o600
        assert mode(out / "secrets") == 0o700
        assert {mode(path) for path in (out / "secrets").iterdir()} == {0o444}
        assert (out / "secrets/db_password").read_text() == "barnacle-Hymn-41-Tidepool"

    @pytest.mark.skipif(program() is None, reason="no docker-compose here")
    def test_gives_what_the_reference_accepts(self, demo: Path) -> None:
        out = demo.parent / "out"
        call("harden", demo, "-o", out)
        model, error = ask(str(program()), out, ["-f", str(out / "compose.yaml")], {})
        assert model is not None, error
        assert model["name"] == "shop"
        assert model["services"]["db"]["ports"][0]["host_ip"] == "127.0.0.1"
        assert model["services"]["db"]["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/db_password"
        shared = set(model["services"]["api"]["networks"]) & set(model["services"]["db"]["networks"])
        assert any(model["networks"][name].get("internal") for name in shared)
        assert not set(model["services"]["proxy"]["networks"]) & set(model["services"]["db"]["networks"])

    def test_says_what_was_done_and_what_to_run_next(self, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(demo.parent)
        result = call("harden", "shop", "-o", "out put")
        assert result.code == 0
        for words in ("changes made.", "Secrets", "Networks", "Published ports", "files written to out put.", "docker compose -f 'out put/compose.yaml' up -d"):
            assert words in result.out
        assert result.out.rstrip().endswith("batten review 'out put'")

    def test_speaks_of_the_folder_where_one_is(self, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(demo)
        assert "files written to this folder.\n" in call("harden", "--in-place").out
        assert "Everything in this folder is as it should be; nothing was written.\n" in call("harden", "--in-place").out

    def test_runs_twice_without_changing_anything(self, demo: Path) -> None:
        out = demo.parent / "out"
        call("harden", demo, "-o", out)
        before = snapshot(out)
        result = call("harden", demo, "-o", out)
        assert result.code == 0
        assert "nothing was written" in result.out
        assert snapshot(out) == before

    @pytest.mark.parametrize("design", [True, False], ids=["with its design", "without its design"])
    def test_leaves_nothing_to_do(self, demo: Path, design: bool) -> None:
        out = demo.parent / "out"
        call("harden", demo, "-o", out)
        if not design:
            (out / "batten.yaml").unlink()
        before = snapshot(out)
        result = call("harden", out, "--check")
        assert (result.code, result.out) == (0, "shop: nothing to do, everything of the design that is accepted is in place.\n")
        assert call("harden", out, "--in-place").code == 0
        assert call("harden", out, "--diff").out == ""
        assert snapshot(out) == before

    def test_leaves_nothing_high_that_has_no_reason(self, demo: Path) -> None:
        out = demo.parent / "out"
        call("harden", demo, "-o", out)
        review = call("review", out, "--format", "json")
        assert review.code == 0
        kept = [finding for finding in review.json["projects"][0]["findings"] if finding["suppressed"]]
        assert {finding["severity"] for finding in kept} == {"high"}
        assert all(finding["suppressed"]["reason"] for finding in kept)


class TestInPlace:
    def test_changes_the_files_and_keeps_the_old_ones(self, demo: Path) -> None:
        old = snapshot(demo)
        result = call("harden", demo, "--in-place")
        assert result.code == 0
        (backup,) = (demo / ".batten/backups").iterdir()
        assert set(snapshot(backup)) == {"compose.yaml", "journal.json", "manifest.json"}
        assert (backup / "compose.yaml").read_bytes() == old["compose.yaml"]
        assert str(backup.name) in result.out
        assert {mode(demo / ".batten"), mode(backup)} == {0o700}
        assert ".batten/" in (demo / ".gitignore").read_text()
        assert not (demo / "README.md").exists()
        assert (demo / ".env").read_bytes() == old[".env"]

    def test_is_undone_by_copying_the_backup_back(self, demo: Path) -> None:
        old = snapshot(demo)
        call("harden", demo, "--in-place")
        (backup,) = (demo / ".batten/backups").iterdir()
        shutil.copytree(backup, demo, dirs_exist_ok=True)
        assert {name: snapshot(demo)[name] for name in OLD} == {name: old[name] for name in OLD}

    @pytest.mark.parametrize("design", [True, False], ids=["with its design", "without its design"])
    def test_runs_twice_without_changing_anything(self, demo: Path, design: bool) -> None:
        call("harden", demo, "--in-place")
        if not design:
            (demo / "batten.yaml").unlink()
        before = snapshot(demo)
        assert call("harden", demo, "--check").code == 0
        assert call("harden", demo, "--in-place").code == 0
        assert snapshot(demo) == before

    def test_keeps_what_the_ignore_files_say(self, demo: Path) -> None:
        write(demo, "*.log\n.env\n", ".gitignore")
        call("harden", demo, "--in-place")
        lines = (demo / ".gitignore").read_text().splitlines()
        assert lines[:2] == ["*.log", ".env"]
        assert lines.count(".env") == 1
        assert "secrets/" in lines

    def test_says_what_an_image_no_longer_gets(self, tmp_path: Path) -> None:
        write(tmp_path, "services:\n  web:\n    build: .\n    ports: ['80:80']\n")
        assert "no longer get .env and secrets/" in call("harden", tmp_path, "--in-place").out

    def test_leaves_a_compose_file_that_is_a_link_a_link(self, demo: Path) -> None:
        (demo / "compose.yaml").rename(demo / "real.yaml")
        (demo / "compose.yaml").symlink_to("real.yaml")
        assert call("harden", demo, "--in-place").code == 0
        assert (demo / "compose.yaml").is_symlink()
        assert "secrets:" in (demo / "real.yaml").read_text()

    def test_shows_a_private_file_to_nobody(self, tmp_path: Path) -> None:
        write(tmp_path, SECRETS).chmod(0o600)
        assert call("harden", tmp_path, "--in-place").code == 0
        assert mode(tmp_path / "compose.yaml") == 0o600


class TestADiff:
    def test_is_data_and_changes_nothing(self, demo: Path) -> None:
        before = snapshot(demo)
        result = call("harden", demo, "--diff")
        assert result.code == 0
        assert result.out.startswith("--- ")
        assert snapshot(demo) == before

    def test_leaves_what_is_not_in_it_to_standard_error(self, demo: Path) -> None:
        result = call("harden", demo, "--diff", "--accept", "safe")
        assert "+    security_opt:" in result.out
        assert "127.0.0.1:5432" not in result.out
        assert "Not done, because it was not accepted" in result.err
        assert "--accept check" in result.err


class TestRisk:
    def test_that_is_not_accepted_is_listed_and_not_done(self, demo: Path) -> None:
        result = call("harden", demo, "--accept", "safe", "--in-place")
        assert result.code == 0
        assert "Not done, because it was not accepted" in result.out
        data = yaml.safe_load((demo / "compose.yaml").read_text())
        assert data["services"]["db"]["ports"] == ["5432:5432"]
        assert "POSTGRES_PASSWORD_FILE=/run/secrets/db_password" in data["services"]["db"]["environment"]


class TestADesign:
    def test_that_is_named_is_what_is_done(self, tmp_path: Path) -> None:
        compose = write(tmp_path, "services:\n  web:\n    image: nginx\n    ports: ['8080:80']\n")
        design = write(tmp_path, WISHES, "wishes.yaml")
        assert call("harden", tmp_path, "--design", design, "--in-place").code == 0
        assert compose.read_text() == "services:\n  web:\n    image: nginx\n    ports: ['127.0.0.1:8080:80']\n"

    def test_that_is_saved_is_kept_in_its_own_words(self, tmp_path: Path) -> None:
        write(tmp_path, "services:\n  web:\n    image: nginx\n    ports: ['8080:80']\n")
        saved = write(tmp_path, "# mine\n" + WISHES, "batten.yaml")
        assert call("harden", tmp_path, "--in-place").code == 0
        assert saved.read_text().startswith("# mine\n")
        assert call("harden", tmp_path, "--check").code == 0

    def test_has_the_engine_that_was_named(self, demo: Path) -> None:
        assert call("harden", demo, "-o", demo.parent / "out", "--engine", "27.1").code == 0
        assert yaml.safe_load((demo.parent / "out/batten.yaml").read_text())["target"]["engine"] == "27.1"
        assert call("harden", demo, "--engine", "new").code == 2


class TestWithoutAnythingToDoWithIt:
    def test_says_what_it_would_do(self, demo: Path) -> None:
        before = snapshot(demo)
        result = call("harden", demo)
        assert result.code == 0
        assert "changes to make." in result.out
        assert "Nothing was written" in result.err
        assert snapshot(demo) == before
