"""Making the files of a host in a test, and running what was made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from batten.design.host import HostDesign, propose
from batten.files import write_all
from batten.model import GeneratedFile


class Ran(NamedTuple):
    """What a script came to."""

    code: int
    out: str
    err: str


def design(section: str = "tls", **fields: Any) -> HostDesign:
    """The proposed design with some fields of one section set."""
    proposed = propose(["eth0"])
    return replace(proposed, **{section: replace(getattr(proposed, section), **fields)})


def written(files: Sequence[GeneratedFile], folder: Path) -> Path:
    """The folder with the files in it."""
    write_all(files, folder, force=True)
    return folder


def run(script: Path, *arguments: object, given: str = "", environment: Mapping[str, str] | None = None, shell: str = "sh") -> Ran:
    """Run a script with a POSIX shell, in its own folder."""
    command = (shell, str(script), *map(str, arguments))
    env = {"PATH": os.environ["PATH"], "HOME": str(script.parent), **(environment or {})}
    done = subprocess.run(command, input=given, text=True, capture_output=True, timeout=120, check=False, cwd=script.parent, env=env)
    return Ran(done.returncode, done.stdout, done.stderr)


def names_below(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def lint(scripts: Sequence[Path]) -> str:
    """What shellcheck has to say; skips the test where it is not installed."""
    program = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run((program, "--shell=sh", *map(str, scripts)), capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def make_expired(folder: Path, ca: Path) -> None:
    """A client's certificate of our CA whose last day is long over."""
    (folder / "config").write_text(
        "[ca]\ndefault_ca=one\n[one]\ndatabase=index\nserial=serial\ndefault_md=default\npolicy=any\nx509_extensions=ext\n"
        "[any]\ncommonName=supplied\n[ext]\nextendedKeyUsage=clientAuth\n[req]\ndistinguished_name=dn\n[dn]\n"
    )
    (folder / "index").touch()
    (folder / "serial").write_text("01\n")
    days = ("-startdate", "20200101000000Z", "-enddate", "20200201000000Z")
    signer = ("-cert", str(ca / "ca.pem"), "-keyfile", str(ca / "ca-key.pem"))
    for command in (
        ("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "key.pem"),
        ("req", "-new", "-config", "config", "-key", "key.pem", "-subj", "/CN=late", "-out", "request"),
        ("ca", "-batch", "-notext", "-config", "config", "-outdir", ".", "-in", "request", "-out", "cert.pem", *signer, *days),
    ):
        subprocess.run(("openssl", *command), cwd=folder, check=True, capture_output=True)
