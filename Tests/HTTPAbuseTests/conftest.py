"""A service that has analysed a video, with servers of its own for each worker."""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "FaultTests"))

from bench import Bench, eventually  # noqa: E402
from fixtures import emulator, instance, postgresql, programs, video  # noqa: E402, F401
from raw import Client  # noqa: E402

TOKEN = "the-internal-token"
# As the examples of docs/openapi.yaml.
BUCKET, KEY, VIDEO_ID = "capstone-dev-raw", "videos/test-001.mp4", "test-001"


@pytest.fixture(scope="session")
def service(tmp_path_factory, programs, postgresql, emulator, video):
    """A bench whose service holds the rows of one video."""
    with Bench(tmp_path_factory.mktemp("service"), programs, postgresql, emulator, video) as bench:
        bench.bucket = BUCKET
        bench.s3.create_bucket(Bucket=BUCKET)
        bench.upload(KEY)
        bench.start_service(
            INTERNAL_TOKEN=TOKEN, LOG_LEVEL="trace", ANALYSIS_LEASE_SECONDS="60",
        )
        client = Client(bench.service.port, TOKEN)
        eventually(lambda: client.get("/ready").status == 200, lambda: f"not ready:\n{bench.logs()}")
        answer = client.post("/analyze", {"s3_bucket": BUCKET, "s3_key": KEY})
        assert answer.status == 200, f"{answer}\n{bench.logs()}"
        bench.http = client
        yield bench
        assert bench.service.process.poll() is None, f"the service died:\n{bench.logs()}"
