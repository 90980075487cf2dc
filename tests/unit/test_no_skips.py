# SPDX-License-Identifier: Apache-2.0
"""The option that turns a skipped test into a failed one, on test files of its own."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).parents[1] / "conftest.py"
SKIPS = """
import pytest

@pytest.fixture
def host():
    pytest.skip("no root for a fixture")

@pytest.mark.skip(reason="no root by decorator")
def test_decorated(): ...

def test_called():
    pytest.skip("no root by call")

def test_fixture(host): ...

@pytest.mark.xfail(reason="no root as expected")
def test_expected_to_fail():
    assert False
"""
SKIPPED_MODULE = """
import pytest

pytest.skip("no root for a module", allow_module_level=True)
"""


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(CONFTEST.read_text())
    pytester.makepyfile(test_skips=SKIPS, test_others="def test_good(): ...\ndef test_bad(): assert False\n")
    return pytester


def test_a_skip_fails_with_its_reason(inner: pytest.Pytester) -> None:
    inner.makepyfile(test_module=SKIPPED_MODULE)
    result = inner.runpytest_inprocess("--no-skips", "--continue-on-collection-errors")
    result.assert_outcomes(passed=1, failed=3, errors=3)
    for how in ("for a fixture", "by decorator", "by call", "for a module", "as expected"):
        result.stdout.fnmatch_lines([f"*skipped, which is a failure here: *no root {how}*"])


def test_without_the_option_a_skip_is_a_skip(inner: pytest.Pytester) -> None:
    inner.runpytest_inprocess().assert_outcomes(passed=1, failed=1, skipped=3, xfailed=1)
