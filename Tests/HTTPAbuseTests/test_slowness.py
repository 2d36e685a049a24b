"""Clients that take their time, and many at once: they hold neither the service nor its memory, and it answers others
meanwhile. Nothing here asserts a time: the service's own limits are short, and what must end is waited for."""

import contextlib
import json
import os
import pathlib
import select
import time

import pytest
from bench import Program, eventually, tail
from raw import Client, Connection

LIMIT = 2
CONNECTIONS = 20
HEAD = b"POST /analyze HTTP/1.1\r\nHost: framelake\r\n"


@pytest.fixture(scope="module")
def hurried(tmp_path_factory, programs):
    """A service with short limits and nothing else: it needs no database to live."""
    folder = tmp_path_factory.mktemp("hurried")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "FRAMELAKE_"))},
        "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "S3_BUCKET_RAW": "raw", "HOST": "127.0.0.1", "PORT": "0", "WORK_DIR": str(folder / "work"), "LOG_FORMAT": "json",
        "REQUEST_TIMEOUT_SECONDS": str(LIMIT), "IDLE_TIMEOUT_SECONDS": str(2 * LIMIT), "MAX_CONNECTIONS": str(CONNECTIONS),
    }
    program = Program([programs / "analysis-service"], ["serve"], environment, folder / "log")

    def port():
        assert program.process.poll() is None, tail(program.log)
        for line in program.log.read_text().splitlines():
            if '"http.port"' in line:
                return int(json.loads(line)["http.port"])

    program.port = eventually(port, lambda: tail(program.log))
    yield program
    assert program.process.poll() is None, f"the service died:\n{tail(program.log)}"
    program.kill()


@pytest.fixture(autouse=True)
def lives_on(hurried):
    yield
    assert Client(hurried.port).get("/health").status == 200


def trickle(connection, service, piece, seconds=90):
    """Sends piece after piece until the service says something or hangs up; it answers others meanwhile."""
    deadline = time.monotonic() + seconds
    while not select.select([connection.socket], [], [], 0.2)[0]:
        assert time.monotonic() < deadline, "the service waits for ever"
        if not connection.send_while_it_goes(piece):
            return
        assert Client(service.port).get("/health").status == 200


SLOW_BODIES = {
    "declared": (b"Content-Length: 1000\r\n\r\n", b" "),
    "chunked": (b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "declared, and nothing comes": (b"Content-Length: 1000\r\n\r\n", b""),
}


@pytest.mark.parametrize(("head", "piece"), SLOW_BODIES.values(), ids=SLOW_BODIES)
def test_a_slow_body_is_given_up(head, piece, hurried):
    with Connection(hurried.port) as connection:
        connection.send(HEAD + head)
        trickle(connection, hurried, piece)
        answer = connection.answer()
        assert (answer.status, answer.code) == (408, "request_timed_out")
        assert answer.headers["connection"] == "close"
        connection.ends()


SLOW_HEADS = {"a header": (HEAD + b"X-A: ", b"a"), "a path": (b"GET /", b"a"), "nothing": (b"", b"")}


@pytest.mark.parametrize(("head", "piece"), SLOW_HEADS.values(), ids=SLOW_HEADS)
def test_a_slow_head_ends_its_connection(head, piece, hurried):
    with Connection(hurried.port) as connection:
        connection.send(head)
        trickle(connection, hurried, piece)
        assert connection.ends() == b""


def test_a_connection_that_idles_after_its_answer_ends(hurried):
    with Connection(hurried.port) as connection:
        connection.send(b"GET /health HTTP/1.1\r\nHost: framelake\r\n\r\n")
        assert connection.answer().status == 200
        assert connection.ends() == b""


@pytest.mark.parametrize("head", [b"Content-Length: 9999999999\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_a_refused_body_that_goes_on_for_ever_ends(head, hurried):
    with Connection(hurried.port) as connection:
        too_much = b"20000\r\n" + b" " * 0x20000 + b"\r\n"
        connection.send(HEAD + head + too_much)
        assert connection.answer().code == "too_large"
        deadline = time.monotonic() + 90
        while connection.send_while_it_goes(b"1\r\n \r\n"):
            assert time.monotonic() < deadline, "the service reads for ever"
            time.sleep(0.05)


def test_many_connections_take_turns(hurried):
    """More than the service holds at once, each with half a request: it holds no more, and comes to the next."""
    files = pathlib.Path(f"/proc/{hurried.pid}/fd")
    few = len(list(files.iterdir()))
    with contextlib.ExitStack() as stack:
        for _ in range(4 * CONNECTIONS):
            stack.enter_context(Connection(hurried.port)).send(HEAD)
        assert Client(hurried.port).get("/health").status == 200
        # The kernel may hand over some more at once.
        assert len(list(files.iterdir())) < few + 2 * CONNECTIONS
