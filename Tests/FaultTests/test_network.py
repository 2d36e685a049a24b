"""Faults of the network between every two parties, for the first connections: the pipeline asks again, and stores once."""

import re
import ssl
import subprocess

import link
import pytest
from bench import eventually
from link import Fault

HTTP_FAULTS = {
    "reset in the middle": link.resetting,
    "503 with Retry-After": link.answering("503 Service Unavailable", "Retry-After: 1"),
    "500": link.answering("500 Internal Server Error"),
    "truncated answer": link.truncating,
    "no answer": link.silent,
    "one byte a second": link.trickling,
}
DATABASE_FAULTS = {
    "reset at the start": link.resetting_stream(8),
    "reset in the middle": link.resetting_stream(2_000),
    "no answer": link.silent,
}
LINKS = {
    "batch-processor to SQS": "queue",
    "batch-processor to the service": "api",
    "the service to S3": "objects",
    "the service to PostgreSQL": "database",
}
REFUSED = re.compile(r"(?i)connection refused|failed to connect|couldn't connect|could not connect")
CELLS = [(kind, place) for place in LINKS for kind in (DATABASE_FAULTS if place.endswith("SQL") else HTTP_FAULTS)]


@pytest.mark.parametrize(("kind", "place"), CELLS)
def test_fault_of_the_network(kind, place, bench, clean, cell):
    bench.upload()
    bench.start_service()
    faults = DATABASE_FAULTS if place.endswith("SQL") else HTTP_FAULTS
    fault = Fault(faults[kind])
    getattr(bench, LINKS[place]).spoil(fault)
    bench.drain_until_empty()
    assert fault.hits == fault.times, f"the fault was met {fault.hits} times"
    bench.expect_stored_once(clean)
    bench.expect_nothing_left()
    cell(kind, place, "rows once, message deleted")


@pytest.mark.parametrize("place", LINKS)
def test_connection_refused_for_a_while(place, bench, clean, cell):
    """From the first step of the analysis on, until the parties have met it."""
    bench.upload()
    bench.start_service()
    point = bench.objects.at(rb"GET /[^ ]+/walk\.mp4")
    drain = bench.start_drain()
    point.wait()
    refused = getattr(bench, LINKS[place])
    refused.refuse()
    point.release(forward=place != "the service to S3")
    log = bench.service.log if place.startswith("the service") else drain.log
    eventually(lambda: REFUSED.search(log.read_text()), lambda: f"nobody met the refusal:\n{bench.logs()}")
    refused.accept()
    drain.end(150)
    bench.drain_until_empty()
    bench.expect_stored_once(clean)
    bench.expect_nothing_left()
    cell("connection refused", place, "rows once, message deleted")


@pytest.fixture
def certificate(tmp_path):
    """Signed by nobody."""
    key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", key, "-out", chain], check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context


def test_tls_that_cannot_be_trusted(certificate, bench, clean, cell):
    """Nothing is sent over it, nothing is lost, and the exit code says that a party cannot be reached."""
    bench.upload()
    bench.start_service()

    def serve_tls(client, _):
        try:
            with certificate.wrap_socket(client, server_side=True) as trusted:
                raise AssertionError(f"the certificate was trusted, and {trusted.recv(1000)} came")
        except OSError:
            return True

    for place, variables in {
        "batch-processor to SQS": {"AWS_ENDPOINT_URL": bench.queue.url.replace("http:", "https:")},
        "batch-processor to the service": {"FASTAPI_ENDPOINT": bench.api.url.replace("http:", "https:")},
    }.items():
        spoilt = getattr(bench, LINKS[place])
        fault = Fault(serve_tls, times=10_000)
        spoilt.spoil(fault)
        drain = bench.start_drain(SERVICE_PATIENCE_SECONDS="1", **variables)
        assert drain.end(150) == 69, bench.logs()
        assert fault.hits
        assert re.search("(?i)certificate", drain.log.read_text())
        spoilt.heal()
        assert sum(bench.messages(bench.queue_url)) == 1
        cell("TLS that cannot be trusted", place, "exit code 69, the message stays")
    assert bench.drain_until_empty() == 0
    bench.expect_stored_once(clean)
    bench.expect_nothing_left()
