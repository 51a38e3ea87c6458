"""Compose projects made up by hypothesis: known images, written in all the ways in which people write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

_DATABASES = {"postgres:16": "POSTGRES_PASSWORD", "mysql:8.4": "MYSQL_ROOT_PASSWORD", "mariadb:11": "MARIADB_ROOT_PASSWORD"}
_QUOTES = ["", '"', "'"]


@st.composite
def compose_texts(draw: Draw) -> dict[str, str]:
    """File name → text of a project: ``compose.yaml`` and what it needs."""
    files: dict[str, str] = {}
    names = draw(st.lists(st.sampled_from(["web", "api", "worker-1", "shop.front", "Admin_UI"]), min_size=1, max_size=3, unique=True))
    databases = draw(st.lists(st.sampled_from(["db", "db2", "pg_main"]), min_size=1, max_size=2, unique=True))
    shared = draw(st.booleans())
    lines = ["# a made up project", ""]
    if shared:
        lines += ["x-common: &common", "  restart: always # all of them", "  cap_drop: [SYS_CHROOT]", ""]
    lines.append("services:")
    for name in names:
        lines += _application(draw, name, databases, files, shared)
    for name in databases:
        lines += _database(draw, name, files)
    if draw(st.booleans()):
        lines += ["  cache:", "    image: redis:7", "    command: redis-server --save 60 1"]
    lines += draw(st.sampled_from([[], ["# the end"], ["", "volumes:", "  data: # kept", "  other: {}"]]))
    text = "\n".join(lines) + draw(st.sampled_from(["\n", "", "\n\n# bye\n"]))
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    files["compose.yaml"] = draw(st.sampled_from(["", "\ufeff"])) + text
    return files


def _application(draw: Draw, name: str, databases: list[str], files: dict[str, str], shared: bool) -> list[str]:
    needed = draw(st.sampled_from(databases))
    image = draw(st.sampled_from(["nginx:1.27", "example.org/shop/app:2", "wordpress:6"]))
    lines = [f"  {name}:", *(["    <<: *common"] if shared and draw(st.booleans()) else []), f"    image: {image} # {name}'s image"]
    pairs = {"DATABASE_HOST": needed, "LOG_LEVEL": "info", "URL": f"http://{needed}:5432/x"}
    lines += _environment(draw, pairs)
    lines += draw(st.sampled_from([[], ["    depends_on: [" + needed + "]"], ["    depends_on:", f"      {needed}:", "        condition: service_started"]]))
    if draw(st.booleans()):
        lines += _ports(draw, draw(st.integers(8000, 8010)), 80)
    return [*lines, *draw(st.sampled_from([[], ["    # the end of it"], [""], ["", "  # next"]]))]


def _database(draw: Draw, name: str, files: dict[str, str]) -> list[str]:
    image = draw(st.sampled_from(sorted(_DATABASES)))
    variable = _DATABASES[image]
    secret = draw(st.sampled_from(["correct-horse-7", "s3cr3t value", "Tr0ub4dor&3"]))
    lines = [f"  {name}:", f"    image: {image}"]
    form = draw(st.sampled_from(["environment", "env_file", "dot_env"]))
    if form == "env_file":
        files[f"{name}.env"] = f"# of {name}\n{variable}={secret}\nTZ=UTC\n"
        lines += [f"    env_file: {name}.env"]
    elif form == "dot_env":
        files[".env"] = files.get(".env", "") + f"{name.upper()}_SECRET='{secret}'\n"
        lines += _environment(draw, {variable: "${" + name.upper() + "_SECRET}", "TZ": "UTC"})
    else:
        lines += _environment(draw, {"TZ": "UTC", variable: secret})
    if draw(st.booleans()):
        lines += _ports(draw, draw(st.integers(5430, 5440)), 5432)
    if draw(st.booleans()):
        lines += ["    volumes:", "    - ./data:/data # beside it"]
    return lines


def _environment(draw: Draw, pairs: dict[str, str]) -> list[str]:
    form = draw(st.sampled_from(["mapping", "list", "flow", "flow list"]))
    quote = draw(st.sampled_from(['"', "'"]))
    if form == "flow":
        return ["    environment: {" + ", ".join(f"{key}: {quote}{value}{quote}" for key, value in pairs.items()) + "}"]
    if form == "flow list":
        return ["    environment: [" + ", ".join(f"{quote}{key}={value}{quote}" for key, value in pairs.items()) + "]"]
    lines = ["    environment: # of the service"]
    indent = draw(st.sampled_from(["    ", "      "])) if form == "list" else "      "
    for key, value in pairs.items():
        mark = draw(st.sampled_from(_QUOTES))
        comment = draw(st.sampled_from(["", " # set", "\t# tab"]))
        lines.append(f"{indent}- {mark}{key}={value}{mark}{comment}" if form == "list" else f"{indent}{key}: {mark}{value}{mark}{comment}")
    return lines


def _ports(draw: Draw, published: int, target: int) -> list[str]:
    lines: list[str] = draw(
        st.sampled_from(
            [
                ["    ports:", f'      - "{published}:{target}" # open'],
                ["    ports:", f"    - {published}:{target}", f"    - 127.0.0.1:{published + 100}:{target}"],
                [f"    ports: ['{published}:{target}']"],
                ["    ports:", f"      - target: {target}", f"        published: {published}", "        protocol: tcp"],
                ["    ports:", f'      - "0.0.0.0:{published}-{published + 1}:{target}-{target + 1}"'],
                ["    ports:", "      - {target: " + str(target) + ', published: "' + str(published) + '"}'],
            ]
        )
    )
    return lines


def written_below(folder: Path, files: dict[str, str]) -> Path:
    """The files written into a new folder; the path of the compose file."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder / "compose.yaml"
