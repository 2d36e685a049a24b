"""kill -9 of every process at every step: the rows of a clean run, exactly once."""

import os
import signal

import pytest
from bench import alive, children, eventually
from link import Hold

# A step names the link, the request on it and the side of it where everything stands still while a process is killed.
STEPS = {
    "before receive": ("queue", rb"AmazonSQS\.ReceiveMessage", {}),
    "after claim": ("objects", rb"GET /[^ ]+/walk\.mp4", {}),
    "during download": ("objects", rb"GET /[^ ]+/walk\.mp4", {"hold": Hold.ANSWER, "passing": 20_000}),
    "during analysis": None,
    "between COPY and commit": ("database", rb"COMMIT", {"after": rb"COPY \"object_embeddings"}),
    "after commit, before the answer": (
        "database", rb"COMMIT", {"after": rb"COPY \"object_embeddings", "hold": Hold.ANSWER},
    ),
    "after the answer, before delete": ("queue", rb"AmazonSQS\.DeleteMessageBatch", {}),
}
VICTIMS = ["batch-processor", "analysis-service", "PostgreSQL", "emulator"]
# The links whose bytes on the way a dead process takes along.
ENDS = {
    "batch-processor": {"queue", "api"},
    "analysis-service": {"objects", "database", "api"},
    "PostgreSQL": {"database"},
    "emulator": {"queue", "objects"},
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("victim", VICTIMS)
def test_kill(victim, step, bench, clean, cell):
    bench.upload()
    bench.start_service()
    with Standstill(bench, step) as standstill:
        if step == "between COPY and commit":
            assert bench.query("SELECT progress < 100, status FROM apps_db_videoanalysis") == [["t", "PROCESSING"]]
        kill(victim, bench)
        standstill.lost = ENDS[victim]
    restart(victim, bench)
    assert bench.drain_until_empty() == 0, bench.logs()
    bench.expect_stored_once(clean)
    bench.expect_nothing_left()
    attempts = bench.query("SELECT attempt FROM apps_db_videoanalysis")[0][0]
    cell(f"kill -9 of {victim}", step, f"rows once, attempt {attempts}, message deleted")


def test_kill_of_the_child(bench, clean, cell):
    """The service lives on, records the crash, and the message, received again, starts a new attempt."""
    bench.upload()
    bench.start_service()
    with Standstill(bench, "during analysis") as standstill:
        os.kill(standstill.child, signal.SIGKILL)
    assert bench.drain_until_empty() == 0, bench.logs()
    assert "analysis_crashed" in bench.logs()
    bench.expect_stored_once(clean)
    bench.expect_nothing_left()
    cell("kill -9 of the child", "during analysis", "rows once, message deleted")


class Standstill:
    """Starts a drain and stops the pipeline at a step; lets it go on at the end of the block."""

    def __init__(self, bench, step):
        self.bench, self.step, self.lost = bench, step, set()
        self.child, self.link, self.point = None, None, None
        if STEPS[step] is not None:
            self.link, request, options = STEPS[step]
            self.point = getattr(bench, self.link).at(request, **options)

    def __enter__(self):
        self.bench.start_drain()
        if self.point is not None:
            self.point.wait()
        else:
            self.child = self.bench.child()
            os.kill(self.child, signal.SIGSTOP)
        return self

    def __exit__(self, *_):
        if self.point is not None:
            self.point.release(forward=self.link not in self.lost)
        elif alive(self.child):
            os.kill(self.child, signal.SIGCONT)


def kill(victim, bench):
    match victim:
        case "batch-processor":
            bench.drains[-1].kill()
        case "analysis-service":
            orphans = children(bench.service.pid)
            bench.service.kill()
            eventually(lambda: not any(map(alive, orphans)), "the dead service's child goes on")
        case "PostgreSQL":
            bench.postgresql.kill()
        case "emulator":
            bench.emulator.kill()


def restart(victim, bench):
    match victim:
        case "analysis-service":
            bench.start_service()
        case "PostgreSQL":
            bench.postgresql.start()
            bench.database.upstream = bench.postgresql.port
        case "emulator":
            # What it held was in its memory. AWS forgets nothing; here the upload is made again.
            bench.emulator.start()
            bench.queue.upstream = bench.objects.upstream = bench.emulator.port
            bench.provision()
            bench.upload()
