"""`batch-processor dlq replay`, ended in the middle: no message is lost, and the next run finishes."""

import json
import signal
import time

import pytest
from bench import Program, eventually
from link import Hold

BODIES = {json.dumps({"s3_bucket": "b", "s3_key": f"videos/{number}.mp4"}) for number in range(3)}
# How many messages are in the main and in the dead-letter queue when the command ends.
STEPS = {
    "between send and delete": (rb"AmazonSQS\.DeleteMessageBatch", Hold.REQUEST, (1, 3)),
    "after the delete, before its answer": (rb"AmazonSQS\.DeleteMessageBatch", Hold.ANSWER, (1, 2)),
}
ENDS = [
    *((signal.SIGKILL, "kill -9", step) for step in STEPS),
    (signal.SIGTERM, "SIGTERM", "between send and delete"),
]


def replay(bench):
    log = bench.folder / f"replay-{len(list(bench.folder.glob('replay-*')))}.log"
    environment = bench.environment(
        {
            "AWS_ENDPOINT_URL": bench.queue.url,
            "SQS_QUEUE_URL": bench.queue_url.replace(f":{bench.emulator.port}/", f":{bench.queue.port}/"),
        }
    )
    program = Program([bench.programs / "batch-processor"], ["dlq", "replay", "--all"], environment, log)
    # Ended with the bench, whatever happens.
    bench.spares.append(program)
    return program


@pytest.mark.parametrize(("number", "name", "step"), ENDS, ids=[f"{name} {step}" for _, name, step in ENDS])
def test_replay_that_is_ended(number, name, step, bench, cell):
    sqs = bench.client("sqs")
    for body in BODIES:
        sqs.send_message(QueueUrl=bench.dead_letters, MessageBody=body)
    request, hold, expected = STEPS[step]
    point = bench.queue.at(request, hold=hold)
    ended = replay(bench)
    point.wait()
    ended.process.send_signal(number)
    assert ended.end() == -number, bench.logs()
    point.release(forward=False)
    assert (sum(bench.messages(bench.queue_url)), sum(bench.messages(bench.dead_letters))) == expected

    def finished():
        assert replay(bench).end() == 0, bench.logs()
        return sum(bench.messages(bench.dead_letters)) == 0

    # What the ended command had received is hidden from the next one for half a minute.
    eventually(lambda: sum(bench.messages(bench.dead_letters)[1:]) == 0, "messages stay hidden", seconds=90)
    eventually(finished, lambda: f"the dead-letter queue does not get empty:\n{bench.logs()}", seconds=120)
    found, deadline = [], time.monotonic() + 60
    while set(found) != BODIES:
        assert time.monotonic() < deadline, f"lost: {BODIES - set(found)}\n{bench.logs()}"
        answer = sqs.receive_message(QueueUrl=bench.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=300)
        found += [message["Body"] for message in answer.get("Messages", [])]
    cell(f"{name} of dlq replay", step, "no message lost; the next run finishes")
