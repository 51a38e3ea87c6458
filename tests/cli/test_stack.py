"""``batten harden --target`` and its plan."""

from __future__ import annotations

from pathlib import Path

from tests.cli.calling import call, write

TEXT = """
services:
  db:
    image: postgres:16
    ports: ["5432:5432"]
    tmpfs: [/run]
    environment: {POSTGRES_PASSWORD: swordfish-9917}
"""


class TestTarget:
    def test_the_plan_says_what_a_swarm_does_not_honour(self, tmp_path: Path) -> None:
        write(tmp_path, TEXT)
        text = " ".join(call("harden", tmp_path, "--target", "stack").out.split())
        assert "Left out of the stack file on purpose ports (db (5432 → 5432/tcp, bound to 127.0.0.1))" in text
        assert "A swarm does not honour security_opt (db)" in text
        assert "swordfish" not in text

    def test_the_plan_as_data_has_every_loss_with_its_place(self, tmp_path: Path) -> None:
        write(tmp_path, TEXT)
        done = call("harden", tmp_path, "--target", "both", "--format", "json")
        losses = {loss["topic"]: loss for loss in done.json["stack"]["losses"]}
        assert done.json["schema_version"] == 1
        assert losses["ports.host_ip"]["path"] == ["services", "db", "ports", 0]
        assert (losses["tmpfs"]["fate"], losses["security_opt"]["fate"]) == ("moved", "lost")
        assert "swordfish" not in done.out

    def test_without_a_stack_nothing_is_said_of_one(self, tmp_path: Path) -> None:
        write(tmp_path, TEXT)
        assert call("harden", tmp_path, "--format", "json").json["stack"] is None
        assert "swarm" not in call("harden", tmp_path).out

    def test_a_service_that_a_swarm_cannot_run_is_named_and_nothing_is_written(self, tmp_path: Path) -> None:
        write(tmp_path / "in", "services: {vpn: {image: a}, app: {image: b, network_mode: 'service:vpn'}}")
        done = call("harden", tmp_path / "in", "--target", "both", "-o", tmp_path / "out")
        assert (done.code, done.out) == (2, "")
        assert "a swarm cannot run 'app' (network_mode: service:vpn)" in done.err
        assert not (tmp_path / "out").exists()

    def test_the_engine_decides_which_keys_are_written(self, tmp_path: Path) -> None:
        write(tmp_path / "in", "services: {a: {image: b, oom_score_adj: 5}}")
        for engine, written in (("20.10", False), ("28.5", True)):
            done = call("harden", tmp_path / "in", "--target", "stack", "--engine", engine, "-o", tmp_path / engine)
            assert done.code == 0, done.err
            assert ("oom_score_adj: 5" in (tmp_path / engine / "stack.yaml").read_text()) is written

    def test_the_difference_is_that_of_the_stack_file(self, tmp_path: Path) -> None:
        write(tmp_path, TEXT)
        done = call("harden", tmp_path, "--target", "stack", "--diff")
        assert done.out.startswith("--- /dev/null\n")
        assert "+    image: postgres:16\n" in done.out
        assert "compose.yaml" not in done.out
        assert "Left out of the stack file" in done.err
        assert call("harden", tmp_path, "--target", "stack", "--in-place").code == 0
        assert call("harden", tmp_path, "--target", "stack", "--diff").out == ""
