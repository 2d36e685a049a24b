"""SQS where moto alone would answer otherwise."""

import json
import threading
import time

import pytest
from botocore.exceptions import ClientError
from moto.sqs.models import Message, sqs_backends

import mends  # the emulator's SQS, in this process


def test_a_stale_receipt_handle_deletes_nothing(queue):
    queue.send("work")
    (first,) = queue.receive()
    queue.show(first)
    (second,) = queue.receive()
    assert first["ReceiptHandle"] != second["ReceiptHandle"]
    queue.delete(first)  # succeeds, as on AWS
    queue.show(second)
    (third,) = queue.receive()
    queue.delete(third)
    queue.delete(third)  # again: succeeds
    assert queue.receive() == []
    assert queue.attributes()["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_batch_deletes_follow_the_same_rule(queue):
    queue.send("work")
    (first,) = queue.receive()
    queue.show(first)
    (second,) = queue.receive()
    entries = [{"Id": "stale", "ReceiptHandle": first["ReceiptHandle"]}, {"Id": "wrong", "ReceiptHandle": "no handle"}]
    answer = queue.sqs.delete_message_batch(QueueUrl=queue.url, Entries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["stale"]
    assert [entry["Code"] for entry in answer["Failed"]] == ["ReceiptHandleIsInvalid"]
    queue.show(second)
    assert len(queue.receive()) == 1


def test_a_handle_that_never_was_is_an_error(queue):
    with pytest.raises(ClientError) as error:
        queue.delete({"ReceiptHandle": "no handle"})
    assert error.value.response["Error"]["Code"] == "ReceiptHandleIsInvalid"


@pytest.mark.parametrize("state", ["stale", "deleted"])
def test_visibility_of_a_lost_message_cannot_be_changed(queue, state):
    queue.send("work")
    (message,) = queue.receive()
    if state == "stale":
        queue.show(message)
        queue.receive()
    else:
        queue.delete(message)
    with pytest.raises(ClientError) as error:
        queue.show(message)
    assert error.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert "not available for visibility timeout change" in error.value.response["Error"]["Message"]


def test_visibility_of_a_message_that_is_not_in_flight_cannot_be_changed(queue):
    queue.send("work")
    (message,) = queue.receive()
    queue.show(message)
    with pytest.raises(ClientError) as error:
        queue.show(message)
    assert error.value.response["Error"]["Code"].endswith("MessageNotInflight")


def test_a_message_goes_to_the_dead_letter_queue_after_the_last_receive(make_queue):
    dead_letters = make_queue()
    policy = {"deadLetterTargetArn": dead_letters.attributes()["QueueArn"], "maxReceiveCount": 3}
    queue = make_queue(RedrivePolicy=json.dumps(policy))
    queue.send("poison")
    for count in (1, 2, 3):
        (message,) = queue.receive()
        assert message["Attributes"]["ApproximateReceiveCount"] == str(count)
        queue.show(message)
    assert queue.receive() == []
    (dead,) = dead_letters.receive()
    assert dead["Body"] == "poison"


def test_policies_are_read_back_as_compact_json(make_queue):
    dead_letters = make_queue()
    arn = dead_letters.attributes()["QueueArn"]
    queue = make_queue(RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3}))
    assert queue.attributes()["RedrivePolicy"] == f'{{"deadLetterTargetArn":"{arn}","maxReceiveCount":3}}'
    allow = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [queue.attributes()["QueueArn"]]})
    queue.sqs.set_queue_attributes(QueueUrl=dead_letters.url, Attributes={"RedriveAllowPolicy": allow})
    source = queue.attributes()["QueueArn"]
    expected = f'{{"redrivePermission":"byQueue","sourceQueueArns":["{source}"]}}'
    assert dead_letters.attributes()["RedriveAllowPolicy"] == expected
    names = ["RedriveAllowPolicy"]
    answer = queue.sqs.get_queue_attributes(QueueUrl=dead_letters.url, AttributeNames=names)
    assert answer["Attributes"] == {"RedriveAllowPolicy": expected}
    queue.sqs.set_queue_attributes(QueueUrl=dead_letters.url, Attributes={"RedriveAllowPolicy": ""})
    assert "RedriveAllowPolicy" not in dead_letters.attributes()


def test_setting_one_attribute_leaves_the_access_policy(queue):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": json.dumps(policy)})
    queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"VisibilityTimeout": "77"})
    assert json.loads(queue.attributes()["Policy"]) == policy


def test_receivers_at_the_same_moment_never_share_a_message(monkeypatch):
    """Inside this process, since only there can a receive be made slow enough for another one to come in between."""
    backend = sqs_backends["123456789012"]["us-east-1"]
    backend.create_queue("shared", {})
    sent = {backend.send_message("shared", f"message {number}").id for number in range(12)}
    mark_received = Message.mark_received

    def slow_mark_received(self, **arguments):
        time.sleep(0.01)
        mark_received(self, **arguments)

    monkeypatch.setattr(Message, "mark_received", slow_mark_received)
    received = []

    def drain():
        while messages := backend.receive_message("shared", 3, 0, 600):
            received.extend(message.id for message in messages)

    threads = [threading.Thread(target=drain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(received) == sorted(sent)


def test_long_polling_ends_when_a_message_comes(queue):
    threading.Timer(0.3, queue.send, ["late"]).start()
    (message,) = queue.receive(wait=20)
    assert message["Body"] == "late"


def test_tags_of_a_scalable_target_can_be_listed(client):
    arn = "arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/abc"
    assert client("application-autoscaling").list_tags_for_resource(ResourceARN=arn)["Tags"] == {}
