"""Published ports in the long form, and ports that several services share."""

from __future__ import annotations

from pathlib import Path

from tests.compose.edited import block, bound, lines_changed, refusals
from tests.support import project_of


class TestLongForm:
    def test_a_new_address(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - target: 80
                    published: 8080 # public
                    protocol: tcp
                  - {target: 81, published: "8081"}
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("web", "127.0.0.1", 0, 1)) == [
            "+        host_ip: 127.0.0.1",
            '-      - {target: 81, published: "8081"}',
            '+      - {target: 81, published: "8081", host_ip: 127.0.0.1}',
        ]

    def test_another_address(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - mode: host
                    host_ip: 0.0.0.0 # all
                    target: 82
                    published: 82-84
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("web", "127.0.0.1")) == [
            "-        host_ip: 0.0.0.0 # all",
            "+        host_ip: 127.0.0.1 # all",
        ]

    def test_no_address(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - target: 81
                    host_ip: 127.0.0.1 # here
                    published: "81"
                  - {target: 82, host_ip: 127.0.0.1}
                  - {host_ip: 127.0.0.1, target: 83}
                  - host_ip: 127.0.0.1
                    target: 84
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("web", "", 0, 1, 2, 3)) == [
            "-        host_ip: 127.0.0.1 # here",
            "+        # here",
            "+      - {target: 82}",
            "+      - {target: 83}",
            "-      - {target: 82, host_ip: 127.0.0.1}",
            "-      - {host_ip: 127.0.0.1, target: 83}",
            "-      - host_ip: 127.0.0.1",
            "-        target: 84",
            "+      - target: 84",
        ]


class TestSharedPlaces:
    def test_both_services_take_it(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            x-p: &p
              - 80:80
            services:
              a:
                image: nginx
                ports: *p
              b:
                image: nginx
                ports: *p
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("a", "127.0.0.1") + bound("b", "127.0.0.1")) == [
            "-  - 80:80",
            "+  - 127.0.0.1:80:80",
        ]

    def test_one_of_them_takes_it(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            x-p: &p
              - 80:80
            services:
              a:
                image: nginx
                ports: *p
              b:
                image: nginx
                ports: *p
        """),
            tmp_path,
        )
        assert set(refusals(project, bound("a", "127.0.0.1"))) == {"a port of b is written in the same place and would not take the same address"}

    def test_an_item_with_an_anchor_keeps_it(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - &p "80:80"
              b:
                image: nginx
                ports:
                  - *p
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("web", "127.0.0.1") + bound("b", "127.0.0.1")) == [
            '-      - &p "80:80"',
            '+      - &p "127.0.0.1:80:80"',
        ]
