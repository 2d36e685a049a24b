"""A PostgreSQL and an emulator for each worker, the rows of a clean run, and the matrix at the end."""

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
    assert name in os.environ, f"{name} is not set: run scripts/faults"
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


@pytest.fixture(scope="session")
def clean(tmp_path_factory, programs, postgresql, emulator, video):
    """What a run without faults stores."""
    with Bench(tmp_path_factory.mktemp("clean"), programs, postgresql, emulator, video) as bench:
        bench.upload()
        bench.start_service()
        assert bench.drain_until_empty() == 0, bench.logs()
        stored = bench.stored()
        assert all(stored.counts.values()), stored.counts
        bench.expect_stored_once(stored)
        bench.expect_nothing_left()
    return stored


@pytest.fixture
def cell(record_property):
    """Names the cell of the matrix that a test fills, and what came out."""

    def fill(fault, step, outcome):
        record_property("cell", (fault, step, outcome))

    return fill


def pytest_sessionfinish(session):
    """Prints fault x step with the outcome; a whole run's must be the guide's. What did not run is said."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if hasattr(session.config, "workerinput") or reporter is None:
        return
    cells = {}
    for outcome in ("passed", "failed", "error"):
        for report in reporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                if name == "cell":
                    fault, step, text = value
                    cells[fault, step] = text if outcome == "passed" else "FAILED"
    rows = [f"| {fault} | {step} | {text} |" for (fault, step), text in sorted(cells.items())]
    skipped = [report.nodeid for report in reporter.stats.get("skipped", [])]
    for name in skipped:
        print(f"\n!!! {name} DID NOT RUN: mounting a small disk needs root !!!")
    if not rows:
        return
    print("\n\n| fault | step | outcome |\n| --- | --- | --- |", *rows, sep="\n")
    is_whole = not skipped and not session.config.option.keyword and session.config.args == ["Tests/FaultTests"]
    guide = (ROOT / "docs/reliability.md").read_text().splitlines()
    missing = [row for row in rows if row not in guide]
    if is_whole and missing:
        print("\ndocs/reliability.md says otherwise; it lacks:", *missing, sep="\n")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
