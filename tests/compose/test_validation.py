"""What the reference refuses is refused, with the place; what it accepts in odd forms is accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compose.reading import load, read, refused

VALID = {
    "ports": ["[80]", "['80']", "['127.0.0.1:80-81:80-81/udp']", "['[::1]:80:80']", "['80-82:80']", "[{target: 80, published: '80-82'}]", "[':80']"],
    "volumes": ["['a:/a']", "['/var/lib']", "['named:/x:nocopy,ro']", "[{type: tmpfs, target: /x, tmpfs: {size: 1m, mode: 0o1777}}]"],
    "mem_limit": ["64m", "1.5g", "-1", "'10 mb'", "1024", ".5g"],
    "stop_grace_period": ["1m30s", "'0'", "1.5h", "-5s", "1d"],
    "privileged": ["true", "'yes'", "'off'"],
    "cpus": ["0.5", "'1'", "2"],
    "command": ["[a, b]", "run it", "null", "[]"],
    "environment": ["{A: 1, B: true, C: null, D: 2024-01-02}", "[A=1, B]"],
    "networks": ["[default]", "{default: null}", "{default: {aliases: [a]}}"],
    "build": [".", "{context: ., args: [A=1]}", "{dockerfile_inline: FROM x}"],
    "healthcheck": ["{test: [CMD, x]}", "{test: x, interval: 10s, retries: '3'}", "{disable: true}"],
    "ulimits": ["{nofile: 1}", "{nofile: {soft: 1, hard: 2}}"],
    "x-anything": ["[1, {a: b}]"],
    "pull_policy": ["always", "every_5m"],
    "deploy": ["null", "{resources: {limits: {cpus: '1', memory: 1g}}}"],
    "devices": ["['/dev/a:/dev/b:r']", "[{source: /dev/a, target: /dev/b}]"],
    "gpus": ["all", "[{count: all, capabilities: [gpu]}]"],
}
INVALID = {
    "ports": [
        "80",
        "[a]",
        "['80:0']",
        "['0']",
        "['70000']",
        "['82-80']",
        "['80:80-81']",
        "['1.2.3:80:80']",
        "['80/foo']",
        "[{published: 80}]",
        "[{target: 80, x: y}]",
        "[1.5]",
    ],
    "volumes": [
        "'a:/a'",
        "['']",
        "['a:/a:']",
        "['/a:/b:c:d']",
        "['nowhere:/a']",
        "[{target: /a}]",
        "[{type: foo, target: /a}]",
        "[{type: bind, zzz: 1}]",
        "[5]",
    ],
    "mem_limit": ["64q", "''", "[1]", "true"],
    "stop_grace_period": ["often", "10", "''", "[10s]"],
    "privileged": ["maybe", "5", "'1'", "[true]"],
    "cpus": ["many", "'1_0'", "inf", "true"],
    "command": ["5", "{a: b}", "[1]", "'it''s'"],
    "environment": ["text", "[1]", "{A: [b]}", "{A: {b: c}}", "{'': b}", "['A = b']"],
    "networks": ["default", "[nowhere]", "[default, default]", "{default: {zzz: 1}}", "{default: text}"],
    "build": ["5", "[.]", "{contxt: .}", "{context: 5}", "{args: 5}", "{secrets: [none]}"],
    "healthcheck": ["[x]", "{test: [x]}", "{interval: often}", "{tset: x}", "{test: x, retries: -1}"],
    "ulimits": ["5", "{nofile: x}", "{nofile: {soft: 1}}", "{nofile: {soft: 1, hard: 2, zzz: 3}}"],
    "image": ["5", "null", "[x]", "2024-01-02", "true"],
    "pull_policy": ["sometimes"],
    "cap_add": ["ALL", "[5]", "{a: b}"],
    "security_opt": ["[a, a]"],
    "depends_on": ["[web]", "[nobody]", "[other, other]", "{other: {}}", "{other: {condition: soon}}", "5"],
    "links": ["[nobody]"],
    "deploy": ["[]", "{replicas: -1}", "{resources: {limits: {memory: 5}}}", "{update_config: {order: x}}", "{zzz: 1}"],
    "devices": ["['a:b:c:d']", "[{target: /x}]", "[5]"],
    "extra_hosts": ["[name]", "['=1']", "5"],
    "secrets": ["[none]", "[{target: x}]", "[{source: s, zzz: 1}]", "[{source: s, mode: rw}]"],
    "configs": ["[none]", "text"],
    "env_file": ["none.env", "[{required: false}]", "[{path: x, format: foo}]", "5"],
    "logging": ["text", "{options: [a]}", "{zzz: 1}"],
    "container_name": ["x", "''"],
    "imgae": ["x"],
    "network_mode": ["'service:nobody'"],
    "profiles": ["p", "[1]"],
    "gpus": ["some", "[{count: x}]"],
    "restart": ["5", "null"],
    "expose": ["80", "[{a: b}]"],
}
AROUND = "services:\n  other: {image: y}\n  web:\n    image: x\n%s\nvolumes: {named: {}}\nsecrets: {s: {file: ./s}}\n"


def service(key: str, value: str) -> str:
    text = AROUND if key != "image" else AROUND.replace("    image: x\n", "")
    return text % f"    {key}: {value}"


def cases(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(key, value) for key, values in table.items() for value in values]


class TestServices:
    @pytest.mark.parametrize(("key", "value"), cases(VALID))
    def test_odd_but_valid(self, key: str, value: str, tmp_path: Path) -> None:
        text = service(key, value).replace("volumes: {named: {}}", "volumes: {named: {}, a: {}}")
        if key == "build":
            text = text.replace("    image: x\n", "")
        assert "web" in load(tmp_path, {"compose.yaml": text}).services

    @pytest.mark.parametrize(("key", "value"), cases(INVALID))
    def test_invalid(self, key: str, value: str, tmp_path: Path) -> None:
        error = refused(tmp_path, {"compose.yaml": service(key, value)})
        assert error.span is not None
        assert error.span.line >= 3
        assert error.message.endswith(".")

    def test_a_mistyped_key_is_guessed(self, tmp_path: Path) -> None:
        error = refused(tmp_path, {"compose.yaml": service("imgae", "x")})
        assert error.hint == "Did you mean 'image'?"
        assert error.span is not None
        assert (error.span.line, error.span.column) == (5, 5)

    def test_an_error_never_shows_a_value_of_the_environment(self, tmp_path: Path) -> None:
        error = refused(tmp_path, {"compose.yaml": service("environment", "{PASSWORD: [hunter2]}")})
        assert "hunter2" not in str(error)


class TestTheFile:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("", 0),
            ("# nothing\n", 0),
            ("~\n", 1),
            ("text\n", 1),
            ("- a\n", 1),
            ("services:\n", 1),
            ("services: {}\n", 1),
            ("services: [a]\n", 1),
            ("services:\n  web:\n", 2),
            ("services:\n  web: text\n", 2),
            ("services:\n  'we b': {image: x}\n", 2),
            ("servces:\n  web: {image: x}\n", 1),
            ("services:\n  web: {image: x}\n  web: {image: y}\n", 3),
            ("services:\n  web: {image: x}\nservices: {}\n", 3),
            ("services:\n  web: {}\n", 2),
            ("services:\n  1: {image: x}\n", 2),
            ("services:\n  true: {image: x}\n", 2),
            ("services:\n  [a]: {image: x}\n", 2),
            ("services:\n  web: {image: x}\nnetworks: [a]\n", 3),
            ("services:\n  web: {image: x}\nnetworks: {n: {drivr: x}}\n", 3),
            ("services:\n  web: {image: x}\nnetworks: {n: {internal: 5}}\n", 3),
            ("services:\n  web: {image: x}\nnetworks: {n: {external: {zzz: 5}}}\n", 3),
            ("services:\n  web: {image: x}\nvolumes: {v: {external: true, driver: x}}\n", 3),
            ("services:\n  web: {image: x}\nsecrets: {s: {}}\n", 3),
            ("services:\n  web: {image: x}\nsecrets: {s: null}\n", 3),
            ("services:\n  web: {image: x}\nsecrets: {s: {file: a, environment: B}}\n", 3),
            ("services:\n  web: {image: x}\nconfigs: {c: {content: a, file: b}}\n", 3),
            ("services:\n  web: {image: x\n", 3),
            ("services:\n  web: {image: 'x}\n", 3),
            ("services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [a]}\n", 2),
            ("services:\n  a: {image: x, network_mode: host, networks: [default]}\n", 2),
            ("services:\n  a: {image: x, mem_limit: 1m, deploy: {resources: {limits: {memory: 2m}}}}\n", 2),
        ],
    )
    def test_is_refused_where_it_is_wrong(self, text: str, line: int, tmp_path: Path) -> None:
        error = refused(tmp_path, {"compose.yaml": text})
        assert (error.span.line if error.span else 0) == line

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        assert "No such file" in refused(tmp_path, {}, "nowhere.yaml").message

    def test_old_external_names_are_understood(self, tmp_path: Path) -> None:
        tree = read(tmp_path, {"compose.yaml": "services: {a: {image: x}}\nnetworks: {n: {external: {name: theirs}}}\n"})
        assert tree["networks"]["n"] == {"name": "theirs", "external": True, "ipam": {}}


class TestScalars:
    @pytest.mark.parametrize(
        ("written", "value"),
        [
            ("yes", "yes"), ("on", "on"), ("off", "off"), ("NO", "NO"), ("true", "true"), ("~", None), ("", None), ("null", None),
            ("0777", "511"), ("0o17", "15"), ("0x1F", "31"), ("0b11", "3"), ("1_000", "1000"), ("12:30:45", "12:30:45"), ("2222:22", "2222:22"),
            ("1.10", "1.1"), ("1e3", "1000"), ("1e30", "1e+30"), (".5", "0.5"), ("08", "8"), ("2024-01-02", "2024-01-02 00:00:00 +0000 UTC"),
            ("'5'", "5"), ("!!str 5", "5"), ("=", "="), ("-x", "-x"), (".inf", "+Inf"),
        ],
    )  # fmt: skip
    def test_are_typed_as_compose_types_them(self, written: str, value: str | None, tmp_path: Path) -> None:
        text = f"services:\n  web:\n    image: x\n    environment:\n      A: {written}\n"
        assert read(tmp_path, {"compose.yaml": text})["services"]["web"]["environment"]["A"] == value

    @pytest.mark.parametrize(("mode", "expected"), [("0440", "0440"), ("0o440", "0440"), ("440", "0670"), ("'440'", "0440"), ("'0440'", "0440")])
    def test_modes_are_octal(self, mode: str, expected: str, tmp_path: Path) -> None:
        text = f"services: {{web: {{image: x, secrets: [{{source: s, mode: {mode}}}]}}}}\nsecrets: {{s: {{file: ./s}}}}\n"
        assert read(tmp_path, {"compose.yaml": text})["services"]["web"]["secrets"][0]["mode"] == expected


class TestCommands:
    @pytest.mark.parametrize(
        ("written", "words"),
        [
            ("a b  c", ["a", "b", "c"]),
            ("a 'b c' \"d e\"", ["a", "b c", "d e"]),
            ("a ''", ["a", ""]),
            ("a\\ b", ["a b"]),
            ("a 'it'\"s\"", ["a", "its"]),
            ("echo a; b", ["echo", "a"]),
            ("echo a && b", ["echo", "a"]),
            ("a 2> b", ["a"]),
            ("a 'b; c'", ["a", "b; c"]),
            ("a $$(b c) `d e`", ["a", "$(b c)", "`d e`"]),
        ],
    )
    def test_are_split_as_compose_splits_them(self, written: str, words: list[str], tmp_path: Path) -> None:
        text = f"services:\n  web:\n    image: x\n    command: >-\n      {written}\n"
        assert read(tmp_path, {"compose.yaml": text})["services"]["web"]["command"] == words

    @pytest.mark.parametrize("written", ["a 'b", 'a "b', "a (b", "a \\", "a `b", "a $$(b"])
    def test_that_never_end_are_refused(self, written: str, tmp_path: Path) -> None:
        assert "never closed" in refused(tmp_path, {"compose.yaml": f"services:\n  web:\n    image: x\n    command: >-\n      {written}\n"}).message
