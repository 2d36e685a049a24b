"""What a queue may do to its messages: twice, late, out of order, too early; and objects that change meanwhile."""

import os
import signal
import subprocess

import link
import pytest
from bench import VISIBILITY_SECONDS, alive, eventually
from link import Fault, Link


@pytest.fixture
def shorter(tmp_path, video):
    """Another object: the video's first second."""
    path = tmp_path / "shorter.mp4"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-t", "1", "-i", video, "-c", "copy", path]
    subprocess.run(command, check=True, timeout=60)
    return path


def take(bench):
    """The body of the message that waits, which is deleted."""
    sqs = bench.client("sqs")
    message = eventually(
        lambda: sqs.receive_message(QueueUrl=bench.queue_url, WaitTimeSeconds=1).get("Messages"), "no message"
    )[0]
    sqs.delete_message(QueueUrl=bench.queue_url, ReceiptHandle=message["ReceiptHandle"])
    return message["Body"]


def send(bench, body):
    bench.client("sqs").send_message(QueueUrl=bench.queue_url, MessageBody=body)


def test_the_same_event_twice_at_once(bench, clean, cell):
    """To two drains, each with a service of its own."""
    bench.upload()
    body = take(bench)
    send(bench, body)
    send(bench, body)
    first = bench.start_service()
    second = bench.start_service(spare=True)
    other = Link(second.port)
    try:
        # Both stand at their first question, then ask together.
        points = [bench.api.at(rb"POST /analyze"), other.at(rb"POST /analyze")]
        drains = [
            bench.start_drain(MAX_CONCURRENT_MESSAGES="1"),
            bench.start_drain(api=other, MAX_CONCURRENT_MESSAGES="1"),
        ]
        for point in points:
            point.wait()
        for point in points:
            point.release()
        assert [drain.end(150) for drain in drains] == [0, 0], bench.logs()
    finally:
        other.close()
    bench.drain_until_empty()
    bench.expect_stored_once(clean)
    assert bench.query("SELECT attempt FROM apps_db_videoanalysis") == [["1"]]
    assert second.terminate() == 0
    assert first.process.poll() is None
    bench.expect_nothing_left()
    cell("the same event twice at once", "two drains, two services", "one analysis, both messages deleted")


def test_an_older_event_last(bench, clean, cell, shorter):
    """The object was overwritten; the older upload's event comes when the newer one is stored."""
    bench.upload()
    older = take(bench)
    bench.upload(video=shorter)
    bench.upload()
    bench.start_service()
    assert bench.drain_until_empty() == 0, bench.logs()
    assert bench.stored() == clean
    send(bench, older)
    assert bench.drain_until_empty() == 0, bench.logs()
    assert bench.stored() == clean
    bench.expect_nothing_left()
    cell("an older event last", "after the newer one's rows", "the newer rows stay, message deleted")


def test_an_object_overwritten_during_its_analysis(bench, clean, cell, shorter):
    """The rows that end up stored are those of the object that lies in the bucket."""
    bench.upload(video=shorter)
    bench.start_service()
    drain = bench.start_drain()
    child = bench.child()
    os.kill(child, signal.SIGSTOP)
    bench.upload()
    os.kill(child, signal.SIGCONT)
    drain.end(150)
    bench.drain_until_empty()
    assert bench.stored() == clean, bench.logs()
    assert bench.query("SELECT status FROM apps_db_video") == [["COMPLETED"]]
    bench.expect_nothing_left()
    cell("an object overwritten", "during analysis", "the newer object's rows, both messages deleted")


def test_an_object_overwritten_during_its_download(bench, clean, cell, shorter):
    """`If-Match` refuses the mixture."""
    bench.upload(video=shorter)
    bench.start_service()
    point = bench.objects.at(rb"GET /[^ ]+/walk\.mp4")
    drain = bench.start_drain()
    point.wait()
    bench.upload()
    point.release()
    drain.end(150)
    bench.drain_until_empty()
    assert bench.stored() == clean, bench.logs()
    assert bench.query("SELECT status FROM apps_db_video") == [["COMPLETED"]]
    bench.expect_nothing_left()
    cell("an object overwritten", "during download", "the newer object's rows, both messages deleted")


def test_a_message_that_comes_again_after_its_deletion(bench, clean, cell):
    bench.upload()
    body = take(bench)
    send(bench, body)
    bench.start_service()
    assert bench.drain_until_empty() == 0, bench.logs()
    send(bench, body)
    assert bench.drain_until_empty() == 0, bench.logs()
    bench.expect_stored_once(clean)
    assert bench.query("SELECT attempt FROM apps_db_videoanalysis") == [["1"]]
    bench.expect_nothing_left()
    cell("a message again", "after its deletion", "not analysed again, deleted")


def test_a_lost_receipt_handle(bench, clean, cell):
    """Another receiver got the message meanwhile: the first one's delete must not take it from the other."""
    bench.upload()
    bench.start_service()
    beats = Fault(link.answering("500 Internal Server Error", only=b"ChangeMessageVisibility"), times=10_000)
    # The heartbeat fails until the message shows again and is received by another.
    point = bench.queue.at(rb"AmazonSQS\.ChangeMessageVisibility")
    drain = bench.start_drain()
    child = bench.child()
    os.kill(child, signal.SIGSTOP)
    point.wait()
    bench.queue.spoil(beats)
    point.release(forward=False)
    sqs = bench.client("sqs")
    taken = eventually(
        lambda: sqs.receive_message(QueueUrl=bench.queue_url, WaitTimeSeconds=1, VisibilityTimeout=60).get("Messages"),
        "the message did not show again",
    )[0]
    bench.queue.heal()
    os.kill(child, signal.SIGCONT)
    assert drain.end(150) == 1, bench.logs()
    assert bench.messages(bench.queue_url) == (0, 1)
    sqs.change_message_visibility(QueueUrl=bench.queue_url, ReceiptHandle=taken["ReceiptHandle"], VisibilityTimeout=0)
    assert bench.drain_until_empty() == 0, bench.logs()
    bench.expect_stored_once(clean)
    bench.expect_nothing_left()
    cell("a lost receipt handle", "during analysis", "the other receiver's message stays; rows once")


def test_a_heartbeat_that_fails_for_a_while(bench, clean, cell):
    bench.upload()
    bench.start_service()
    point = bench.queue.at(rb"AmazonSQS\.ChangeMessageVisibility")
    drain = bench.start_drain()
    child = bench.child()
    os.kill(child, signal.SIGSTOP)
    point.wait()
    fault = Fault(link.answering("500 Internal Server Error"))
    bench.queue.spoil(fault)
    point.release(forward=False)
    eventually(lambda: fault.hits == fault.times, "the heartbeat did not beat again")
    os.kill(child, signal.SIGCONT)
    assert drain.end(150) == 0, bench.logs()
    assert len(bench.drains) == 1
    bench.expect_stored_once(clean)
    bench.expect_nothing_left()
    cell("a heartbeat that fails", "for two beats", "rows once, message deleted by the same drain")


def test_an_analysis_longer_than_the_visibility_timeout(bench, clean, cell):
    bench.upload()
    bench.start_service()
    beats = [bench.queue.at(rb"AmazonSQS\.ChangeMessageVisibility")]
    drain = bench.start_drain()
    child = bench.child()
    os.kill(child, signal.SIGSTOP)
    # Three beats at half the visibility timeout are longer than it.
    for _ in range(3):
        beats[-1].wait()
        beats.append(bench.queue.at(rb"AmazonSQS\.ChangeMessageVisibility"))
        beats[-2].release()
    beats[-1].wait()
    beats[-1].release()
    os.kill(child, signal.SIGCONT)
    assert drain.end(150) == 0, bench.logs()
    bench.expect_stored_once(clean)
    assert bench.query("SELECT attempt FROM apps_db_videoanalysis") == [["1"]]
    bench.expect_nothing_left()
    cell("a visibility timeout far shorter", "than the analysis", f"kept hidden in steps of {VISIBILITY_SECONDS // 2} s")


def test_a_replica_that_stands_still_beyond_its_lease(bench, clean, cell):
    """Another takes over; what the first one does when it goes on meets the fence."""
    bench.upload()
    late = bench.start_service()
    drain = bench.start_drain()
    child = bench.child()
    # The child's work is done by the time that its service goes on; the service has not seen it.
    os.kill(late.pid, signal.SIGSTOP)
    replica = bench.start_service()
    bench.spares.append(late)
    bench.api.spoil(None)
    assert drain.end(200) == 0, bench.logs()
    bench.expect_stored_once(clean)
    assert bench.query("SELECT attempt FROM apps_db_videoanalysis") == [["2"]]
    os.kill(late.pid, signal.SIGCONT)
    eventually(lambda: "analysis taken over by another attempt" in late.log.read_text(), "the late run did not end")
    eventually(lambda: not alive(child), "the late run's child goes on")
    assert late.terminate() == 0, bench.logs()
    bench.expect_stored_once(clean)
    assert replica is bench.service
    bench.expect_nothing_left()
    cell("a replica that stands still", "during analysis", "taken over; its late rows are fenced out")
