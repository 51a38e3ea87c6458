"""The text of a review: readable in 80 columns, marked, and without secrets or anything a terminal acts upon."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from batten.model import EnginePlace
from batten.report.findings import Exposure, Reviewed, as_text
from batten.review.finding import Finding, Rule, Severity
from batten.review.runner import review
from tests.support import project_of

SHOP = """services:
  proxy:
    image: nginx:1.27
    ports: ["80:80"]
  db:
    image: postgres:16
    # the old one was canary-4711
    environment:
      POSTGRES_USER: shop
      POSTGRES_PASSWORD: canary-4711
    healthcheck: {test: ["CMD", "psql", "postgres://shop:canary-4711@localhost"]}
    ports:
      - "5432:5432"
    cap_drop: [ALL]
  console:
    image: portainer/portainer-ce:2.21
    profiles: [tools]
    privileged: true   # batten: ignore privileged -- only on the lab machine
"""

CLEAN = """services:
  a:
    image: "example.org/a:1.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    user: "1000"
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    read_only: true
    mem_limit: 64m
    restart: unless-stopped
    healthcheck: {test: ["CMD", "true"]}
    logging: {options: {max-size: 10m}}
"""


def reviewed(text: str, tmp_path: Path, **files: str) -> Reviewed:
    project = project_of(text, tmp_path, **files)
    return Reviewed(project, review(project), Exposure(3, 6, 1))


def text_of(text: str, tmp_path: Path, **files: str) -> str:
    return as_text([reviewed(text, tmp_path, **files)])


def block(output: str, rule: str) -> str:
    return next(part for part in output.split("\n\n") if part.split("\n")[0].endswith(rule))


class TestAFinding:
    def test_is_a_block_with_its_place_source_reason_and_fix(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path / "..")
        lines = block(text_of(SHOP, tmp_path), "exposed-database").split("\n")
        assert re.fullmatch(r"HIGH +\S+shop/compose.yaml:13  db  exposed-database", lines[0])
        assert lines[1:5] == [
            "  Database published on every address of the host",
            "     12 │     ports:",
            '     13 │       - "5432:5432"',
            "        │         ~~~~~~~~~~~",
        ]
        assert lines[5].startswith("  Port 5432 is bound to every address")
        assert lines[-1] == "  Fix (check): publish port 5432 on 127.0.0.1 only."

    def test_fits_80_columns_unless_a_word_does_not(self, tmp_path: Path) -> None:
        project = project_of(SHOP + "x-long: [" + ", ".join(["far"] * 60) + "]\n", tmp_path)
        findings = tuple(finding._replace(location=finding.location) for finding in review(project))
        output = as_text([Reviewed(project, findings, Exposure(3, 6, 1))])
        assert [line for line in output.split("\n") if len(line) > 80 and "/" not in line] == []

    def test_of_another_profile_says_so(self, tmp_path: Path) -> None:
        output = text_of(SHOP.replace("   # batten: ignore privileged -- only on the lab machine", ""), tmp_path)
        assert "console (profile tools)  privileged" in output

    def test_in_a_running_engine_has_no_source(self, tmp_path: Path) -> None:
        finding = Rule("x.some_rule", Severity.HIGH).finding(EnginePlace("container/db", "HostConfig.Privileged"), "Title", "Message.")
        project = project_of(SHOP, tmp_path)
        output = as_text([Reviewed(project, (finding,), Exposure(1, 0, 0))])
        assert output.startswith("HIGH     container/db HostConfig.Privileged  some-rule\n  Title\n  Message.\n\n")


class TestFindingsOfOneRule:
    TEXT = """services:
  one: {image: "postgres:16", ports: ["5432:5432"], environment: {POSTGRES_PASSWORD: canary-4711}}
  two: {image: "postgres:16", ports: ["5433:5432"], environment: {POSTGRES_PASSWORD: canary-4711}}
"""

    def test_stand_together(self, tmp_path: Path) -> None:
        heads = [part.split("\n")[0].split()[-1] for part in text_of(self.TEXT, tmp_path).split("\n\n") if part.startswith("HIGH")]
        assert heads == ["exposed-database"] * 2 + ["secret-in-environment"] * 2

    def test_say_the_same_words_once(self, tmp_path: Path) -> None:
        output = text_of(self.TEXT, tmp_path)
        assert output.count("`docker inspect` shows it to everyone") == 1
        assert output.count("Fix (safe): move it") == 2
        assert output.count("bound to every address") == 2
        assert output.count("Rules of the host's own firewall") == 1


class TestALongLine:
    def test_is_cut_round_the_place(self, tmp_path: Path) -> None:
        names = ", ".join(f'"127.0.0.1:{port}:80"' for port in range(7000, 7030))
        text = f'services: {{db: {{image: "postgres:16", ports: [{names}, "5432:5432"]}}}}\n'
        lines = block(text_of(text, tmp_path), "exposed-database").split("\n")
        source, mark = lines[2], lines[3]
        assert len(source) <= 80
        assert source[mark.index("~") : mark.rindex("~") + 1] == '"5432:5432"'


SPELLINGS = {
    "plain in a map": "environment: {POSTGRES_PASSWORD: canary-4711}",
    "in a list": "environment:\n      - POSTGRES_PASSWORD=canary-4711",
    "single quotes": "environment:\n      POSTGRES_PASSWORD: 'canary''4711'",
    "escaped": 'environment:\n      POSTGRES_PASSWORD: "canary\\x2d4711"',
    "doubled dollar": "environment:\n      POSTGRES_PASSWORD: canary$$4711",
    "a block": "environment:\n      POSTGRES_PASSWORD: |\n        canary\n        -4711",
    "folded quotes": 'environment:\n      POSTGRES_PASSWORD: "canary\n        -4711"',
    "a default": "environment:\n      POSTGRES_PASSWORD: ${PW:-canary-4711}",
    "an anchor": "environment:\n      POSTGRES_PASSWORD: &pw canary-4711",
    "a quoted key": 'environment:\n      "POSTGRES_PASSWORD": canary-4711',
    "a complex key": "environment:\n      ? POSTGRES_PASSWORD\n      : canary-4711",
    "with a comment": "environment:\n      POSTGRES_PASSWORD: canary-4711 # was canary-4710",
    "one flow line": 'ports: ["5432:5432"]\n    environment: {A: b, POSTGRES_PASSWORD: "canary$$4711", C: d}',
}


class TestSecrets:
    @pytest.mark.parametrize("written", SPELLINGS.values(), ids=SPELLINGS.keys())
    def test_are_masked_however_they_are_written(self, written: str, tmp_path: Path) -> None:
        output = text_of(f"services:\n  db:\n    image: postgres:16\n    {written}\n", tmp_path)
        assert "canary" not in output
        assert "471" not in output
        shown = block(output, "secret-in-environment")
        assert "••••••••" in shown

    def test_from_an_env_file_are_masked_there(self, tmp_path: Path) -> None:
        text = "services:\n  db:\n    image: postgres:16\n    env_file: db.env\n"
        output = text_of(text, tmp_path, db_dot_env="POSTGRES_PASSWORD=canary-4711 # canary\n")
        assert "db.env:1" in output
        assert "canary" not in output
        assert "1 │ POSTGRES_PASSWORD=••••••••" in output

    def test_from_dotenv_name_both_places(self, tmp_path: Path) -> None:
        text = "services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: ${PW}\n"
        shown = block(text_of(text, tmp_path, _dot_env="PW=canary-4711\n"), "secret-in-environment")
        assert "compose.yaml:5" in shown
        assert re.search(r"See also\s+\S+\.env:1\.", shown)

    def test_are_masked_on_the_lines_of_other_findings(self, tmp_path: Path) -> None:
        text = 'services: {db: {image: "postgres:16", ports: ["5432:5432"], environment: {POSTGRES_PASSWORD: "canary$$4711"}}}\n'
        output = text_of(text, tmp_path)
        assert "exposed-database" in output
        assert "canary" not in output

    @pytest.mark.parametrize(
        "written",
        [
            "command: serve --password canary-4711 --verbose",
            'command: ["serve", "--password=canary-4711"]',
            "command: >\n      serve\n      --token canary-4711",
            'healthcheck: {test: ["CMD-SHELL", "redis-cli -a canary-4711 ping"]}',
            'labels: ["x=y", "backup.password=canary-4711"]',
            "build: {context: ., args: {NPM_TOKEN: canary-4711}}",
            'post_start: [{command: "curl -u mara:canary-4711 http://localhost"}]',
        ],
        ids=lambda text: text.split(":")[0],
    )
    def test_elsewhere_than_in_environments_are_masked_too(self, written: str, tmp_path: Path) -> None:
        output = text_of(f"services:\n  db:\n    image: postgres:16\n    {written}\n", tmp_path)
        assert "secret-in-" in output
        assert "canary" not in output

    def test_in_a_config_are_masked_with_all_of_it(self, tmp_path: Path) -> None:
        output = text_of(
            'services: {a: {image: "a:1", configs: [c]}}\nconfigs:\n  c:\n    content: |\n      user = x\n      password = canary-4711\n', tmp_path
        )
        assert "secret-in-definition" in output
        assert "canary" not in output

    def test_are_masked_when_several_stand_on_one_line(self, tmp_path: Path) -> None:
        fields = 'command: "serve --password canary-4711", environment: {POSTGRES_PASSWORD: canary-4712}, ports: ["5432:5432"]'
        text = f'services: {{db: {{image: "postgres:16", {fields}}}}}\n'
        output = text_of(text, tmp_path)
        assert "secret-in-command" in output
        assert "canary" not in output

    def test_leave_their_name_and_mark(self, tmp_path: Path) -> None:
        lines = block(text_of(SHOP, tmp_path), "secret-in-environment").split("\n")
        assert lines[2:4] == ["     10 │       POSTGRES_PASSWORD: ••••••••", "        │                          ~~~~~~~~"]


class TestWhatIsOnlyGoodToKnow:
    def test_is_one_line_each_at_the_end(self, tmp_path: Path) -> None:
        output = text_of("services: {a: {image: nginx}}", tmp_path)
        notes = next(part for part in output.split("\n\n") if part.startswith("For information")).split("\n")
        assert "  no-limits: The service has no limit of memory" in notes
        assert len(notes) == 1 + int(re.findall(r"\d+", notes[0])[0])
        assert "INFO" not in output

    def test_has_its_place_where_it_is_about_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        output = text_of(SHOP.replace("ignore privileged", "ignore priviledged"), tmp_path)
        assert "  unknown-suppression at shop/compose.yaml:18: There is no rule" in output
        assert "named priviledged (privileged?)" in re.sub(r"\s+", " ", output)


HOSTILE = 'services:\n  db:\n    image: postgres:16\n    ports:\n      - "5432:5432" # \x1b[31mred \u202e evil [bold]x[/bold]\n'


class TestHostileText:
    def test_does_nothing_to_a_terminal(self, tmp_path: Path) -> None:
        project = project_of(HOSTILE.replace("\x1b", ""), tmp_path)
        text = Rule("x.some_rule", Severity.HIGH).finding(project.origin(("services",)).primary, "a\x1b[31m\nb", "c\rd\x9be\u202ef", service="db\x07")
        output = as_text([Reviewed(project._replace(name="shop\x1b[2J"), (text, *review(project)), Exposure(1, 0, 0))])
        assert all(character.isprintable() or character == "\n" for character in output)
        assert "[bold]x[/bold]" in output

    def test_cannot_make_up_lines(self, tmp_path: Path) -> None:
        project = project_of(HOSTILE.replace("\x1b", ""), tmp_path)
        finding = Rule("x.some_rule", Severity.LOW).finding(project.origin(("services",)).primary, "x\n\nCRITICAL  all is lost", "m.")
        assert "\nCRITICAL" not in as_text([Reviewed(project, (finding,), Exposure(1, 0, 0))])


class TestEnding:
    def test_counts_what_stands_and_what_is_suppressed(self, tmp_path: Path) -> None:
        output = text_of(SHOP, tmp_path)
        assert re.fullmatch(r"shop: \d+ high, .*1 low, \d+ info \(1 suppressed\) · 6 paths, 1 needed", output.strip().split("\n")[-1])
        assert "Suppressed (1)\n" in output
        assert "console: only on the lab machine" in re.sub(r"\s+", " ", output)

    def test_of_a_clean_project(self, tmp_path: Path) -> None:
        output = text_of(CLEAN, tmp_path)
        assert output == "shop: nothing found · 6 paths, 1 needed\n"

    def test_of_several_projects_names_each(self, tmp_path: Path) -> None:
        one = reviewed(CLEAN, tmp_path)
        output = as_text([one, Reviewed(one.project._replace(name="other"), one.findings, Exposure(1, 1, 0))])
        assert output == "shop: nothing found · 6 paths, 1 needed\n\nother: nothing found · 1 path, 0 needed\n"


class TestColour:
    def test_is_off_unless_asked_for(self, tmp_path: Path) -> None:
        assert "\x1b" not in text_of(SHOP, tmp_path)

    def test_changes_nothing_but_the_colours(self, tmp_path: Path) -> None:
        review_of_shop: Reviewed = reviewed(SHOP, tmp_path)
        coloured = as_text([review_of_shop], colour=True)
        assert re.sub(r"\x1b\[[0-9;]+m", "", coloured) == as_text([review_of_shop])
        assert "\x1b[1;31m" in coloured
        assert severity_words(review_of_shop.findings) <= set(re.findall(r"[A-Z]{3,}", coloured))


def severity_words(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.severity.upper() for finding in findings if finding.suppressed is None and finding.severity is not Severity.INFO}


class TestTheWholeText:
    """Compared with tests/goldens/review/review.txt; what differs was meant, or it was not."""

    def test_is_as_it_was(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = Path(__file__).parent.parent / "goldens" / "review"
        project = project_of((folder / "compose.yaml").read_text(), tmp_path, _dot_env="DB_PASSWORD=canary-4711\n")
        monkeypatch.chdir(tmp_path / "shop")
        output = as_text([Reviewed(project, review(project), Exposure(4, 12, 3))])
        golden = (folder / "review.txt").read_text(encoding="utf-8")
        assert golden.count("\n") > 50
        assert output == golden
