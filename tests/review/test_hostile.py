"""Values that nobody means: a review judges them or passes over them, and never fails on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.errors import InputError
from batten.review.finding import Finding
from batten.review.runner import review
from tests.support import project_of

ODD = (
    'command: ["", "-", "--", "=", "-p", "-H"]',
    'command: ["\'unbalanced", "tcp://", "--host=", "--insecure-registry"]',
    'entrypoint: "sh -c \'x"',
    "healthcheck: {test: []}",
    'healthcheck: {test: ["NONE", ""]}',
    'devices: ["/dev/../../dev/./mem"]',
    'device_cgroup_rules: ["", "z", "b x:y r"]',
    'tmpfs: ["", ":", "/x:"]',
    'security_opt: ["", ":", "seccomp=", "seccomp={}", "="]',
    "ulimits: {nproc: {soft: 1, hard: 2}}",
    "logging: {}",
    "sysctls: {a: b}",
    'volumes_from: [":"]',
    'volumes: ["/", "/../..:/x", "//:/y"]',
    'labels: {"": "", "a": "a b c password=x y"}',
    'environment: {"DOCKER_HOST": "tcp://[::1", A: "://@", B: "sslmode=disable", C: "host=:"}',
    'user: ":"',
    'network_mode: "container:"',
    'pid: "service:"',
    'ports: ["0", "65535"]',
    "build: {context: .}",
    "deploy: {labels: {}}",
    'image: "x/y:::"',
    'image: "@"',
    'image: "[::]:5000/x"',
)


def reviewed(text: str, tmp_path: Path) -> tuple[Finding, ...] | None:
    """The findings, or None where the project is refused before it comes to a review."""
    try:
        project = project_of(text, tmp_path)
    except InputError:
        return None
    return review(project)


@pytest.mark.parametrize("line", ODD)
def test_odd_values_of_a_service_are_no_accident(line: str, tmp_path: Path) -> None:
    image = "" if line.startswith("image") else "    image: x\n"
    findings = reviewed(f"services:\n  a:\n{image}    {line}\n", tmp_path)
    assert findings is None or all(finding.title and finding.message for finding in findings)


def test_most_of_them_come_as_far_as_a_review(tmp_path: Path) -> None:
    texts = [f"services:\n  a:\n    {line}\n" + ("" if line.startswith("image") else "    image: x\n") for line in ODD]
    assert sum(reviewed(text, tmp_path) is not None for text in texts) > len(ODD) * 0.6


@pytest.mark.parametrize(
    "section",
    ["secrets: {s: {}}", 'configs: {c: {content: ""}}', "networks: {n: null}", "networks: {o: {driver: overlay, driver_opts: {}}}", "volumes: {v: null}"],
)
def test_empty_definitions_are_no_accident(section: str, tmp_path: Path) -> None:
    findings = reviewed(f"services: {{a: {{image: x}}}}\n{section}\n", tmp_path)
    assert findings is None or all(finding.title for finding in findings)
