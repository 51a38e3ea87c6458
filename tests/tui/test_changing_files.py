"""Files that somebody changes while the assistant is open: noticed, read again, decisions kept, what is new proposed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from batten.session import Session
from tests.tui.helping import WIDE, frame, press, settled, walk
from tui.app import BattenApp
from wizards.catching_up import caught_up

if TYPE_CHECKING:
    from textual.pilot import Pilot

NEWCOMER = """
  mailer:
    image: example.org/mailer:1
    environment: {QUEUE: "redis://cache:6379/0"}
    ports: ["8025:8025"]
"""


def added(demo: Path) -> None:
    """Put one more service into the demo's file."""
    text = (demo / "compose.yaml").read_text()
    (demo / "compose.yaml").write_text(text.replace("\nservices:\n", f"\nservices:\n{NEWCOMER}", 1))


class TestAChangedFile:
    def test_is_read_again_and_its_new_service_is_proposed_for(self, demo: Path) -> None:
        async def change(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "3", "greater_than_sign")
            decided = app.session.design.tiers["proxy"]
            added(demo)
            app.look_at_files()
            await settled(app, pilot)
            assert "compose.yaml changed on disk" in " ".join(frame(app).split())
            assert "New: mailer" in " ".join(frame(app).split())
            assert app.session.design.tiers["proxy"] == decided
            assert ("mailer", "cache") in {(one.source, one.target) for one in app.session.design.connections}
            assert app.picture.after is not None
            assert app.picture.after.reach.between("mailer", "cache") is not None
            assert not app.picture.after.reach.unmet
            await press(app, pilot, "u", "u")
            assert not app.session.past

        walk(demo, change, WIDE, notifications=True)

    def test_waits_while_a_box_is_open(self, demo: Path) -> None:
        async def change(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "7", "down", "enter")
            added(demo)
            app.look_at_files()
            await settled(app, pilot)
            assert "mailer" not in app.session.project.services
            await press(app, pilot, "escape")
            app.look_at_files()
            await settled(app, pilot)
            assert "mailer" in app.session.project.services

        walk(demo, change)

    def test_that_cannot_be_read_is_said_and_what_was_stays(self, demo: Path) -> None:
        async def change(app: BattenApp, pilot: Pilot[Any]) -> None:
            text = (demo / "compose.yaml").read_text()
            before = app.session
            (demo / "compose.yaml").write_text("services: [half\n")
            app.look_at_files()
            await settled(app, pilot)
            assert app.session is before
            assert "The files changed, and cannot be" in " ".join(frame(app).split())
            (demo / "compose.yaml").write_text(text.replace("redis:7-alpine", "redis:8-alpine"))
            app.look_at_files()
            await settled(app, pilot)
            assert app.session.project.services["cache"].image == "redis:8-alpine"

        walk(demo, change, notifications=True)

    def test_that_we_wrote_ourselves_is_no_news(self, demo: Path) -> None:
        async def export(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "0", "i", "i", "escape")
            after = app.session
            app.look_at_files()
            await settled(app, pilot)
            assert app.session is after

        walk(demo, export)

    def test_is_looked_at_by_itself(self, demo: Path) -> None:
        async def wait(app: BattenApp, pilot: Pilot[Any]) -> None:
            added(demo)
            for _ in range(40):
                await pilot.pause(0.1)
                if "mailer" in app.session.project.services:
                    return
            raise AssertionError("nobody noticed")

        walk(demo, wait)


class TestCatchingUp:
    def test_without_news_the_design_is_the_same(self, demo: Path) -> None:
        session = Session.open([demo / "compose.yaml"])
        assert caught_up(session.design, session.project, session.project) is session.design

    def test_equals_the_proposal_where_nothing_was_decided(self, demo: Path) -> None:
        before = Session.open([demo / "compose.yaml"])
        added(demo)
        now = Session.open([demo / "compose.yaml"])
        merged = caught_up(before.design, before.project, now.project)
        assert merged.networks == now.design.networks
        assert merged.tiers == now.design.tiers
        assert set(merged.connections) == set(now.design.connections)
        assert merged.privileges == now.design.privileges

    def test_networks_that_somebody_put_together_stay(self, demo: Path) -> None:
        from dataclasses import replace

        before = Session.open([demo / "compose.yaml"])
        name, network = next(iter(before.design.networks.networks.items()))
        networks = {**before.design.networks.networks, name: replace(network, services=network.services[1:])}
        mine = replace(before.design, networks=replace(before.design.networks, networks=networks))
        added(demo)
        now = Session.open([demo / "compose.yaml"])
        merged = caught_up(mine, before.project, now.project)
        assert merged.networks == mine.networks
        assert "mailer" in merged.tiers
