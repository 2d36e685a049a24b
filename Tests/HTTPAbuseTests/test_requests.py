"""What no honest client sends: each gets a problem document of its own, or its connection ends, and the service answers
the next request as if nothing had been."""

import base64
import json
from urllib.parse import quote

import pytest
from conftest import BUCKET, KEY, TOKEN, VIDEO_ID
from raw import Client, Connection

HOST = b"Host: framelake\r\n"
AUTH = b"X-Internal-Token: " + TOKEN.encode() + b"\r\n"
HEALTH = b"GET /health HTTP/1.1\r\n" + HOST
ANALYZE = b"POST /analyze HTTP/1.1\r\n" + HOST + AUTH
SMUGGLED = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.fixture(autouse=True)
def lives_on(service):
    yield
    answer = service.http.get(f"/videos/{VIDEO_ID}")
    assert answer.status == 200 and answer.json["status"] == "COMPLETED"


MALFORMED = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an unknown version": b"GET /health HTTP/9.9\r\n" + HOST + b"\r\n",
    "no version": b"GET /health\r\n\r\n",
    "a method with a space": b"GE T /health HTTP/1.1\r\n" + HOST + b"\r\n",
    "an unknown method of odd characters": b"G<>T /health HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space within the path": b"GET /hea lth HTTP/1.1\r\n" + HOST + b"\r\n",
    "a zero byte within the path": b"GET /he\0alth HTTP/1.1\r\n" + HOST + b"\r\n",
    "a header without a colon": HEALTH + b"nonsense\r\n\r\n",
    "a header with an empty name": HEALTH + b": value\r\n\r\n",
    "a space before the colon": HEALTH + b"Content-Length : 5\r\n\r\nhello",
    "a zero byte within a header": HEALTH + b"X-A: a\0b\r\n\r\n",
    "a lone CR within a header": HEALTH + b"X-A: a\rX-Internal-Token: b\r\n\r\n",
    "a header of 200 KB": HEALTH + b"X-A: " + b"a" * 200_000 + b"\r\n\r\n",
    "a path of 200 KB": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "2,000 headers": HEALTH + b"".join(b"X-%d: a\r\n" % n for n in range(2000)) + b"\r\n",
    "length and chunks": ANALYZE + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + SMUGGLED,
    "chunks and length": ANALYZE + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + SMUGGLED,
    "two lengths": ANALYZE + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" + SMUGGLED,
    "two lengths in one": ANALYZE + b"Content-Length: 5, 6\r\n\r\nhello" + SMUGGLED,
    "a length with a sign": ANALYZE + b"Content-Length: +5\r\n\r\nhello" + SMUGGLED,
    "a negative length": ANALYZE + b"Content-Length: -1\r\n\r\n" + SMUGGLED,
    "a length in hexadecimal": ANALYZE + b"Content-Length: 0x5\r\n\r\nhello" + SMUGGLED,
    "a length beyond 64 bits": ANALYZE + b"Content-Length: 99999999999999999999\r\n\r\n" + SMUGGLED,
    "an unknown transfer coding": ANALYZE + b"Transfer-Encoding: xchunked\r\n\r\n" + SMUGGLED,
    "chunked, but not at last": ANALYZE + b"Transfer-Encoding: chunked, identity\r\n\r\n" + SMUGGLED,
    "a chunk size beyond 64 bits": ANALYZE + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + SMUGGLED,
    "a negative chunk size": ANALYZE + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + SMUGGLED,
    "a chunk longer than it says": ANALYZE + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabcdef\r\n" + SMUGGLED,
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_request_is_refused_and_ends_the_connection(data, service):
    with Connection(service.service.port) as connection:
        connection.send_while_it_goes(data)
        answer = connection.answer()
        assert (answer.status, answer.code) == (400, "bad_request")
        assert answer.headers["connection"] == "close"
        assert connection.ends() == b"", "what was hidden behind it was answered"


@pytest.mark.parametrize("count", [1, 50])
def test_pipelined_requests_are_answered_in_order(count, service):
    wanted = [f"p-{number}" for number in range(count)]
    with Connection(service.service.port) as connection:
        connection.send(b"".join(HEALTH + b"X-Request-Id: %s\r\n\r\n" % name.encode() for name in wanted) + b"\0\r\n\r\n")
        assert [connection.answer().headers["x-request-id"] for _ in wanted] == wanted
        # What follows them is no request.
        assert connection.answer().code == "bad_request"
        assert connection.ends() == b""


def test_a_body_behind_a_get_is_no_second_request(service):
    with Connection(service.service.port) as connection:
        hidden = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"
        connection.send(HEALTH + b"Content-Length: %d\r\n\r\n" % len(hidden) + hidden)
        assert connection.answer().status == 200
        connection.send(HEALTH + b"X-Request-Id: next\r\n\r\n")
        assert connection.answer().headers["x-request-id"] == "next"


OVERSIZED = {
    "declared": b"Content-Length: 10000000000\r\n\r\n",
    "chunked": b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b" " * 65536 + b"\r\n10000\r\n" + b" " * 65536,
}


@pytest.mark.parametrize("body", OVERSIZED.values(), ids=OVERSIZED)
@pytest.mark.parametrize("path", ["/analyze", "/removals"])
def test_a_body_that_is_too_large_is_refused_before_its_end(path, body, service):
    with Connection(service.service.port) as connection:
        connection.send(f"POST {path} HTTP/1.1\r\n".encode() + HOST + AUTH + body)
        answer = connection.answer()
        assert (answer.status, answer.code) == (413, "too_large")


def nested(depth):
    return b'{"s3_bucket":' + b"[" * depth + b"]" * depth + b"}"


def analyze(**fields):
    return json.dumps({"s3_bucket": BUCKET, "s3_key": KEY, **fields}).encode()


WRONG_BODIES = {
    "nothing": ("/analyze", b""),
    "not JSON": ("/analyze", b"s3_bucket=raw&s3_key=a"),
    "not UTF-8": ("/analyze", b'{"s3_bucket":"' + BUCKET.encode() + b'","s3_key":"\xff\xfe"}'),
    "UTF-16": ("/analyze", analyze().decode().encode("utf-16")),
    "an overlong form": ("/analyze", b'{"s3_bucket":"a","s3_key":"\xc0\xaf"}'),
    "deep": ("/analyze", nested(20_000)),
    "100,000 brackets": ("/inventory", nested(100_000)),
    "100,000 open brackets": ("/inventory", b"[" * 100_000),
    "100,000 objects within each other": ("/inventory", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "a number beyond all": ("/search/frames", b'{"vector":[1e999]}'),
    "a number of 40 digits": ("/search/frames", b'{"video_id":"a","frame_number":1' + b"0" * 40 + b"}"),
    "a limit of 40 digits": ("/search/frames", b'{"vector":[1],"limit":1' + b"0" * 40 + b"}"),
    "a track beyond 32 bits": ("/search/objects", b'{"video_id":"a","track_id":0.5}'),
    "a size beyond 64 bits": (
        "/inventory",
        f'{{"s3_bucket":"{BUCKET}","objects":[{{"s3_key":"a","etag":"b","size":9223372036854775808}}]}}'.encode(),
    ),
    "NaN": ("/search/frames", b'{"vector":[NaN]}'),
    "an unknown field": ("/analyze", analyze(froce=True)),
    "an array": ("/analyze", b"[1]"),
    "a bucket that is an object": ("/analyze", analyze(s3_bucket={"a": 1})),
    "a key that is a number": ("/analyze", analyze(s3_key=7)),
    "a force that is text": ("/analyze", analyze(force="false")),
    "a zero byte in the key": ("/analyze", analyze(s3_key="a\0b")),
    "a zero byte in a removed key": ("/removals", analyze(s3_key="a\0b")),
    "a zero byte in a field's name": ("/analyze", analyze(**{"s3_key\0": "a"})),
    "a key longer than S3's": ("/analyze", analyze(s3_key="a" * 1025)),
    "a removed key longer than S3's": ("/removals", analyze(s3_key="é" * 513)),
    "a picture that is none": ("/search/frames", b"\x89PNG\r\n\x1a\n" + bytes(100)),
}


@pytest.mark.parametrize(("path", "body"), WRONG_BODIES.values(), ids=WRONG_BODIES)
def test_a_wrong_body_is_a_bad_request(path, body, service):
    answer = service.http.post(path, body)
    assert (answer.status, answer.code) == (400, "bad_request")


@pytest.mark.parametrize("path", ["/analyze", "/removals", "/inventory", "/search/frames"])
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "\xff"])
def test_a_body_of_another_type_is_refused(path, kind, service):
    answer = service.http.post(path, analyze(), headers={"Content-Type": kind})
    assert (answer.status, answer.code) == (400, "bad_request")
    assert "Content-Type" in answer.json["detail"]


def test_what_cannot_be_a_version_is_no_failure_of_s3(service):
    """S3 answers HEAD with a bare 400."""
    answer = service.http.post("/analyze", analyze(version_id="0"))
    assert (answer.status, answer.code) in [(400, "bad_request"), (404, "object_not_found")]


def test_the_last_of_equal_keys_counts(service):
    answer = service.http.post("/analyze", analyze()[:-1] + b',"s3_bucket":"other"}')
    assert (answer.status, answer.code) == (403, "bucket_not_allowed")


ODD_PATHS = [
    "/videos/../health", "/videos/%2e%2e%2fhealth", "/videos/%2e%2e/health", "/videos//events",
    "/videos/..", "/videos/../../etc/passwd", "/videos/..%2f..%2f..%2fetc%2fpasswd", "/videos/%2fetc%2fpasswd",
    "/videos/%5c..%5c", "/videos/a%00b", "/videos/%c0%af", "/videos/%", "/videos/%ff", "/videos/a%0d%0aX-A:%20b",
    "/videos/%s%n", "/videos/';DROP TABLE apps_db_video;--".replace(" ", "%20"), "/videos/a/display/1e3/image",
    "/videos/a/display/-1/image", "/analyses/9223372036854775808", "/analyses/0x1", "/analyses/+1%20", "*",
    "/videos?after=%00", "/videos?after=AAAA", "/videos?limit=1e2", "/videos?limit=9223372036854775808",
    "/videos?video_id=%27%20OR%201=1", "/videos/a/events?from=1e999", "/videos/a/events?from=-0.1",
    "/videos/a/events?track_id=2147483648",
]


@pytest.mark.parametrize("path", ODD_PATHS)
def test_an_odd_path_or_query_is_a_problem(path, service):
    answer = service.http.get(path)
    assert (answer.status, answer.code) in [(400, "bad_request"), (404, "not_found")]


# Each pair of a list and one part too few or too much, or of a value that does not belong there.
@pytest.mark.parametrize(
    "cursor", ["videos\n", "videos\nx\ny", "analyses\n1", "videos\n\0", "videos\n' OR 1=1\n1", "events\n1\n1", "\n\n\n"]
)
@pytest.mark.parametrize("path", ["/videos", "/analyses", *(f"/videos/{VIDEO_ID}/{name}" for name in
                         ["events", "tracks", "depth", "display"])])
def test_a_forged_cursor_is_a_problem_or_a_page(path, cursor, service):
    text = base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")
    answer = service.http.get(f"{path}?after={text}")
    assert answer.status == 200 or (answer.status, answer.code) == (400, "bad_request")


WRONG_TOKENS = {
    "none": [], "empty": [""], "wrong": ["wrong"], "the beginning": [TOKEN[:-1]], "more": [TOKEN + "x"],
    "other case": [TOKEN.upper()], "right and wrong": [TOKEN, "wrong"], "wrong and right": ["wrong", TOKEN],
    "twice": [TOKEN, TOKEN], "a list": [f"wrong, {TOKEN}"], "60 KB": ["x" * 60_000], "not ASCII": [TOKEN + "\xff"],
}


@pytest.mark.parametrize("tokens", WRONG_TOKENS.values(), ids=WRONG_TOKENS)
def test_a_wrong_token_opens_nothing(tokens, service):
    head = b"GET /videos HTTP/1.1\r\n" + HOST + b"Connection: close\r\nAuthorization: Bearer " + TOKEN.encode() + b"\r\n"
    lines = b"".join(b"X-Internal-Token: " + token.encode("latin-1") + b"\r\n" for token in tokens)
    answer = Client(service.service.port).raw(head + lines + b"\r\n")
    assert (answer.status, answer.code) == (401, "unauthorized")


@pytest.mark.parametrize(
    "path",
    [
        "/health/../videos", "/health/..%2fvideos", "/health%2f..%2fvideos", "//health/../videos", "/videos?/health",
        "/videos#/health", "/videos;/health", "/health;/../videos", "http://framelake/videos", "/health/videos",
        "/ready/../analyses", "/metrics%00/videos", "/videos/%2e%2e/health", "/Videos",
    ],
)
def test_open_paths_open_no_other(path, service):
    answer = Client(service.service.port).get(path)
    assert (answer.status, answer.code) == (401, "unauthorized")


OTHER_BUCKETS = [
    "other", BUCKET.upper(), f"{BUCKET} ", f" {BUCKET}", f"{BUCKET}/..", f"{BUCKET}/../other", f"../{BUCKET}",
    f"arn:aws:s3:::{BUCKET}", f"s3://{BUCKET}", f"{BUCKET}.", f"{BUCKET}@other", f"{BUCKET}?x=", f"{BUCKET}#", ".", "*",
    "http://169.254.169.254", "127.0.0.1:1", f"{BUCKET}\u200b", f"{BUCKET}\r\nHost: other",
]


@pytest.mark.parametrize("bucket", OTHER_BUCKETS)
@pytest.mark.parametrize("path", ["/analyze", "/removals", "/inventory"])
def test_another_bucket_is_refused(path, bucket, service):
    body = {"s3_bucket": bucket, "objects": []} if path == "/inventory" else {"s3_bucket": bucket, "s3_key": KEY}
    answer = service.http.post(path, body)
    assert (answer.status, answer.code) == (403, "bucket_not_allowed")
    assert set(answer.headers) <= {"content-type", "cache-control", "content-length", "date", "x-request-id", "connection"}


FORGERIES = [
    'a\n{"timestamp":"2026-01-01T00:00:00.000Z","level":"error","logger":"forged","message":"forged"}',
    'a\r\n{"level":"error","logger":"forged"}', "a\u2028forged", "a\x1b[2K\x1b[1Aforged", 'a","level":"forged',
]


@pytest.mark.parametrize("text", FORGERIES)
def test_nothing_that_is_sent_forges_a_line_of_the_log(text, service):
    log = service.service.log
    before = log.stat().st_size
    for fields in [{"s3_key": text}, {"s3_bucket": text}, {"video_id": text}, {"etag": text}, {"version_id": text}]:
        service.http.post("/analyze", analyze(**fields))
    service.http.post("/removals", {"s3_bucket": BUCKET, "s3_key": text, "sequencer": text})
    service.http.send("DELETE", "/videos/" + quote(text, safe=""))
    service.http.get("/videos?" + quote(text, safe="") + "=1")
    service.http.get("/health", headers={"X-Request-Id": text.replace("\r", "").replace("\n", " ")})
    with open(log, "rb") as file:
        file.seek(before)
        lines = file.read().split(b"\n")
    assert len(lines) > 5
    for line in lines[:-1]:
        entry = json.loads(line)
        assert (entry["logger"], b"\x1b" in line) == ("analysis-service", False), line
