"""A machine that runs short: of disk, of memory, of files; and clocks that differ."""

import contextlib
import os
import pathlib
import subprocess

import pytest
from bench import eventually


@contextlib.contextmanager
def small_disk(folder, options):
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fails_with(bench, code, status="FAILED"):
    """The analysis is recorded as failed with the code, and nothing of it is stored."""
    bench.start_drain().end(150)
    rows = bench.query("SELECT status, error_code, coalesce(lease_expires_at::text, 'none') FROM apps_db_videoanalysis")
    assert rows and set(map(tuple, rows)) == {(status, code, "none")}, f"{rows}\n{bench.logs()}"
    assert not any(bench.stored().counts.values())
    assert sum(bench.messages(bench.queue_url)) + sum(bench.messages(bench.dead_letters)) == 1


def recovers(bench, clean):
    """The same message, on a machine that has what it needs."""
    assert bench.service.terminate() == 0
    bench.start_service()
    assert bench.drain_until_empty() == 0, bench.logs()
    bench.expect_stored_once(clean)


root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")


@root
def test_a_full_disk(bench, clean, cell):
    bench.upload()
    with small_disk(bench.folder / "small", "size=300k") as work:
        bench.start_service(work=work)
        fails_with(bench, "work_folder_full")
        recovers(bench, clean)
    bench.expect_nothing_left()
    cell("disk full", "work folder", "work_folder_full; once there is room: rows once")


def test_a_work_folder_that_becomes_read_only(bench, clean, cell):
    bench.upload()
    if os.geteuid() == 0:
        # Root without this capability is refused as everybody is.
        bench.wrappers["service"] = ["setpriv", "--bounding-set=-dac_override"]
    bench.start_service()
    own = eventually(lambda: next(bench.work.glob("analysis-*"), None), "the service made no folder")
    own.chmod(0o500)
    fails_with(bench, "internal_error")
    assert str(own) in bench.query("SELECT error_message FROM apps_db_videoanalysis")[0][0]
    own.chmod(0o700)
    recovers(bench, clean)
    bench.expect_nothing_left()
    cell("read-only", "work folder", "internal_error that names the folder; once it can be written: rows once")


def test_the_childs_memory_limit(bench, clean, cell):
    bench.upload()
    bench.start_service(ANALYSIS_MEMORY_BYTES=str(96 << 20))
    fails_with(bench, "analysis_crashed")
    recovers(bench, clean)
    bench.expect_nothing_left()
    cell("memory limit", "child", "analysis_crashed; with more memory: rows once")


def test_too_many_open_files(bench, clean, cell):
    """The service keeps answering, and works again when files are closed."""
    bench.upload()
    bench.wrappers["service"] = ["prlimit", "--nofile=40"]
    bench.start_service()
    bench.start_drain().end(150)
    assert bench.service.process.poll() is None
    bench.wrappers.clear()
    recovers(bench, clean)
    bench.expect_nothing_left()
    cell("too many open files", "service", "the service lives; with more files: rows once")


@pytest.fixture(scope="session")
def skewed_clock(tmp_path_factory):
    """A library to preload."""
    path = tmp_path_factory.mktemp("clock") / "skewed_clock.so"
    source = pathlib.Path(__file__).with_name("skewed_clock.c")
    subprocess.run(["clang", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", source, "-o", path], check=True)
    return path


@pytest.mark.parametrize("minutes", [10, -10])
@pytest.mark.parametrize("party", ["batch-processor", "analysis-service"])
def test_clock_skew(party, minutes, skewed_clock, bench, clean, cell):
    """Leases are the database's time, visibility is SQS's, and calls are signed with the time of AWS."""
    wrapper = ["env", f"LD_PRELOAD={skewed_clock}", f"SKEW_SECONDS={minutes * 60}"]
    bench.wrappers["drain" if party == "batch-processor" else "service"] = wrapper
    bench.upload()
    bench.start_service()
    assert bench.drain_until_empty() == 0, bench.logs()
    bench.expect_stored_once(clean)
    bench.expect_nothing_left()
    cell(f"clock skew of {minutes} minutes", party, "rows once, message deleted")
