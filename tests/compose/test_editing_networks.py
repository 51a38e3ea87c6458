"""Networks made internal, in every form in which people write them."""

from __future__ import annotations

from pathlib import Path

from tests.compose.edited import block, lines_changed, placed, refusals
from tests.support import project_of


class TestNetworks:
    def test_made_internal_in_every_form(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                networks: [one, two, three, four]
              b:
                image: b
            networks:
              one: # 1
              two: {}
              three: {driver: bridge}
              four:
                driver: bridge # b
                internal: false # f
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {}, ["one", "two", "three", "four"])) == [
            "-  two: {}",
            "+    internal: true",
            "+  two: {internal: true}",
            "-  three: {driver: bridge}",
            "+  three: {driver: bridge, internal: true}",
            "-    internal: false # f",
            "+    internal: true # f",
        ]

    def test_an_alias_where_both_take_it(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                networks: [one, two]
              b:
                image: b
            networks:
              one: &o
                driver: bridge
              two: *o
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {}, ["one", "two"])) == [
            "+    internal: true",
        ]

    def test_an_alias_where_one_takes_it(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
                networks: [one, two]
              b:
                image: b
            networks:
              one: &o
                driver: bridge
              two: *o
        """),
            tmp_path,
        )
        assert set(refusals(project, placed(project, {}, ["one"]))) == {"the networks one and two are written in the same place"}

    def test_the_default_network_that_nobody_wrote_down(self, tmp_path: Path) -> None:
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
        assert lines_changed(project, placed(project, {}, ["default"])) == [
            "+",
            "+networks:",
            "+  default:",
            "+    internal: true",
        ]

    def test_the_default_network_that_has_options(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              a:
                image: a
              b:
                image: b
            networks:
              default:
                name: mine # old name
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {}, ["default"])) == [
            "+    internal: true",
        ]
