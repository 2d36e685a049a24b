"""What is in the images, and how their processes start, answer and end."""

import http.server
import json
import re
import shutil
import signal
import socket
import threading

import pytest
from conftest import CA_BUNDLE, ROOT, eventually

# Bytes of the files in each image.
LIMITS = {"batch-processor": 150_000_000, "analysis-service": 450_000_000}

# What starts the executables needs no account.
AWS = {
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def test_size(image, capsys):
    size = image.size()
    with capsys.disabled():
        print(f"\n{image.name}: {size / 1e6:.0f} MB of {LIMITS[image.name] / 1e6:.0f} MB")
    assert 10_000_000 < size < LIMITS[image.name]


def test_configuration(image):
    assert image.config["User"] == "10001"
    assert image.config["Entrypoint"] == [f"/usr/local/bin/{image.name}"], "exec form: no shell keeps signals away"
    labels = image.config["Labels"]
    assert labels["org.opencontainers.image.title"] == image.name
    assert labels["org.opencontainers.image.version"] == "test"
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.revision"]


@pytest.mark.parametrize("dockerfile", ["batch/Dockerfile", "service/Dockerfile"])
def test_base_images_are_pinned_to_a_release(dockerfile):
    bases = re.findall(r"^FROM (\S+)", (ROOT / dockerfile).read_text(), re.MULTILINE)
    assert len(bases) == 2 and all(re.search(r":\d+\.\d+", base) for base in bases), bases


def test_health_check_and_volume(service, batch):
    assert service.config["Healthcheck"]["Test"] == ["CMD", "/usr/local/bin/analysis-service", "health"]
    assert list(service.config["Volumes"]) == ["/work"]
    assert batch.config["Healthcheck"]["Test"] == ["NONE"]


def test_certificates_of_rds(service):
    bundle = service.files / "etc/ssl/certs/rds-ca-bundle.pem"
    assert bundle.read_bytes() == CA_BUNDLE.read_bytes()
    assert bundle.stat().st_mode & 0o777 == 0o444
    assert "DATABASE_SSL_ROOT_CERT=/etc/ssl/certs/rds-ca-bundle.pem" in service.config["Env"]


def test_every_linked_library_is_there(image, work):
    process = image.start(work, "ldd", image.config["Entrypoint"][0])
    assert process.end() == 0, process.said()
    assert "libc.so.6" in process.said() and "not found" not in process.said()


def test_no_library_that_is_not_needed(image):
    names = {path.name.split(".so")[0] for path in image.files.glob("usr/lib/**/*.so*")}
    opencv = {name for name in names if name.startswith("libopencv_")}
    # calib3d, features2d, flann: objdetect and video link them.
    needed = {"core", "dnn", "imgproc", "objdetect", "video", "calib3d", "features2d", "flann"}
    assert opencv <= {f"libopencv_{name}" for name in needed}, opencv
    assert bool(opencv) == (image.name == "analysis-service")
    unwanted = ("libgdal", "libgtk", "libQt", "libswiftCore", "libLLVM")
    assert not [name for name in names if name.startswith(unwanted)]


def test_nothing_of_the_build_is_left(image):
    for path in ("src", "usr/bin/gcc", "usr/bin/swift", "root/.swiftpm"):
        assert not (image.files / path).exists()
    assert not list(image.files.glob("var/lib/apt/lists/*_Packages*"))


def test_only_the_work_volume_can_be_written(image, work):
    script = 'id -u; for f in / /tmp /usr/local/bin /work; do touch $f/probe && echo "$f"; done'
    process = image.start(work, "sh", "-c", script)
    process.end()
    lines = process.said().splitlines()
    assert lines[0] == "10001"
    assert [line for line in lines if line.startswith("/")] == (["/work"] if image.name == "analysis-service" else [])


def test_help(image, work):
    process = image.entry_point(work, "--help")
    assert process.end() == 0 and "USAGE: " + image.name in process.said(), process.said()


def test_wrong_configuration_is_exit_code_78(image, work):
    process = image.entry_point(work, **AWS)
    assert process.end() == 78, process.said()
    assert re.search("SQS_QUEUE_URL|S3_BUCKET_RAW|DB_SECRET_ARN", process.said())


def test_analyses_a_clip(service, work):
    shutil.copy(ROOT / "scripts/local/smoke-test.mp4", work / "clip.mp4")
    (work / "clip.mp4").chmod(0o444)
    output = ["--format", "json", "--output", "/work/result.json"]
    process = service.entry_point(work, "analyze", "/work/clip.mp4", *output)
    assert process.end() == 0, process.said()
    result = json.loads((work / "result.json").read_text())
    assert result["frames_decoded"] == 50 and result["events"] > 0 and result["video"]["codec"] == "h264"


def test_service_answers_the_health_check_and_ends_when_asked(service, work):
    port = free_port()
    # It starts without its database, and waits for it.
    settings = AWS | {"PORT": port, "S3_BUCKET_RAW": "videos", "DATABASE_URL": "postgres://user@127.0.0.1:1/none"}
    health = service.config["Healthcheck"]["Test"][1:]
    assert service.start(work, *health, PORT=port).end() == 1, "nothing listens yet"
    process = service.entry_point(work, **settings)

    def is_healthy():
        assert process.is_running(), process.said()
        return service.start(work, *health, PORT=port).end() == 0

    eventually(is_healthy)
    process.send(signal.SIGTERM)
    assert process.end() == 0, process.said()


class Queue(http.server.BaseHTTPRequestHandler):
    """An SQS queue that is empty, and takes its time to say so; and a service without work."""

    asked = threading.Event()
    released = threading.Event()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].split(".")[-1]
        counts = {f"ApproximateNumberOfMessages{kind}": "0" for kind in ("", "NotVisible", "Delayed")}
        arn = "arn:aws:sqs:us-east-1:123456789012:main"
        answer = {"Attributes": counts | {"VisibilityTimeout": "300", "QueueArn": arn}}
        if operation == "ReceiveMessage":
            self.asked.set()
            self.released.wait(timeout=20)
            answer = {}
        self._send(answer)

    def do_GET(self):
        """The service is ready."""
        self._send({"status": "ready"})

    def _send(self, answer):
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """pytest shows what matters."""


def test_batch_processor_ends_when_asked(batch, work):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Queue)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        process = batch.entry_point(
            work, **AWS, AWS_ENDPOINT_URL=endpoint, SQS_QUEUE_URL=f"{endpoint}/123456789012/main",
            S3_BUCKET_RAW="videos", FASTAPI_ENDPOINT=endpoint, DB_SECRET_ARN="none",
        )
        eventually(lambda: Queue.asked.is_set() or not process.is_running())
        assert process.is_running(), process.said()
        process.send(signal.SIGTERM)
        assert process.end() == 0, process.said()
    finally:
        Queue.released.set()
        server.shutdown()
        server.server_close()
