"""Nothing secret is written: whatever goes well or wrong, at the most talkative level, in every log, on every standard
output, in every answer and in every row."""

import json
import subprocess
import urllib.parse

import pytest
from bench import KEY, Bench, eventually
from raw import Client

PASSWORD = "LEAK-pass/word@%:1"
OTHER_PASSWORD = "LEAK-other-password"
TOKEN, OTHER_TOKEN = "LEAK-token", "LEAK-other-token"
# Those that the emulator knows, and its session token.
TEMPORARY = ("ASIAFRAMELAKELOCAL00", "local-temporary-secret", "local/session+token==")
OTHER_KEY = "LEAK-other-key"

SECRETS = [
    PASSWORD, OTHER_PASSWORD, TOKEN, OTHER_TOKEN, *TEMPORARY[1:], OTHER_KEY, "local-expired-secret",
    "local/expired+token==",
]
# What would let its reader make a call, or holds a part of the signing key.
SIGNATURES = ["X-Amz-Signature", "X-Amz-Security-Token", "AWS4-HMAC-SHA256", "x-amz-security-token"]


def forms(secret):
    """A secret as it may be written."""
    return {secret, urllib.parse.quote(secret, safe=""), urllib.parse.quote(secret), json.dumps(secret)[1:-1]}


FORBIDDEN = sorted({form for secret in SECRETS for form in forms(secret)}) + SIGNATURES


def expect_none(text, where):
    lowered = text.lower()
    found = [form for form in FORBIDDEN if form.lower() in lowered]
    assert not found, f"{found} in {where}:\n" + "\n".join(
        line[:600] for line in text.splitlines() if any(form.lower() in line.lower() for form in found)
    )


class Leaky(Bench):
    """A bench whose every secret can be recognised."""

    def __enter__(self):
        super().__enter__()
        self.role = f"{self.name}_owner"
        self.postgresql.query(f"CREATE ROLE {self.role} LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
        return self

    def __exit__(self, *reason):
        super().__exit__(*reason)
        self.postgresql.query(f"DROP ROLE IF EXISTS {self.role}")

    def database_url(self, password=PASSWORD, port=None):
        quoted = urllib.parse.quote(password, safe="")
        return f"postgres://{self.role}:{quoted}@127.0.0.1:{port or self.postgresql.port}/{self.name}?sslmode=disable"

    def settings(self, **others):
        key, secret, token = TEMPORARY
        return {
            "DATABASE_URL": self.database_url(), "INTERNAL_TOKEN": TOKEN, "LOG_LEVEL": "trace", "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token, **others,
        }

    def run(self, program, *arguments, **changes):
        """A command to its end: its exit code, and all that it says."""
        done = subprocess.run(
            [self.programs / program, *arguments],
            env=self.environment({**self.common(), **changes}), capture_output=True, text=True, timeout=120,
        )
        said = done.stdout + done.stderr
        expect_none(said, f"{program} {arguments}")
        return done.returncode, said

    def common(self):
        url = f"http://127.0.0.1:{self.emulator.port}"
        return self.settings(
            AWS_ENDPOINT_URL=url, SQS_QUEUE_URL=self.queue_url, FASTAPI_ENDPOINT=self.api.url, HOST="127.0.0.1",
            PORT="0", RECEIVE_WAIT_SECONDS="1", SERVICE_PATIENCE_SECONDS="1", AWS_MAX_ATTEMPTS="2",
            WORK_DIR=str(self.folder / "other"),
        )

    def expect_no_secret_in_logs(self):
        for log in self.folder.glob("*.log"):
            text = log.read_text()
            assert text, log
            expect_none(text, log.name)


@pytest.fixture(scope="module")
def leaky(tmp_path_factory, programs, postgresql, emulator, video):
    """With a service that has analysed a video, and whose logs, in both formats, are full."""
    with Leaky(tmp_path_factory.mktemp("leaky"), programs, postgresql, emulator, video) as bench:
        bench.upload()
        bench.start_service(**bench.settings())
        assert bench.start_drain(**bench.settings(LOG_FORMAT="text")).end(150) == 0, bench.logs()
        yield bench


def ask(port, token=TOKEN):
    """Every kind of call. What is answered, in order."""
    client = Client(port, token)
    answers = [client.get(path) for path in [
        "/health", "/ready", "/metrics", "/videos", "/videos/walk", "/videos/walk/events", "/analyses", "/nowhere",
        "/videos?after=x", "/analyses/1",
    ]]
    answers += [client.post("/analyze", body, headers) for body, headers in [
        ({"s3_bucket": "other", "s3_key": KEY}, {}), (b"{", {}), ({"s3_bucket": None}, {"Authorization": "Bearer x"}),
    ]]
    return answers


def test_a_run_that_goes_well(leaky):
    answers = ask(leaky.service.port)
    assert [answer.status for answer in answers[:7]] == [200] * 7
    for answer in answers + ask(leaky.service.port, OTHER_TOKEN) + ask(leaky.service.port, None):
        expect_none(f"{answer.headers}{answer.body.decode()}", "an answer")
    for program, *arguments in [
        ("analysis-service", "migrate"), ("analysis-service", "status", "walk"),
        ("analysis-service", "report", "walk", "--output", "-"), ("batch-processor", "dlq", "list"),
        ("batch-processor", "reconcile", "--dry-run"),
    ]:
        code, said = leaky.run(program, *arguments)
        assert code == 0, said
    leaky.expect_no_secret_in_logs()
    tables = leaky.query("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE tablename ~ '^(apps|frame|object)'")
    assert len(tables) > 6
    for [table] in tables:
        expect_none("\n".join(row[0] for row in leaky.query(f"SELECT to_jsonb(t)::text FROM {table} t")), table)


def broken_secret(bench):
    """In RDS form, but for the host."""
    value = json.dumps({"username": "u", "password": PASSWORD, "dbname": "d"})
    return bench.client("secretsmanager").create_secret(Name=bench.name, SecretString=value)["ARN"]


COMMANDS = {
    "a database of another kind": (["analysis-service"], {"DATABASE_URL": f"mysql://u:{PASSWORD}@h/d"}, 78),
    "a database URL without its escapes": (["analysis-service"], {"DATABASE_URL": f"postgres://u:{PASSWORD}@h/d"}, 78),
    "a database port that is none": (["analysis-service"], {"DATABASE_URL": f"postgres://u:{OTHER_PASSWORD}@h:x/d"}, 78),
    "an sslmode that is none": (
        ["analysis-service"], {"DATABASE_URL": f"postgres://u:{OTHER_PASSWORD}@h/d?sslmode=x"}, 78,
    ),
    "a port that is none": (["analysis-service"], {"PORT": "x"}, 78),
    "an endpoint of AWS with a password": (["analysis-service"], {"AWS_ENDPOINT_URL": f"http://u:{OTHER_PASSWORD}@h"}, 78),
    "a secret without a host": (["analysis-service", "status", "walk"], {"DB_SECRET_ARN": broken_secret}, 78),
    "a secret that is denied": (
        ["analysis-service", "status", "walk"], {"DB_SECRET_ARN": "x", "AWS_SECRET_ACCESS_KEY": OTHER_KEY}, None,
    ),
    "a wrong password": (
        ["analysis-service", "status", "walk"], {"DATABASE_URL": lambda bench: bench.database_url(OTHER_PASSWORD)}, 78,
    ),
    "no database": (["analysis-service", "status", "walk"], {"DATABASE_URL": lambda bench: bench.database_url(port=1)}, 69),
    "a database without TLS": (
        ["analysis-service", "migrate"],
        {"DATABASE_URL": lambda bench: bench.database_url().replace("disable", "require")}, None,
    ),
    "a service with a password": (["batch-processor", "drain"], {"FASTAPI_ENDPOINT": f"http://u:{OTHER_PASSWORD}@h"}, 78),
    "a service without a scheme": (["batch-processor", "drain"], {"FASTAPI_ENDPOINT": f"u:{OTHER_PASSWORD}@h"}, 78),
    "a queue with a password": (["batch-processor", "drain"], {"SQS_QUEUE_URL": f"http://u:{OTHER_PASSWORD}@h/q?x"}, 78),
    "a queue that is denied": (["batch-processor", "drain"], {"AWS_SECRET_ACCESS_KEY": OTHER_KEY}, None),
    "a session that has expired": (
        ["batch-processor", "drain"],
        {
            "AWS_ACCESS_KEY_ID": "ASIAFRAMELAKEEXPIRED", "AWS_SECRET_ACCESS_KEY": "local-expired-secret",
            "AWS_SESSION_TOKEN": "local/expired+token==",
        },
        None,
    ),
    "a wrong token": (["batch-processor", "drain"], {"INTERNAL_TOKEN": OTHER_TOKEN}, 78),
    "a token of two lines": (["batch-processor", "drain"], {"INTERNAL_TOKEN": f"{OTHER_TOKEN}\r\nHost: x"}, None),
    "no service": (["batch-processor", "drain"], {"FASTAPI_ENDPOINT": "http://127.0.0.1:1"}, None),
    "reconcile with a wrong token": (["batch-processor", "reconcile"], {"INTERNAL_TOKEN": OTHER_TOKEN}, 78),
    "reconcile of a bucket that is denied": (["batch-processor", "reconcile"], {"AWS_SECRET_ACCESS_KEY": OTHER_KEY}, None),
    "dlq with a wrong token": (["batch-processor", "dlq", "list"], {"INTERNAL_TOKEN": OTHER_TOKEN}, 0),
}


@pytest.mark.parametrize(("command", "changes", "expected"), COMMANDS.values(), ids=COMMANDS)
def test_a_command_that_fails(command, changes, expected, leaky):
    if "drain" in command:
        leaky.upload()
    changes = {name: value(leaky) if callable(value) else value for name, value in changes.items()}
    code, said = leaky.run(*command, LOG_FORMAT="text", **changes)
    assert said and (code != 0 if expected is None else code == expected), said


SERVICES = {
    "a wrong password": lambda bench: {"DATABASE_URL": bench.database_url(OTHER_PASSWORD)},
    "no database": lambda bench: {"DATABASE_URL": bench.database_url(port=1)},
    "an S3 that denies": lambda bench: {"AWS_SECRET_ACCESS_KEY": OTHER_KEY},
    "an S3 that is not there": lambda bench: {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"},
}


@pytest.mark.parametrize("changes", SERVICES.values(), ids=SERVICES)
def test_a_service_that_fails(changes, leaky, tmp_path):
    service = leaky.start_service(work=tmp_path / "work", spare=True, **leaky.settings(**changes(leaky)))
    analyze = {"s3_bucket": leaky.bucket, "s3_key": KEY, "force": True}
    answers = ask(service.port) + [Client(service.port, TOKEN).post("/analyze", analyze)]
    assert answers[0].status == 200 and answers[-1].status in (502, 503)
    for answer in answers:
        expect_none(f"{answer.headers}{answer.body.decode()}", "an answer")
    eventually(lambda: "request failed" in service.log.read_text(), "the log says nothing")
    assert service.terminate() == 0
    leaky.expect_no_secret_in_logs()


@pytest.mark.parametrize("form", FORBIDDEN)
def test_a_secret_would_be_found(form):
    with pytest.raises(AssertionError):
        expect_none(f'{{"message":"x","error":"and {form} there"}}', "a line")
