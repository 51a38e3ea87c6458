"""Services put on other networks, in every form in which people write memberships and networks."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.model import Action, Change
from tests.compose.edited import block, lines_changed, placed, refusals
from tests.support import project_of


def _network(name: str) -> Change:
    return Change(f"networks.{name}", ("networks", name), Action.SET, {}, decision="networks")


class TestMemberships:
    def test_where_nothing_is_said(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
              b:
                image: b
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {"a": ["edge", "data"], "b": ["data"]}, ["data"])) == [
            "+    networks:",
            "+      - edge",
            "+      - data",
            "+    networks:",
            "+      - data",
            "+",
            "+networks:",
            "+  edge:",
            "+  data:",
            "+    internal: true",
        ]

    @pytest.mark.parametrize("dash", ["      - ", "    - ", "      -   "])
    def test_in_a_list_that_has_to_hold_aliases(self, tmp_path: Path, dash: str) -> None:
        items = f"{dash}one # first\n{dash}two\n    # above\n{dash}'three'\n"
        text = f"services:\n  a:\n    image: a\n    networks:\n{items}    restart: always\nnetworks: {{one: , two: , three: }}\n"
        project = project_of(text, tmp_path)
        wanted = {"one": None, "three": None, "four": {"aliases": ["b"]}}
        change = Change("networks.a", ("services", "a", "networks"), Action.SET, wanted, decision="networks")
        pad = " " * len(dash)
        assert lines_changed(project, [change, _network("four")]) == [
            f"-{dash}one # first",
            f"+{pad}one: # first",
            f"-{dash}two",
            f"-{dash}'three'",
            f"+{pad}three:",
            f"+{pad}four:",
            f"+{pad}  aliases:",
            f"+{pad}    - b",
            "-networks: {one: , two: , three: }",
            "+networks: {one: , two: , three: , four: {}}",
        ]

    def test_in_a_list_with_comments(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                networks:
                  - one # first
                  # between
                  - two # second
                restart: always
              b:
                image: b
            networks:
              one:
              two: {}
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {"a": ["edge"]})) == [
            "-      - one # first",
            "+      - edge # first",
            "-      - two # second",
            "+      # second",
            "+  edge:",
        ]

    def test_more_in_a_list(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                networks:
                  - one # first
              b:
                image: b
            networks:
              one:
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {"a": ["one", "edge", "data"]})) == [
            "+      - edge",
            "+      - data",
            "+  edge:",
            "+  data:",
        ]

    def test_in_a_flow_list(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                networks: [one, two] # both
              b:
                image: b
            networks: {one: , two: {}}
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {"a": ["edge", "two"]})) == [
            "-    networks: [one, two] # both",
            "+    networks: [edge, two] # both",
            "-networks: {one: , two: {}}",
            "+networks: {one: , two: {}, edge: {}}",
        ]

    def test_an_empty_list(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                networks: []
              b:
                image: b
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {"a": ["data"]})) == [
            "-    networks: []",
            "+    networks: [data]",
            "+",
            "+networks:",
            "+  data:",
        ]

    def test_in_a_mapping_with_aliases(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                networks:
                  one:
                    aliases: [alpha] # known as
                  two: # second
              b:
                image: b
            networks:
              one:
              two: {}
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {"a": ["one", "data"]})) == [
            "-      two: # second",
            "+      data: # second",
            "+  data:",
        ]

    def test_options_of_a_network_that_is_left_do_not_stay(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                networks:
                  one: # first
                    aliases: # known as
                      - alpha # the first
                  two:
              b:
                image: b
            networks:
              one:
              two: {}
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {"a": ["data", "edge"]})) == [
            "-      one: # first",
            "+      # first",
            "-        aliases: # known as",
            "+      # known as",
            "-          - alpha # the first",
            "+      # the first",
            "-      two:",
            "+      data:",
            "+      edge:",
            "+  data:",
            "+  edge:",
        ]

    def test_more_in_a_mapping(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                networks:
                  one:
                    aliases: [alpha]
              b:
                image: b
            networks:
              one:
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {"a": ["one", "data"]})) == [
            "+      data:",
            "+  data:",
        ]

    def test_in_a_flow_mapping(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                networks: {one: {aliases: [alpha]}}
              b:
                image: b
            networks:
              one:
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {"a": ["one", "data"]})) == [
            "-    networks: {one: {aliases: [alpha]}}",
            "+    networks: {one: {aliases: [alpha]}, data: null}",
            "+  data:",
        ]

    def test_a_list_that_is_an_alias(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            x-n: &n [one]
            services:
              a:
                image: a
                networks: *n
              b:
                image: b
            networks:
              one:
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {"a": ["data"]})) == [
            "-    networks: *n",
            "+    networks: [data]",
            "+  data:",
        ]

    def test_a_list_that_is_merged(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            x-n: &n
              networks: [one]
            services:
              a:
                image: a
                <<: *n
              b:
                image: b
            networks:
              one:
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {"a": ["data"]})) == [
            "+    networks:",
            "+      - data",
            "+  data:",
        ]

    def test_a_mapping_with_a_merge_key_is_refused(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            x-n: &n
              one:
            services:
              a:
                image: a
                networks:
                  <<: *n
                  two:
              b:
                image: b
            networks:
              one:
              two:
        """),
            tmp_path,
        )
        assert set(refusals(project, placed(project, {"a": ["data"]}))) == {"its networks are merged from another place"}
