"""Servers for the short soak, and a deployment for a test."""

import os
import pathlib
import shutil

import pytest
from soak import ROOT, PostgreSQL, Server, Soak
from videos import make_shorts


@pytest.fixture(scope="session")
def programs():
    assert "FRAMELAKE_TEST_PROGRAMS" in os.environ, "FRAMELAKE_TEST_PROGRAMS is not set: run scripts/test --filter soak"
    return pathlib.Path(os.environ["FRAMELAKE_TEST_PROGRAMS"])


@pytest.fixture(scope="session")
def instance():
    """A folder that the user whom PostgreSQL runs as can enter."""
    folder = ROOT / ".local" / f"soak.{os.getpid()}"
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
def shorts(tmp_path_factory):
    return make_shorts(tmp_path_factory.mktemp("videos"))


@pytest.fixture
def bench(tmp_path, programs, postgresql, emulator):
    with Soak(tmp_path, programs, postgresql, emulator, None) as bench:
        yield bench
