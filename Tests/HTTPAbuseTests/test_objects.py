"""Where the service asks for an object: only at the configured endpoint, only in its bucket, whatever the key says."""

import http.server
import threading
from urllib.parse import unquote

import pytest
from bench import Bench, eventually
from conftest import BUCKET
from raw import Client


class Listener:
    """Records each request's line and host, and knows no object, or says what a test wants it to."""

    def __init__(self):
        self.requests = requests = []
        self.status, self.body = 404, b""
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self):
                requests.append((self.command, self.raw_path(), self.headers["Host"]))
                self.send_response(listener.status)
                self.send_header("Content-Length", str(len(listener.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(listener.body)

            do_GET = do_PUT = do_POST = do_HEAD

            def raw_path(self):
                # `path` has its leading slashes folded.
                return self.raw_requestline.split(b" ")[1].decode("latin-1")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def s3():
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def trap():
    """An address that a key names. Nobody may come."""
    listener = Listener()
    yield listener
    listener.close()
    assert listener.requests == []


@pytest.fixture(scope="module")
def client(tmp_path_factory, programs, postgresql, emulator, s3):
    with Bench(tmp_path_factory.mktemp("objects"), programs, postgresql, emulator, None) as bench:
        bench.bucket = BUCKET
        service = bench.start_service(AWS_ENDPOINT_URL_S3=f"http://127.0.0.1:{s3.port}")
        client = Client(service.port)
        eventually(lambda: client.get("/ready").status == 200, lambda: f"not ready:\n{bench.logs()}")
        yield client
        assert service.process.poll() is None, bench.logs()


KEYS = [
    "http://127.0.0.1:TRAP/x", "//127.0.0.1:TRAP/x", "@127.0.0.1:TRAP/x", ":80@127.0.0.1:TRAP/", "/x", "//x", "///",
    "http://169.254.169.254/latest/meta-data/", "?x=1", "a?list-type=2&prefix=", "a#b", "a&b=c", "..", ".", "../x", "a/..",
    "../../other/x", "a/../../other/x", "%2e%2e%2fx", "%2e%2e/other", "..%2fother", "%00", "%", "%zz", "a%0d%0aHost: b",
    "a\r\nHost: 127.0.0.1:TRAP\r\nX: y", "a HTTP/1.1\r\n\r\nGET /other", "a b", "a+b", "a\tb", "\\\\127.0.0.1\\x", ";x", "*",
    "~", "'\"<>`{}|^", "\u202e", "\u00e9", "e\u0301", "\U0001f3a5", "x" * 1024, "\x01\x1f\x7f", "file:///etc/passwd",
    "${jndi:ldap://127.0.0.1:TRAP/x}", "{{7*7}}", "'; DROP TABLE apps_db_video; --", "$(id)", "`id`", "-rf", "--help",
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("path", ["/analyze", "/removals"])
def test_a_key_is_a_key_and_nothing_else(path, key, client, s3, trap):
    key = key.replace("TRAP", str(trap.port))
    s3.requests.clear()
    answer = client.post(path, {"s3_bucket": BUCKET, "s3_key": key})
    expected = (404, "object_not_found") if path == "/analyze" else (200, None)
    assert (answer.status, answer.code if answer.status != 200 else None) == expected
    [(method, target, host)] = s3.requests
    assert (method, host) == ("HEAD", f"127.0.0.1:{s3.port}")
    assert target.startswith(f"/{BUCKET}/") and "?" not in target and "#" not in target
    assert unquote(target[len(BUCKET) + 2 :], errors="strict") == key


@pytest.mark.parametrize("version", ["1&acl", "1#", "?x", "a\r\nHost: b", "../x", " "])
def test_a_version_is_one_parameter(version, client, s3):
    s3.requests.clear()
    answer = client.post("/analyze", {"s3_bucket": BUCKET, "s3_key": "a", "version_id": version})
    assert (answer.status, answer.code) == (404, "object_not_found")
    [(method, target, host)] = s3.requests
    path, _, query = target.partition("?")
    assert (method, path, host) == ("HEAD", f"/{BUCKET}/a", f"127.0.0.1:{s3.port}")
    name, _, value = query.partition("=")
    assert name == "versionId" and "&" not in value and unquote(value) == version


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("InvalidArgument", (400, "bad_request")), ("NoSuchVersion", (404, "object_not_found")),
        ("ExpiredToken", (502, "s3_error")),
    ],
)
def test_a_refused_version_is_told_from_credentials_that_have_expired(code, expected, client, s3, monkeypatch):
    """S3 answers 400 for both, and HEAD without saying why."""
    monkeypatch.setattr(s3, "status", 400)
    monkeypatch.setattr(s3, "body", f"<Error><Code>{code}</Code><Message>m</Message></Error>".encode())
    answer = client.post("/analyze", {"s3_bucket": BUCKET, "s3_key": "a", "version_id": "0"})
    assert (answer.status, answer.code) == expected
