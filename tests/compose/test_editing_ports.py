"""Published ports bound to an address of the host, in every form in which people write ports."""

from __future__ import annotations

from pathlib import Path

from tests.compose.edited import block, bound, lines_changed, refusals
from tests.support import project_of


class TestShortForm:
    def test_a_plain_pair(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - 80:80
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("web", "127.0.0.1")) == [
            "-      - 80:80",
            "+      - 127.0.0.1:80:80",
        ]

    def test_a_quoted_range_with_a_protocol(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - "8080-8082:8080-8082/udp" # range
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("web", "127.0.0.1", 0, 1, 2)) == [
            '-      - "8080-8082:8080-8082/udp" # range',
            '+      - "127.0.0.1:8080-8082:8080-8082/udp" # range',
        ]

    def test_a_single_port_that_the_engine_places(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - "5000"
                  - 5001
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("web", "127.0.0.1", 0, 1)) == [
            '-      - "5000"',
            "-      - 5001",
            '+      - "127.0.0.1::5000"',
            "+      - 127.0.0.1::5001",
        ]

    def test_an_address_is_replaced(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - "0.0.0.0:99:99"
                  - '[::]:98:98'
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("web", "127.0.0.1", 0, 1)) == [
            '-      - "0.0.0.0:99:99"',
            '+      - "127.0.0.1:99:99"',
            "-      - '[::]:98:98'",
            "+      - '127.0.0.1:98:98'",
        ]

    def test_variables_stay(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - ${PORT:-7000}:7000 # theirs
                  - "${OTHER:-7001}:${OTHER:-7001}"
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("web", "127.0.0.1", 0, 1)) == [
            "-      - ${PORT:-7000}:7000 # theirs",
            "+      - 127.0.0.1:${PORT:-7000}:7000 # theirs",
            '-      - "${OTHER:-7001}:${OTHER:-7001}"',
            '+      - "127.0.0.1:${OTHER:-7001}:${OTHER:-7001}"',
        ]

    def test_an_address_from_a_variable_is_replaced(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - "${BIND:-0.0.0.0}:7001:7001"
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("web", "127.0.0.1")) == [
            '-      - "${BIND:-0.0.0.0}:7001:7001"',
            '+      - "127.0.0.1:7001:7001"',
        ]

    def test_an_address_hidden_in_a_variable_is_refused(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - "${BIND}7001:7001"
        """),
            tmp_path,
            _dot_env="BIND=0.0.0.0:\n",
        )
        assert set(refusals(project, bound("web", "127.0.0.1"))) == {"its address comes from a variable"}

    def test_a_port_that_is_all_a_variable(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - $PORTS
        """),
            tmp_path,
            _dot_env="PORTS=8080:80\n",
        )
        assert lines_changed(project, bound("web", "127.0.0.1")) == [
            "-      - $PORTS",
            "+      - 127.0.0.1:$PORTS",
        ]

    def test_a_flow_list(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports: [80:80, "90:90", 70]
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("web", "127.0.0.1", 0, 1, 2)) == [
            '-    ports: [80:80, "90:90", 70]',
            '+    ports: [127.0.0.1:80:80, "127.0.0.1:90:90", 127.0.0.1::70]',
        ]

    def test_an_address_of_version_6_is_put_in_brackets(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - 80:80
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("web", "::1")) == [
            "-      - 80:80",
            '+      - "[::1]:80:80"',
        ]

    def test_to_every_address(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - 127.0.0.1:80:80
                  - "[::1]:81:80"
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("web", "", 0, 1)) == [
            "-      - 127.0.0.1:80:80",
            "+      - 80:80",
            '-      - "[::1]:81:80"',
            '+      - "81:80"',
        ]

    def test_an_address_that_is_an_empty_variable_is_replaced(self, tmp_path: Path) -> None:
        project = project_of('services:\n  web:\n    image: nginx\n    ports: ["${BIND:-}:80:80"]\n', tmp_path)
        assert lines_changed(project, bound("web", "127.0.0.1")) == ['-    ports: ["${BIND:-}:80:80"]', '+    ports: ["127.0.0.1:80:80"]']

    def test_one_port_of_a_range_is_refused(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - 80-81:80-81
        """),
            tmp_path,
        )
        assert set(refusals(project, bound("web", "127.0.0.1"))) == {"a port of web is written in the same place and would not take the same address"}

    def test_a_block_of_text(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
                ports:
                  - >-
                    80:80
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("web", "127.0.0.1")) == [
            "+      - 127.0.0.1:80:80",
            "-      - >-",
            "-        80:80",
        ]
