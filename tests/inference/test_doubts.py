"""Evidence that something speaks against is asked about: it is kept as an assumption."""

from __future__ import annotations

from pathlib import Path

from batten.inference.scripts import programs, works_on_files_alone
from batten.model import EvidenceKind
from tests.inference.building import kinds, reasons
from tests.support import project_of


class TestOneEnvFileForAll:
    TEXT = (
        "services:\n  web: {build: ./web, env_file: .env, depends_on: [db]}\n"
        "  api: {build: ./api, env_file: .env, depends_on: [db, queue]}\n"
        "  tool: {image: x/tool, env_file: .env}\n  db: {image: postgres}\n  queue: {image: rabbitmq}\n"
    )
    LINES = "DB_HOST=db\nQUEUE_URL=amqp://queue\n"

    def test_who_says_himself_what_he_needs_need_not_use_what_another_claims(self, tmp_path: Path) -> None:
        found = reasons(project_of(self.TEXT, tmp_path, _dot_env=self.LINES))
        (doubt,) = found["web", "queue"]
        assert (doubt.kind, doubt.text) == (EvidenceKind.ASSUMED, "QUEUE_URL, in an env file that others use too")
        assert found["api", "queue"][0].kind is EvidenceKind.NAMED
        assert found["web", "db"][0].kind is EvidenceKind.NAMED

    def test_who_says_nothing_himself_may_need_all_that_the_file_names(self, tmp_path: Path) -> None:
        found = kinds(project_of(self.TEXT, tmp_path, _dot_env=self.LINES))
        assert (found["tool", "db"], found["tool", "queue"]) == ("named", "named")

    def test_a_sibling_claims_for_the_whole_application(self, tmp_path: Path) -> None:
        text = self.TEXT.replace("./api", "./web")
        assert kinds(project_of(text, tmp_path, _dot_env=self.LINES))["web", "queue"] == "named"

    def test_a_file_of_ones_own_is_believed(self, tmp_path: Path) -> None:
        text = self.TEXT.replace("./web, env_file: .env", "./web, env_file: web.env")
        files = {"_dot_env": self.LINES, "web_dot_env": self.LINES}
        assert kinds(project_of(text, tmp_path, **files))["web", "queue"] == "named"


class TestScriptsThatWorkOnFiles:
    def test_a_script_that_writes_names_down_calls_nobody(self, tmp_path: Path) -> None:
        script = "ls apps > list; tool set-config -g db_host $$DB_HOST && chown -R 1000 /data"
        text = (
            f"services:\n  prepare: {{image: x/app, entrypoint: [bash, -c], command: ['{script}'], environment: {{DB_HOST: db}}}}\n"
            "  app: {image: x/app, depends_on: {prepare: {condition: service_completed_successfully}}, environment: {DB_HOST: db}}\n  db: {image: postgres}\n"
        )
        found = reasons(project_of(text, tmp_path))
        assert found["prepare", "db"][0] == found["prepare", "db"][0]._replace(kind=EvidenceKind.ASSUMED)
        assert "files alone" in found["prepare", "db"][0].text
        assert found["app", "db"][0].kind is EvidenceKind.NAMED

    def test_nothing_is_assumed_of_it(self, tmp_path: Path) -> None:
        text = "services:\n  rights: {image: busybox, command: chown -R 1000 /data}\n  app: {image: x/app}\n  other: {image: x/other}\n"
        assert set(kinds(project_of(text, tmp_path))) == {("app", "other"), ("other", "app")}

    def test_one_other_command_is_enough_to_doubt_it(self, tmp_path: Path) -> None:
        text = "services:\n  a: {image: x, command: [sh, -c, 'mkdir -p /x; if [ -f /y ]; then cp /y /x; fi']}\n"
        text += "  b: {image: x, command: [sh, -c, 'mkdir /x; ./serve']}\n"
        services = project_of(text, tmp_path).services
        assert works_on_files_alone(services["a"])
        assert not works_on_files_alone(services["b"])
        assert programs(services["b"]) == {"mkdir", "serve"}

    def test_what_the_image_runs_is_unknown(self, tmp_path: Path) -> None:
        service = project_of("services: {a: {image: x}}", tmp_path).services["a"]
        assert not works_on_files_alone(service)
        assert programs(service) == set()


class TestStartOrderBesideBetterEvidence:
    TEXT = (
        "services:\n  shop: {build: ./shop, environment: {DB_HOST: db, MAIL: 'http://mail:80'}, depends_on: [api, other, redis]}\n"
        "  api: {build: ./api, environment: {DB_HOST: db, OTHER_HOST: other, REDIS_HOST: redis}}\n  mail: {build: ./mail}\n"
        "  db: {image: postgres}\n  other: {image: mongo}\n  redis: {image: redis}\n"
    )

    def test_is_an_assumption_where_the_source_says_what_applications_it_calls(self, tmp_path: Path) -> None:
        assert kinds(project_of(self.TEXT, tmp_path))["shop", "api"] == "assumed"
        assert kinds(project_of(self.TEXT.replace(", MAIL: 'http://mail:80'", ""), tmp_path))["shop", "api"] == "ordered"

    def test_to_call_a_resolver_or_a_collector_of_telemetry_says_nothing_of_it(self, tmp_path: Path) -> None:
        text = (
            "services:\n  web: {build: ./web, depends_on: [api], dns: [10.9.0.53], environment: {OTLP: 'http://traces:4317'}}\n  api: {build: ./api}\n"
            "  resolver: {image: x/dns, networks: {default: {ipv4_address: 10.9.0.53}}}\n  traces: {image: otel/opentelemetry-collector}\n"
            "networks: {default: {ipam: {config: [{subnet: 10.9.0.0/24}]}}}\n"
        )
        found = kinds(project_of(text, tmp_path))
        assert (found["web", "resolver"], found["web", "traces"], found["web", "api"]) == ("named", "named", "ordered")

    def test_is_one_for_a_service_of_the_same_application(self, tmp_path: Path) -> None:
        text = "services:\n  app: {image: x/app, environment: {DB_HOST: db}}\n  worker: {image: x/app, depends_on: [app]}\n  db: {image: postgres}\n"
        assert kinds(project_of(text, tmp_path))["worker", "app"] == "assumed"

    def test_is_one_for_a_second_database_that_others_use(self, tmp_path: Path) -> None:
        assert kinds(project_of(self.TEXT, tmp_path))["shop", "other"] == "assumed"
        assert kinds(project_of(self.TEXT.replace("OTHER_HOST: other, ", ""), tmp_path))["shop", "other"] == "ordered", "else nobody needs it"

    def test_stays_evidence_for_a_store_of_another_kind(self, tmp_path: Path) -> None:
        assert kinds(project_of(self.TEXT, tmp_path))["shop", "redis"] == "ordered"


class TestSiblingsThatStartOtherPrograms:
    TEXT = "services:\n  app: {{image: x/app, environment: {{DB_HOST: db}}}}\n  {name}: {{image: x/app, command: {command}, environment: {{Q_HOST: q}}}}\n"
    TEXT += "  db: {{image: postgres}}\n  q: {{image: redis}}\n"

    def test_may_need_less(self, tmp_path: Path) -> None:
        (evidence,) = reasons(project_of(self.TEXT.format(name="sockets", command="node sockets.js"), tmp_path))["sockets", "db"]
        assert evidence.kind is EvidenceKind.ASSUMED
        assert "another program" in evidence.text

    def test_a_worker_needs_what_its_application_needs(self, tmp_path: Path) -> None:
        assert kinds(project_of(self.TEXT.format(name="worker", command="run-jobs"), tmp_path))["worker", "db"] == "habitual"
