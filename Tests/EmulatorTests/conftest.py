"""The emulator as a process of its own, on a free port, for the length of the run."""

import pathlib
import subprocess
import sys
import time
import urllib.request
import uuid

import boto3
import pytest
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "local"))

ACCESS_KEY, SECRET_KEY = "AKIAFRAMELAKELOCAL00", "local-secret-access-key"


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("emulator")
    port_file = folder / "port"
    command = [sys.executable, ROOT / "scripts/local/emulator.py", "--port", "0", "--port-file", port_file]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not port_file.exists():
            assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        url = f"http://127.0.0.1:{port_file.read_text().strip()}"
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url + "/_emulator/health", timeout=60)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="session")
def client(endpoint):
    """Makes a boto3 client of a service; other keys, tokens and addressing on request."""

    def make(service, access_key=ACCESS_KEY, secret_key=SECRET_KEY, token=None, **settings):
        settings = {"proxies": {}, "retries": {"total_max_attempts": 1}, "read_timeout": 60, **settings}
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            aws_session_token=token,
            config=Config(**settings),
        )

    return make


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
