# SPDX-License-Identifier: Apache-2.0
"""How `script/bench faults` reads its own figures, and whom it compares."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from statistics import mean, stdev

import pytest

from bench.datapath.load import Figures, per_second
from bench.datapath.measure import Result, Route
from bench.faults import delays, proxied, rich, unused
from bench.faults.__main__ import PARTS, read_arguments
from bench.faults.delays import CALLER, FIXED, NORMAL, UNIFORM, Errors, Late, resampled
from bench.faults.table import delays as table
from bench.faults.table import unused as unused_table
from bench.report import BenchError, percentile, put_into_page


def test_an_error_is_what_came_out_less_what_was_wanted() -> None:
    late = Late("Riftgate, late", FIXED, 10, [50.5] * 99 + [60.5])
    assert late.error(50) == pytest.approx(0.5)
    undelayed = Late("Riftgate, no fault", None, 10, [0.25] * 100)
    assert undelayed.error(99) == pytest.approx(0.25)
    assert Errors.of(late, undelayed).p50 == pytest.approx(0.25)


def test_the_mean_error_is_that_of_all_percentiles() -> None:
    exact = [UNIFORM.milliseconds(share / 1000) for share in range(1, 1000)]

    def mean_error(found: list[float], way: float) -> float:
        return Errors.of(Late("", UNIFORM, 10, found), Late("", None, 10, [way] * 10)).mean

    assert mean_error(exact, 0.0) == pytest.approx(0.0, abs=0.01)
    assert mean_error([each + 0.5 for each in exact], 0.25) == pytest.approx(0.25, abs=0.01)
    # Early ones do not make up for late ones.
    assert mean_error([50.0] * 100, 0.0) == pytest.approx(2.5, abs=0.05)


def test_what_some_requests_take_longer_than_most_is_no_error_of_the_delay() -> None:
    """A tenth of them takes 2 ms more, with a fault as without one."""
    way = [0.5] * 9 + [2.5]
    exact = [UNIFORM.milliseconds((share + 0.5) / 500) + each for share in range(500) for each in way]
    undelayed, late = Late("", None, 10, way * 50), Late("", UNIFORM, 10, exact)
    # All of them come out 0.2 ms later than the median says.
    assert percentile(exact, 50) - 50 - percentile(undelayed.milliseconds, 50) == pytest.approx(0.2, abs=0.02)
    assert late.added(undelayed) == pytest.approx([0.0] * 99, abs=0.05)
    # And what is late is late by as much as it is.
    later = Late("", UNIFORM, 10, [each + 0.25 for each in exact])
    assert later.added(undelayed) == pytest.approx([0.25] * 99, abs=0.05)
    fixed = Late("", FIXED, 10, [50.25 + each for each in undelayed.milliseconds])
    assert fixed.added(undelayed) == pytest.approx([0.25] * 99)


@pytest.mark.parametrize("evenly", [False, True])
def test_how_uncertain_a_figure_is_the_run_itself_tells(evenly: bool) -> None:
    """Of delays by chance, and of those that are spread evenly, as Riftgate's are."""
    random, undelayed = Random(1), Late("", None, 10, [0.0] * 10)

    def run() -> Late:
        drawn = (UNIFORM.milliseconds(random.uniform(1e-9, 1 - 1e-9)) for _ in range(500))
        if evenly:
            drawn = (UNIFORM.milliseconds((each % 50 + random.uniform(1e-9, 1 - 1e-9)) / 50) for each in range(500))
        return Late("", UNIFORM, 10, list(drawn))

    seen = stdev(percentile(run().milliseconds, 50) for _ in range(400))
    told = mean(stdev(each.p50 for each in resampled(run(), undelayed)) for _ in range(10))
    assert told == pytest.approx(seen, rel=0.35)


def test_a_bad_moment_makes_figures_uncertain() -> None:
    undelayed = Late("", None, 10, [0.0] * 100)
    good, bad = Late("", FIXED, 10, [50.0] * 100), Late("", FIXED, 10, [50.0] * 90 + [60.0] * 10)
    assert {each.p99 for each in resampled(good, undelayed)} == {0.0}
    assert {each.p99 for each in resampled(bad, undelayed)} == {0.0, 10.0}


def test_the_table_takes_each_proxys_own_way_off() -> None:
    text = table(
        [
            Late("Toxiproxy, no toxic", None, 10, [1.0] * 50),
            Late("Riftgate, no fault", None, 10, [0.25] * 50),
            Late("Toxiproxy, latency 50 ms", FIXED, 10, [51.5] * 50),
            Late("Riftgate, delay 50 ms", FIXED, 10, [50.5] * 50),
            Late("Riftgate, another", NORMAL, 10, [50.5] * 50),
        ]
    )
    each = "| +1.50 ms | +0.50 ms (± 0.00) | +1.50 ms | +0.50 ms (± 0.00) | 0.50 ms (± 0.00) |"
    assert f"| 10 | Toxiproxy, latency 50 ms | 50 | 1.00 ms {each}" in text
    each = "| +0.50 ms | +0.25 ms (± 0.00), nearer | +0.50 ms | +0.25 ms (± 0.00), nearer | 0.25 ms (± 0.00), nearer |"
    assert f"| 10 | Riftgate, delay 50 ms | 50 | 0.25 ms {each}" in text
    # Toxiproxy has no such distribution.
    assert "| Riftgate, another | 50 | 0.25 ms | +0.50 ms | +0.25 ms (± 0.00) |" in text


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [(50.2, 50.2, "farther"), (50.05, 50.05, "nearer"), (50.0, 50.2, "as near"), (49.8, 49.8, "farther")],
)
def test_the_table_says_nothing_of_differences_that_may_be_chance(first: float, second: float, said: str) -> None:
    """Half of the parts of a run had the one error, half of them the other."""
    text = table(
        [
            Late("Toxiproxy, no toxic", None, 10, [0.0] * 100),
            Late("Riftgate, no fault", None, 10, [0.0] * 100),
            Late("Toxiproxy, latency 50 ms", FIXED, 10, [50.1] * 100),
            Late("Riftgate, delay 50 ms", FIXED, 10, ([first] * 10 + [second] * 10) * 5),
        ]
    )
    p50 = text.splitlines()[-1].split(" | ")[5]
    assert p50.split(", ")[1] == said


def test_figures_of_a_page_are_replaced_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n")
    for figures in ("new", "newer\n"):
        put_into_page(page, figures)
        said = f"before\n<!-- figures -->\n\n{figures.strip()}\n\n<!-- end of figures -->\nafter\n"
        assert page.read_text() == said
    page.write_text("no place\n")
    with pytest.raises(BenchError, match="no place between"):
        put_into_page(page, "new")


def test_every_way_has_a_pod_of_its_own() -> None:
    socket = (Path("faults.sock"),)
    for ways in (
        proxied.ways(socket),
        [way for way, _ in delays.ways(socket)],
        rich.kinds(socket),
        unused.ways(),
    ):
        assert len({way.pod for way in ways}) == len(ways)
        assert len({way.name for way in ways}) == len(ways)


def test_a_hundred_faults_are_defined_and_a_hundred_have_routes() -> None:
    ways = {way.pod: way.sidecar for way in unused.ways()}
    for number in range(unused.SIDECARS):
        assert (defined := ways[f"defined-{number}"]) is not None and defined.faults == ()
    assert ways["elsewhere"] is not None and len(ways["elsewhere"].faults) == unused.COUNT
    assert ways["off"] is not None and len(ways["off"].faults) == unused.COUNT and not ways["off"].faults_on


def test_pairs_are_of_sidecars_that_were_told_the_same() -> None:
    unused.check_same({"undefined-0": [b"listener"], "defined-0": [b"listener"]})
    with pytest.raises(BenchError, match="the sidecar of defined-0 is told something else than that of undefined-0"):
        unused.check_same({"undefined-0": [b"listener"], "defined-0": [b"listener", b"route"]})


def test_a_ratio_is_of_the_runs_of_one_round() -> None:
    def result(*rates: float) -> Result:
        route = Route(None, "r", ("a", "b"), "c")
        return Result(route, unused.LOAD, [Figures(1, rate, 1.0, 1.0, 1.0, 1.0) for rate in rates])

    compared = unused.Compared(result(5.0, 20.0, 44.0), result(10.0, 20.0, 40.0))
    assert compared.ratios(per_second) == pytest.approx((1.0, 0.75, 1.05))
    assert "| 3 | 20 | 1000.0 µs | 1.000 (0.750 to 1.050) | 1.000 (1.000 to 1.000) |" in unused_table([compared])
    assert unused.Compared(result(5.0), result(10.0)).ratios(per_second) == (0.5, 0.5, 0.5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/small" else 404)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.mark.parametrize("rounds", ["0", "2"])
def test_the_caller_asks_each_address_as_often_as_it_is_told(rounds: str) -> None:
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _Handler) for _ in range(2)]
    try:
        for each in servers:
            threading.Thread(target=each.serve_forever, daemon=True).start()
        addresses = [f"127.0.0.1:{each.server_port}" for each in servers]
        argv = [sys.executable, str(CALLER), "50", "0.4", rounds, *addresses]
        found = json.loads(subprocess.run(argv, capture_output=True, check=True, timeout=60).stdout)
    finally:
        for each in servers:
            each.shutdown()
            each.server_close()
    assert list(found) == addresses
    assert all(len(each) == 20 and min(each) > 0 for each in found.values())


def test_a_page_is_written_with_all_parts_or_not_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    """Some of them would take the figures of the others away."""
    with pytest.raises(SystemExit) as refused:
        read_arguments(("--parts", "delays", "--page", "page.md"))
    assert refused.value.code == 2
    assert "--page replaces all figures" in capsys.readouterr().err
    assert read_arguments(("--parts", ",".join(PARTS), "--page", "page.md")).page == Path("page.md")
    assert read_arguments(("--parts", "delays")).parts == ("delays",)
