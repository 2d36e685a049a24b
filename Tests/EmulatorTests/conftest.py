"""The emulator as a process of its own, on a free port, for the length of the run."""

import functools
import uuid

import pytest
from local_emulator import emulator, make_client


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory):
    with emulator(tmp_path_factory.mktemp("emulator")) as url:
        yield url


@pytest.fixture(scope="session")
def client(endpoint):
    """Makes a boto3 client of a service; other keys, tokens and addressing on request."""
    return functools.partial(make_client, endpoint)


@pytest.fixture
def s3(client):
    return client("s3", signature_version="s3v4", s3={"addressing_style": "path"})


@pytest.fixture
def sqs(client):
    return client("sqs")


@pytest.fixture
def bucket(s3):
    name = f"bucket-{uuid.uuid4()}"
    s3.create_bucket(Bucket=name)
    return name


class Queue:
    """A queue with the calls that the tests make most."""

    def __init__(self, sqs, **attributes):
        self.sqs = sqs
        self.url = sqs.create_queue(QueueName=f"queue-{uuid.uuid4()}", Attributes=attributes)["QueueUrl"]

    def attributes(self):
        return self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]

    def send(self, body):
        return self.sqs.send_message(QueueUrl=self.url, MessageBody=body)["MessageId"]

    def receive(self, wait=0, count=10):
        answer = self.sqs.receive_message(
            QueueUrl=self.url, WaitTimeSeconds=wait, MaxNumberOfMessages=count, AttributeNames=["All"]
        )
        return answer.get("Messages", [])

    def show(self, message):
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )

    def delete(self, message):
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])


@pytest.fixture
def queue(sqs):
    return Queue(sqs)


@pytest.fixture
def make_queue(sqs):
    return lambda **attributes: Queue(sqs, **attributes)
