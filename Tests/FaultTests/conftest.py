"""The rows of a clean run, and the matrix at the end."""

import pytest
from bench import ROOT, Bench
from fixtures import bench, emulator, instance, postgresql, programs, video  # noqa: F401


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
