"""Complaints about others that cannot be reached, and the Changes to networks that are named for them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batten.engine.asking import Pair
from batten.engine.protocol import Condition, Membership
from batten.hardening import Hardening
from tests.live.complaining import explained, first, hardened, network_with, networks, seen, verified
from tests.live.fakes import composed


class TestANetwork:
    """Web was taken from the network on which it meets the database."""

    LINES = (
        'could not translate host name "db" to address: Name or service not known',
        "socket.gaierror: [Errno -2] Name or service not known",
        "dial tcp 172.20.0.9:5432: connect: no route to host",
    )

    def planted(self, tmp_path: Path, service: str = "web", *, alone: bool = False) -> Hardening:
        """The shop with a membership less."""
        name = network_with(hardened(tmp_path), "web", "worker", "db")
        return hardened(tmp_path, networks(of=name, without=service, alone=alone))

    @pytest.mark.parametrize("line", LINES)
    def test_that_a_service_is_missing_from_is_named(self, tmp_path: Path, line: str) -> None:
        now = seen(web=line)
        db = composed("shop", "db", networks=(Membership("shop_x", addresses=("172.20.0.9",)),))
        found = explained(self.planted(tmp_path), replace(now, containers={**now.containers, "db": [db]}))
        assert [one.change.id for one in found.suspects] == ["networks.web", "networks.db"]
        assert found.suspects[0].why == "web and db shared a network before, and share none now."

    def test_is_that_of_the_other_one_where_that_misses_everybody(self, tmp_path: Path) -> None:
        line = 'could not translate host name "db" to address: Name or service not known'
        assert first(explained(self.planted(tmp_path, "db", alone=True), seen(web=line, worker=line))) == "networks.db"

    def test_is_known_from_what_was_verified_alone(self, tmp_path: Path) -> None:
        hardening = self.planted(tmp_path)
        found = explained(hardening, seen(), found=verified(hardening))
        assert (first(found), found.suspects[0].line) == ("networks.web", "")
        assert found.suspects[0].says == "web can no longer reach db, which it needs (DB_HOST)."

    def test_that_both_are_on_is_not_blamed(self, tmp_path: Path) -> None:
        found = explained(hardened(tmp_path), seen(web=self.LINES[0]))
        assert (found.suspects, [one.service for one in found.unexplained]) == ((), ["web"])

    def test_says_nothing_where_the_other_service_is_down(self, tmp_path: Path) -> None:
        down = composed("shop", "db", state="restarting", condition=Condition(exit_code=1, restarts=3))
        now = seen(web="\n".join(self.LINES), db="out of luck")
        found = explained(hardened(tmp_path), replace(now, containers={**now.containers, "db": [down]}))
        assert [(one.service, one.says, one.line) for one in found.unexplained] == [
            ("db", "db is started again and again (exit code 1), and nothing that it printed shows why.", "out of luck")
        ]

    def test_says_nothing_of_what_is_over(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        pairs = (Pair("web", "db", ("5432/tcp",), ("5432/tcp",), True),)
        assert not explained(hardening, seen(web=self.LINES[0]), found=replace(verified(hardening), pairs=pairs))


class TestAnInternalNetwork:
    def planted(self, tmp_path: Path) -> tuple[Hardening, str]:
        """The network by which web alone gets out has no way out."""
        name = network_with(hardened(tmp_path), "web")
        return hardened(tmp_path, networks(internal=name)), name

    @pytest.mark.parametrize("line", ["getaddrinfo EAI_AGAIN smtp.harbour-mail.example", "connect ENETUNREACH 8.8.8.8:25", "Network is unreachable"])
    def test_is_named_where_a_service_cannot_get_out(self, tmp_path: Path, line: str) -> None:
        hardening, name = self.planted(tmp_path)
        found = explained(hardening, seen(web=f"Error: {line}"))
        assert first(found) == f"networks.{name}"
        assert found.suspects[0].why.endswith(f"{name} is internal, and nobody else is on it.")

    def test_is_known_from_what_was_verified_alone(self, tmp_path: Path) -> None:
        hardening, name = self.planted(tmp_path)
        found = explained(hardening, seen(), found=verified(hardening))
        assert (first(found), found.suspects[0].says) == (f"networks.{name}", "web can no longer reach the internet, which it needs (SMTP_HOST).")

    def test_is_not_blamed_where_another_way_is_open(self, tmp_path: Path) -> None:
        assert not explained(hardened(tmp_path), seen(web="getaddrinfo ENOTFOUND typo.harbour-mail.example")).suspects

    def test_that_is_a_services_only_one_is_named_for_published_ports_that_lead_nowhere(self, tmp_path: Path) -> None:
        text = """
services:
  web: {image: example.org/web:1, ports: ["8080:80"], environment: {API_HOST: api}}
  api: {image: example.org/api:1, environment: {DB_HOST: db}}
  db: {image: "postgres:16"}
"""
        name = network_with(hardened(tmp_path, text=text), "web", "api")
        hardening = hardened(tmp_path, networks(internal=name), text)
        (one, *_) = explained(hardening, seen(), found=verified(hardening)).suspects
        assert (one.change.id, one.weight) == (f"networks.{name}", 95)
        assert one.says.startswith("web publishes ports that lead nowhere")
