# SPDX-License-Identifier: BSD-2-Clause
import pytest

from harness import BUILD, World


@pytest.fixture
def world():
    """An initialised registry; daemons are started by the test."""
    here = World()
    yield here.init()
    here.close()


@pytest.fixture
def service():
    """A registry with a zone, and both daemons on it."""
    here = World()
    here.init()
    here.windsock("zone", "add", "kites.test", "--ns", "ns1.kites.test")
    here.start_dnsd()
    here.start_updater()
    yield here
    here.close()


def pytest_configure(config):
    if not (BUILD / "windsock").exists():
        raise pytest.UsageError(f"there is no windsock in {BUILD}: build first, or use tools/test")
