"""The files beside the compose files, each kind by itself."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from batten.design import file
from batten.design.proposal import propose
from batten.errors import BattenError, WriteError
from batten.hardening import Hardening, harden
from batten.knowledge import images
from batten.review.finding import Ignore
from generators import design, generate, ignores, markdown, readme, secrets
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
  db:
    image: postgres:16
    ports: ["5432:5432"]
    environment:
      POSTGRES_PASSWORD: "swordfish 9917\\n"
"""


def hardened(tmp_path: Path, text: str = SHOP, **files: str) -> Hardening:
    """A project, hardened into a folder of its own."""
    project = project_of(text, tmp_path, **files)
    return harden(project, propose(project), into=tmp_path / "out")


class TestSecrets:
    def test_are_written_as_they_are(self, tmp_path: Path) -> None:
        (made,) = secrets.files(hardened(tmp_path))
        assert made.content == b"swordfish 9917\n"
        assert (made.mode, made.sensitive, made.path.split("/")[0]) == (0o444, True, "secrets")

    def test_are_not_in_the_description_of_their_files(self, tmp_path: Path) -> None:
        assert "swordfish" not in repr(list(secrets.files(hardened(tmp_path))))

    def test_are_one_file_where_several_services_share_them(self, tmp_path: Path) -> None:
        text = SHOP + '  admin:\n    image: directus/directus:11.1\n    environment: {DB_PASSWORD: "swordfish 9917\\n"}\n'
        hardening = hardened(tmp_path, text)
        assert len(list(secrets.files(hardening))) == 1
        assert sum(change.path[0] == "secrets" for change in hardening.changes) > 0

    @pytest.mark.parametrize(("reader", "mode"), [("", 0o444), ("root", 0o444), ("uid 999", 0o444), ("owner only (mode 0400)", 0o400)])
    def test_are_for_the_owner_alone_only_where_the_image_insists(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str, mode: int) -> None:
        hardening = hardened(tmp_path)
        facts = images.image_facts("postgres:16")
        assert facts is not None
        monkeypatch.setattr(secrets, "image_facts", lambda image: facts._replace(reader=reader))
        assert [made.mode for made in secrets.files(hardening)] == [mode]

    def test_whose_value_nobody_knows_are_an_error(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        with pytest.raises(BattenError, match="the value of the secret"):
            list(secrets.files(replace(hardening, design=replace(hardening.design, secrets=()))))


class TestIgnoreFiles:
    def test_keep_out_what_holds_secrets(self, tmp_path: Path) -> None:
        made = {one.path: one.content.decode().splitlines() for one in ignores.files(hardened(tmp_path))}
        assert set(made) == {".gitignore", ".dockerignore"}
        for lines in made.values():
            assert {"secrets/", "tls/", "mtls/", ".env", ".batten/"} <= set(lines)

    def test_keep_what_is_there_already(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        (tmp_path / "out").mkdir()
        (tmp_path / "out/.gitignore").write_bytes(b"*.log\r\n/secrets\r\n")
        made = {one.path: one.content for one in ignores.files(hardening)}
        assert made[".gitignore"].startswith(b"*.log\r\n/secrets\r\n\r\n") or made[".gitignore"].startswith(b"*.log\r\n/secrets\r\n")
        assert made[".gitignore"].count(b"secrets") == 2  # once in the heading
        assert b"\n" not in made[".gitignore"].replace(b"\r\n", b"")

    def test_refuse_what_they_cannot_read(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        (tmp_path / "out").mkdir()
        (tmp_path / "out/.gitignore").write_bytes(b"caf\xe9\n")
        with pytest.raises(WriteError, match="cannot be read"):
            list(ignores.files(hardening))

    @pytest.mark.parametrize("text", ["", "a\n", "a", "secrets\n", "!secrets/\n", "secrets/\n!secrets/\n", "**/secrets/\n.env\n", "a\r\nb\r\n"])
    def test_are_completed_once(self, text: str) -> None:
        once = ignores.completed(text)
        assert ignores.completed(once) == once
        assert once.startswith(text.rstrip("\r\n"))

    @pytest.mark.parametrize("text", ["", "!secrets/\n!.env\n", "secrets/\n!secrets/\n", "*.log\n"])
    def test_are_understood_by_git(self, tmp_path: Path, text: str) -> None:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
        (tmp_path / ".gitignore").write_text(ignores.completed(text))
        for name in ("secrets/db_password", ".env", ".batten/backups/1/compose.yaml", "tls/key.pem", "mtls/ca.pem"):
            run = subprocess.run(["git", "-C", str(tmp_path), "check-ignore", "-q", name], check=False)
            assert run.returncode == 0, name


class TestABuildContext:
    TEXT = SHOP + "  worker:\n    build: {context}\n"

    def hardened(self, tmp_path: Path, context: str, into: Path | None) -> Hardening:
        """A project that builds an image, hardened."""
        project = project_of(self.TEXT.replace("{context}", context), tmp_path)
        return harden(project, propose(project), into=into)

    def test_that_is_the_folder_itself_has_our_ignore_file(self, tmp_path: Path) -> None:
        hardening = self.hardened(tmp_path, ".", None)
        assert ignores.open_contexts(hardening) == ()
        assert ignores.builds_here(hardening)
        (tmp_path / "shop/Dockerfile.dockerignore").write_text("")
        assert ignores.open_contexts(hardening) == (str(tmp_path / "shop"),)

    def test_around_the_new_folder_is_told(self, tmp_path: Path) -> None:
        hardening = self.hardened(tmp_path, ".", tmp_path / "shop/out")
        assert ignores.open_contexts(hardening) == (str(tmp_path / "shop"),)
        (made,) = readme.files(hardening)
        assert f"Images are built from `{tmp_path}/shop`, and this folder lies in it" in made.content.decode()

    @pytest.mark.parametrize("context", ["./worker", "https://git.example/a.git"])
    def test_elsewhere_is_none_of_our_business(self, tmp_path: Path, context: str) -> None:
        assert ignores.open_contexts(self.hardened(tmp_path, context, None)) == ()

    def test_in_the_original_is_still_used(self, tmp_path: Path) -> None:
        (made,) = readme.files(self.hardened(tmp_path, "./worker", tmp_path / "out"))
        assert f"It still uses files of `{tmp_path}/shop`" in made.content.decode()


class TestTheDesign:
    def test_is_what_was_applied(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        kept = replace(hardening, design=replace(hardening.design, keeps=(Ignore("flat-network", None, "it is a test"),)))
        (made,) = design.files(kept)
        assert file.load(made.content.decode()).keeps[0].reason == "it is a test"

    def test_is_left_alone_where_it_says_the_same(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        (made,) = design.files(hardening)
        (tmp_path / "out").mkdir()
        (tmp_path / "out/batten.yaml").write_text("# in my own words\n" + made.content.decode())
        assert list(design.files(hardening)) == []
        (tmp_path / "out/batten.yaml").write_text("nonsense: [\n")
        assert len(list(design.files(hardening))) == 1


class TestTheReadme:
    def page(self, hardening: Hardening) -> str:
        """Its text."""
        (made,) = readme.files(hardening)
        return made.content.decode()

    def test_tells_what_was_done_and_what_comes_next(self, tmp_path: Path) -> None:
        text = self.page(hardened(tmp_path))
        for words in (
            "docker compose up -d",
            "batten review",
            "Port 5432 of db",
            "## What could stop working",
            "## Secrets",
            "`ROTATE-SECRETS.md` lists them",
            "## Undo it",
        ):
            assert words in text
        assert f"docker compose -p shop -f {tmp_path}/shop/compose.yaml up -d --remove-orphans" in text
        assert "swordfish" not in text

    def test_names_the_services_that_could_notice(self, tmp_path: Path) -> None:
        text = self.page(hardened(tmp_path))
        assert "- **Networks** (`web`, `api`, `db`): " in text
        assert "- **Published ports** (`db.5432/tcp`): " in text

    def test_is_not_written_in_place(self, tmp_path: Path) -> None:
        project = project_of(SHOP, tmp_path)
        assert list(readme.files(harden(project, propose(project)))) == []

    def test_leaves_out_what_there_is_nothing_to_say_about(self, tmp_path: Path) -> None:
        text = self.page(hardened(tmp_path, "services:\n  web:\n    image: nginx:1.27\n"))
        assert "## Secrets" not in text
        assert "It still uses files" not in text
        assert "## What was not accepted" not in text
        assert "## What could not be written" not in text

    def test_has_no_more_than_one_blank_line_in_a_row(self, tmp_path: Path) -> None:
        for text in (self.page(hardened(tmp_path)), self.page(replace(hardened(tmp_path), changes=()))):
            assert "\n\n\n" not in text
            assert text.endswith("\n")

    def test_quotes_folders_that_a_shell_would_read(self, tmp_path: Path) -> None:
        folder = tmp_path / "a b; rm -rf $HOME"
        folder.mkdir()
        assert f"cd '{folder}/shop'" in self.page(hardened(folder))

    @pytest.mark.parametrize(
        ("text", "shown"),
        [("<script>", "\\<script\\>"), ("[a](b)", "\\[a\\](b)"), ("a\nb", "a�b"), ("`x`", "\\`x\\`"), ("# a", "\\# a")],
    )
    def test_takes_no_markup_from_strangers(self, text: str, shown: str) -> None:
        assert markdown.prose(text) == shown

    def test_sets_names_as_code_that_cannot_be_left(self) -> None:
        assert markdown.code("a`b\nc") == "`a'b�c`"

    def test_starts_a_stack_as_a_stack(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        stack = replace(hardening, design=replace(hardening.design, target=hardening.design.target._replace(kind="stack")))
        assert "docker stack deploy -c compose.yaml shop" in self.page(stack)
        assert "docker compose" not in self.page(stack)


class TestAllOfThem:
    def test_go_to_different_places(self, tmp_path: Path) -> None:
        made = generate(hardened(tmp_path))
        assert len({one.path for one in made}) == len(made)
        assert all(one.purpose for one in made)

    def test_touch_nothing(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        before = sorted(tmp_path.rglob("*"))
        generate(hardening)
        assert sorted(tmp_path.rglob("*")) == before
