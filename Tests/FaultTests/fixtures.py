"""What tests of the two executables start with: a PostgreSQL and an emulator for each worker, a video, and a bench."""

import os
import pathlib
import shutil
import subprocess

import pytest
from bench import ROOT, Bench, PostgreSQL, Server

SAMPLES = [
    pathlib.Path("/usr/share/doc/opencv-doc/examples/data/vtest.avi"),
    ROOT / ".local/sample/vtest.avi",
]


def setting(name):
    assert name in os.environ, f"{name} is not set: run scripts/faults or scripts/test"
    return os.environ[name]

@pytest.fixture(scope="session")
def programs():
    return pathlib.Path(setting("FRAMELAKE_TEST_PROGRAMS"))


@pytest.fixture(scope="session")
def instance():
    """A folder that the user whom PostgreSQL runs as can enter, as scripts/test's own."""
    folder = ROOT / ".local" / f"faults.{os.getpid()}"
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql(instance):
    server = PostgreSQL(instance)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def emulator(instance):
    server = Server("emulator", instance)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def video(tmp_path_factory):
    """Three seconds of OpenCV's sample: people who walk."""
    sample = next((path for path in SAMPLES if path.exists()), None)
    assert sample is not None, "OpenCV's sample video is missing: run scripts/setup"
    path = tmp_path_factory.mktemp("video") / "walk.mp4"
    convert = ["-an", "-c:v", "libx264", "-pix_fmt", "yuv420p"]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-t", "3", "-i", sample, *convert, path]
    subprocess.run(command, check=True, timeout=300)
    return path


@pytest.fixture
def bench(tmp_path, programs, postgresql, emulator, video):
    with Bench(tmp_path, programs, postgresql, emulator, video) as bench:
        yield bench
