"""The corpus with what nobody may touch, and at the end what each class of attack came to and cost."""

import collections
import os
import pathlib
import shutil
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The servers and the bench of the delivery's tests.
sys.path += [str(ROOT / "Tests" / folder) for folder in ("EmulatorTests", "FaultTests")]

from bench import Bench, PostgreSQL, Server
from corpus import Corpus
from media import sound
from trap import Trap


def pytest_addoption(parser):
    parser.addoption("--all", action="store_true", help="the whole corpus, not the files that were chosen for CI")


def pytest_generate_tests(metafunc):
    if "name" in metafunc.fixturenames:
        files = Corpus(0, "").files.values()
        everything = metafunc.config.getoption("--all")
        metafunc.parametrize("name", [file.name for file in files if everything or not file.wide])


@pytest.fixture(scope="session")
def programs():
    assert (
        "FRAMELAKE_TEST_PROGRAMS" in os.environ
    ), "FRAMELAKE_TEST_PROGRAMS is not set: run scripts/test --filter hostile"
    return pathlib.Path(os.environ["FRAMELAKE_TEST_PROGRAMS"])


@pytest.fixture(scope="session")
def trap(tmp_path_factory):
    with Trap(tmp_path_factory.mktemp("trap"), sound("plain.mp4")) as trap:
        yield trap


@pytest.fixture(scope="session")
def corpus(trap):
    return Corpus(trap.port, str(trap.canary)).files


@pytest.fixture
def bench(tmp_path, programs):
    """A service's surroundings, with a PostgreSQL and an emulator of their own."""
    instance = ROOT / ".local" / f"hostile.{os.getpid()}"
    instance.mkdir(parents=True)
    servers = []
    try:
        servers += [PostgreSQL(instance), Server("emulator", instance)]
        with Bench(tmp_path, programs, *servers, video=None) as bench:
            yield bench
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(instance)


def pytest_sessionfinish(session):
    """Prints a row for each class: files, endings, and the most that one of them took."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if hasattr(session.config, "workerinput") or reporter is None:
        return
    costs = collections.defaultdict(list)
    for outcome in ("passed", "failed"):
        for report in reporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                if name == "cost":
                    costs[value[0]].append(value[1:])
    if not costs:
        return
    print("\n\n| class | files | endings | memory, MiB | processor, s | written, KiB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind, rows in sorted(costs.items()):
        endings = collections.Counter(row[0] for row in rows)
        text = ", ".join(f"{count} {ending}" for ending, count in sorted(endings.items()))
        memory, seconds, written = (max(row[index] for row in rows) for index in (1, 2, 3))
        print(f"| {kind} | {len(rows)} | {text} | {memory >> 20} | {seconds:.1f} | {written >> 10} |")
