"""Files that are included or extended move along when they change, and go on naming what they named."""

from __future__ import annotations

from pathlib import Path

from tests.compose.edited import block, bound, dropped, moved
from tests.compose.relocated import lines_moved, moved_to
from tests.support import project_of

MAIN = "services:\n  a:\n    image: a\n"


class TestIncluded:
    def test_a_file_that_does_not_change_is_read_where_it_is(self, tmp_path: Path) -> None:
        project = project_of("include: [sub/compose.yaml]\n" + MAIN, tmp_path, sub__compose_dot_yaml="services:\n  b:\n    image: b\n    build: ./app\n")
        done = moved_to(project, "../out", dropped("a"))
        assert [file.path for file in done.files] == ["compose.yaml"]
        assert lines_moved(project, done) == ["include: [../shop/sub/compose.yaml]", "cap_drop:", "- NET_RAW"]

    def test_a_file_that_changes_is_still_read_from_its_folder(self, tmp_path: Path) -> None:
        project = project_of(
            "include:\n  - ./sub/compose.yaml # theirs\n" + MAIN,
            tmp_path,
            sub__compose_dot_yaml="services:\n  b:\n    image: b:${X}\n    build: ./app\n    volumes: [./x:/x]\n    env_file: b.env\n",
            sub__b_dot_env="A=1\n",
            sub___dot_env="X=1\n",
        )
        done = moved_to(project, "../out", dropped("b"))
        assert lines_moved(project, done) == ['- {path: "./sub-compose.yaml", project_directory: "../shop/sub"} # theirs']
        assert lines_moved(project, done, "sub-compose.yaml") == ["cap_drop:", "- NET_RAW"]

    def test_the_long_form_with_variables_of_its_own(self, tmp_path: Path) -> None:
        project = project_of(
            "include:\n  - path: sub/compose.yaml\n    env_file: sub/x.env\n" + MAIN,
            tmp_path,
            sub__compose_dot_yaml='services:\n  b:\n    image: b:${TAG}\n    volumes: ["./${PLACE}:/x"]\n',
            sub__x_dot_env="TAG=3\nPLACE=data\n",
        )
        done = moved_to(project, "../out", dropped("b"))
        assert lines_moved(project, done) == ["- path: ./sub-compose.yaml", "env_file: ../shop/sub/x.env", 'project_directory: "../shop/sub"']

    def test_several_files_in_the_projects_own_folder(self, tmp_path: Path) -> None:
        project = project_of(
            "include:\n  - path: [sub/compose.yaml, sub/over.yaml]\n    project_directory: .\n" + MAIN,
            tmp_path,
            sub__compose_dot_yaml="services:\n  b:\n    image: b\n    build: ./sub\n",
            sub__over_dot_yaml="services:\n  b:\n    restart: always\n",
        )
        done = moved_to(project, "../out", dropped("b"))
        assert lines_moved(project, done) == ["- path: [../shop/sub/compose.yaml, ./sub-over.yaml]", "project_directory: ../shop"]
        assert lines_moved(project, done, "sub-over.yaml") == ["cap_drop:", "- NET_RAW"]

    def test_a_file_of_the_projects_own_folder_moves_with_its_paths(self, tmp_path: Path) -> None:
        project = project_of("include: [more.yaml]\n" + MAIN, tmp_path, more_dot_yaml="services:\n  b:\n    image: b\n    build: ./b\n")
        done = moved_to(project, "../out", dropped("b"))
        assert lines_moved(project, done) == ["include: [./more.yaml]"] or lines_moved(project, done) == []
        assert lines_moved(project, done, "more.yaml") == ["build: ../shop/b", "cap_drop:", "- NET_RAW"]

    def test_a_file_that_an_included_one_includes(self, tmp_path: Path) -> None:
        project = project_of(
            "include: [sub/compose.yaml]\n" + MAIN,
            tmp_path,
            sub__compose_dot_yaml="include: [../other/compose.yaml]\nservices:\n  b:\n    image: b\n    build: ./app\n",
            other__compose_dot_yaml="services:\n  c:\n    image: c\n    build: ./app\n",
        )
        done = moved_to(project, "../out", dropped("c"))
        assert lines_moved(project, done) == ['include: [{path: "./sub-compose.yaml", project_directory: "../shop/sub"}]']
        assert lines_moved(project, done, "sub-compose.yaml") == ['include: [{path: "../../out/other-compose.yaml", project_directory: "../other"}]']
        assert lines_moved(project, done, "other-compose.yaml") == ["cap_drop:", "- NET_RAW"]


class TestExtended:
    def test_the_file_moves_and_its_paths_with_it(self, tmp_path: Path) -> None:
        project = project_of(
            MAIN + "  b:\n    extends: {file: sub/base.yaml, service: base}\n",
            tmp_path,
            sub__base_dot_yaml=block("""
            services:
              base:
                image: b
                ports: ["80:80"]
                build: ./app
                extends: {file: more.yaml, service: more}
        """),
            sub__more_dot_yaml="services:\n  more:\n    volumes: [./m:/m]\n",
        )
        done = moved_to(project, "../out", bound("b", "127.0.0.1"))
        assert lines_moved(project, done) == ["extends: {file: ./sub-base.yaml, service: base}"]
        assert lines_moved(project, done, "sub-base.yaml") == [
            'ports: ["127.0.0.1:80:80"]',
            "build: ../shop/sub/app",
            "extends: {file: ../shop/sub/more.yaml, service: more}",
        ]

    def test_all_files_on_the_way_move(self, tmp_path: Path) -> None:
        project = project_of(
            MAIN + "  b:\n    extends: {file: sub/base.yaml, service: base}\n",
            tmp_path,
            sub__base_dot_yaml="services:\n  base:\n    image: b\n    extends: {file: more.yaml, service: more}\n",
            sub__more_dot_yaml='services:\n  more:\n    ports: ["80:80"]\n    volumes: [./m:/m]\n',
        )
        done = moved_to(project, "../out", bound("b", "127.0.0.1"))
        assert sorted(file.path for file in done.files) == ["compose.yaml", "sub-base.yaml", "sub-more.yaml"]
        assert lines_moved(project, done, "sub-more.yaml") == ['ports: ["127.0.0.1:80:80"]', "volumes: [../shop/sub/m:/m]"]

    def test_a_file_that_extends_itself(self, tmp_path: Path) -> None:
        project = project_of(MAIN + '    ports: ["80:80"]\n  b:\n    extends: {file: compose.yaml, service: a}\n', tmp_path)
        done = moved_to(project, "../out", bound("a", "127.0.0.1") + bound("b", "127.0.0.1"))
        assert lines_moved(project, done) == ['ports: ["127.0.0.1:80:80"]']


class TestEnvFiles:
    def test_one_that_changes_moves_along_and_is_private(self, tmp_path: Path) -> None:
        project = project_of(MAIN + "    env_file: ./sub/a.env\n", tmp_path, sub__a_dot_env="POSTGRES_PASSWORD=hunter22\n")
        done = moved_to(project, "../out", moved("a", "POSTGRES_PASSWORD", "pw"))
        assert {file.path: file.mode for file in done.files} == {"compose.yaml": 0o644, "sub/a.env": 0o600}
        assert "env_file: ./sub/a.env" in done.files[0].text

    def test_one_outside_the_project_gets_a_name_of_its_own(self, tmp_path: Path) -> None:
        (tmp_path / "a.env").write_text("POSTGRES_PASSWORD=hunter22\n")
        project = project_of(MAIN + "    env_file: ../a.env\n", tmp_path)
        done = moved_to(project, "../out", moved("a", "POSTGRES_PASSWORD", "pw"))
        assert [file.path for file in done.files] == ["compose.yaml", "a.env"]
        assert "env_file: ./a.env" in done.files[0].text

    def test_a_mount_of_one_that_moves_keeps_the_original(self, tmp_path: Path) -> None:
        project = project_of(
            MAIN + "    env_file: a.env\n    volumes: [./a.env:/app/.env]\n", tmp_path, a_dot_env="POSTGRES_PASSWORD=hunter22\n"
        )  # fmt: skip
        done = moved_to(project, "../out", moved("a", "POSTGRES_PASSWORD", "pw"))
        assert "volumes: [../shop/a.env:/app/.env]" in done.files[0].text

    def test_dot_env_goes_along_as_it_is(self, tmp_path: Path) -> None:
        project = project_of("services:\n  a:\n    image: a:${TAG}\n", tmp_path, _dot_env="TAG=3 # now\nOTHER=x\n")
        done = moved_to(project, "../out")
        assert [(file.path, file.mode) for file in done.files] == [("compose.yaml", 0o644), (".env", 0o600)]
        assert done.files[1].text == "TAG=3 # now\nOTHER=x\n"
