# SPDX-License-Identifier: Apache-2.0
"""Options of all tests."""

from collections.abc import Generator

import pytest
from hypothesis import settings

# Machines are busy: how long an example takes says nothing about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regenerate",
        action="store_true",
        help="write the golden files from what the code gives now; review the difference",
    )
    parser.addoption(
        "--no-skips",
        action="store_true",
        help="a test that is skipped fails: where all is there that tests need, a skip proves nothing",
    )
    parser.addoption(
        "--churn",
        type=int,
        metavar="N",
        help="how many pods come and go in tests/e2e/test_churn.py",
    )
    parser.addoption(
        "--connect-seconds",
        type=int,
        default=12,
        help="how many seconds' worth of a thousand connections each test_many_connections.py makes (12)",
    )


@pytest.fixture
def regenerate(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--regenerate"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and item.config.getoption("--no-skips"):
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped and collector.config.getoption("--no-skips"):
        _fail(report)
    return report


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    """An expected failure is reported as skipped too, and proves as little."""
    reason = (
        report.longrepr[2] if isinstance(report.longrepr, tuple) else getattr(report, "wasxfail", "expected to fail")
    )
    report.outcome = "failed"
    report.longrepr = f"skipped, which is a failure here: {reason}"
    report.__dict__.pop("wasxfail", None)
