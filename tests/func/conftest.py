# SPDX-License-Identifier: BSD-2-Clause
import os

import pytest

from harness import BUILD, World, clock_of


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


@pytest.fixture
def clocked(monkeypatch):
    """A world under a clock that is moved: move("+5d")."""
    here = World().init()
    clock = here.dir / "clock"
    for name, value in clock_of(clock).items():
        monkeypatch.setenv(name, value)
    here.move = lambda offset: clock.write_text(offset + "\n")
    yield here
    here.close()


def pytest_configure(config):
    if not (BUILD / "windsock").exists():
        raise pytest.UsageError(f"there is no windsock in {BUILD}: build first, or use tools/test")


def skip_when_missing(outcome):
    """Whoever runs all tests has all programs (WINDSOCK_FUNC=whole); others are told which one a test would need."""
    missing = outcome.excinfo[1] if outcome.excinfo else None
    if isinstance(missing, FileNotFoundError) and os.environ.get("WINDSOCK_FUNC") != "whole":
        program = str(missing.filename)
        if "/" not in program:
            pytest.skip(f"{program} is not installed: tools/packages/install test")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_setup(item):
    outcome = yield
    skip_when_missing(outcome)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    outcome = yield
    skip_when_missing(outcome)
