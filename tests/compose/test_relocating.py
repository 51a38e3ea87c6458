"""A project that runs from another folder names the same files as before, whatever way they were written."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.compose import load_project
from batten.compose.rewriting import Rewritten
from batten.model import Project
from tests.compose.edited import block, written
from tests.compose.relocated import lines_moved, moved_to
from tests.support import project_of


def moved_to_without_reference(project: Project) -> Rewritten:
    """Moved, proved by our own reader alone: the reference prints more of what is watched than was written."""
    return written(project, [], project.directory.parent / "out")


class TestBuilds:
    def test_contexts_move_and_urls_stay(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                build: .
              b:
                build: ./b # here
              c:
                build: "../c"
              d:
                build: https://example.org/x.git
              e:
                build: /absolute
              f:
                build: ~/home
        """),
            tmp_path,
        )
        assert lines_moved(project, moved_to(project, "../out")) == ["build: ../shop", "build: ../shop/b # here"]

    def test_the_long_form_with_additional_contexts(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                build:
                  context: app
                  dockerfile: Dockerfile.dev
                  additional_contexts:
                    one: ./one
                    two: docker-image://alpine
              b:
                build:
                  context: .
                  additional_contexts:
                    - one=./one
                    - three=https://example.org/x.git
        """),
            tmp_path,
        )
        assert lines_moved(project, moved_to(project, "../out")) == ["context: ../shop/app", "one: ../shop/one", "context: ../shop", "- one=../shop/one"]


class TestMounts:
    def test_the_short_form(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                volumes:
                  - ./data:/data
                  - ".:/src:ro"
                  - ../up:/up
                  - data:/named
                  - /absolute:/absolute
                  - ~/home:/home
                  - ./one file:/file # here
                  - /anonymous
                  - ${D:-./dd}:/dd
                  - $E/x:/ee
                  - './q''s:/q'
            volumes:
              data:
        """),
            tmp_path,
            _dot_env="E=./ee\n",
        )
        assert lines_moved(project, moved_to(project, "../out")) == [
            "- ../shop/data:/data",
            '- "../shop:/src:ro"',
            "- ../shop/one file:/file # here",
            '- "../shop/${D:-./dd}:/dd"',
            "- ../shop/$E/x:/ee",
            "- '../shop/q''s:/q'",
        ]

    def test_the_long_form_and_volumes_that_are_folders(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                volumes:
                  - type: bind
                    source: ./data
                    target: /d
                  - {type: volume, source: v, target: /v}
                  - {type: bind, source: "./$$odd", target: /w}
            volumes:
              v:
                driver: local
                driver_opts: {type: none, o: bind, device: ./dev}
              n:
                driver_opts:
                  type: nfs
                  device: ":/export"
        """),
            tmp_path,
        )
        assert lines_moved(project, moved_to(project, "../out")) == [
            "source: ../shop/data",
            '- {type: bind, source: "../shop/$$odd", target: /w}',
            "driver_opts: {type: none, o: bind, device: ../shop/dev}",
        ]

    def test_shared_places_move_once(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            x-v: &v [./d:/d]
            x-one: &one ./e:/e
            services:
              a:
                image: a
                volumes: *v
              b:
                image: b
                volumes: *v
                build: &b ./x
              c:
                build: *b
                volumes: [*one]
        """),
            tmp_path,
        )
        assert lines_moved(project, moved_to(project, "../out")) == ["x-v: &v [../shop/d:/d]", "x-one: &one ../shop/e:/e", "build: &b ../shop/x"]


class TestOtherFiles:
    def test_env_files_in_every_form(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                env_file: a.env
              b:
                image: b
                env_file: [a.env, ./sub/b.env]
              c:
                image: c
                env_file:
                  - path: ../c.env
                    required: false
                  - {path: a.env, format: raw}
        """),
            tmp_path,
            a_dot_env="A=1\n",
            sub__b_dot_env="B=1\n",
        )
        assert lines_moved(project, moved_to(project, "../out")) == [
            "env_file: ../shop/a.env",
            "env_file: [../shop/a.env, ../shop/sub/b.env]",
            "- {path: ../shop/a.env, format: raw}",
        ]

    def test_secrets_configs_label_files_and_watched_folders(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                build: .
                label_file: [l.labels]
                configs: [c]
                secrets: [s]
                develop:
                  watch:
                    - path: ./src
                      action: rebuild
                      ignore: [node_modules/]
            configs:
              c: {file: ./c.conf}
            secrets:
              s:
                file: s.txt
        """),
            tmp_path,
            l_dot_labels="a=b\n",
            c_dot_conf="x",
            s_dot_txt="x",
        )
        assert [file.path for file in moved_to_without_reference(project).files] == ["compose.yaml"]
        assert lines_moved(project, moved_to_without_reference(project)) == [
            "build: ../shop",
            "label_file: [../shop/l.labels]",
            "- path: ../shop/src",
            "c: {file: ../shop/c.conf}",
            "file: ../shop/s.txt",
        ]


class TestWhereTheFolderIs:
    @pytest.mark.parametrize(
        ("folder", "lines"),
        [
            ("out", ["build: ../app", "volumes: [../d:/d, ../../e:/e]"]),
            ("..", ["build: ./shop/app", "volumes: [./shop/d:/d, ./e:/e]"]),
            ("deep/er", ["build: ../../app", "volumes: [../../d:/d, ../../../e:/e]"]),
            ("../../elsewhere", None),
        ],
    )
    def test_inside_above_and_beside_the_project(self, folder: str, lines: list[str] | None, tmp_path: Path) -> None:
        project = project_of("services:\n  a:\n    image: a\n    build: ./app\n    volumes: [./d:/d, ../e:/e]\n", tmp_path)
        made = lines_moved(project, moved_to(project, folder))
        assert made == lines or (lines is None and len(made) == 2)

    @pytest.mark.parametrize(
        "name", ["with space", "qu'ote", "dol$lar", "ünï", "br{ace", "ha#sh x", "back\\slash", 'x"y', "a,b", "[x]", "-", "100%", "!x", "&x"]
    )
    def test_odd_names_of_folders(self, name: str, tmp_path: Path) -> None:
        folder = tmp_path / name / "shop"
        folder.mkdir(parents=True)
        (folder / "x.env").write_text("A=1\n")
        (folder / "compose.yaml").write_text(
            block("""
            services:
              a:
                image: a
                build: ./app
                volumes:
                  - ./d:/d
                  - "./e:/e"
                  - './f:/f'
                  - {type: bind, source: ./g, target: /g}
                env_file: [./x.env]
        """)
        )
        project = load_project([folder / "compose.yaml"], environ={})
        assert len(lines_moved(project, moved_to(project, "../../out"))) == 6
