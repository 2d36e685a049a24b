"""Servers for the short soak, and a deployment for a test."""

import pytest
from soak import Soak  # first: it names the folder of the fault tests, whose servers these are
from fixtures import emulator, instance, postgresql, programs  # noqa: F401
from videos import make_shorts


@pytest.fixture(scope="session")
def shorts(tmp_path_factory):
    return make_shorts(tmp_path_factory.mktemp("videos"))


@pytest.fixture
def bench(tmp_path, programs, postgresql, emulator):
    with Soak(tmp_path, programs, postgresql, emulator, None) as bench:
        yield bench
