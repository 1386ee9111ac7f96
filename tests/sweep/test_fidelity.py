"""Differences between models are divided among their causes, and nothing is left over."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import quantum as q
from quantum.attribution.result import _in_cents
from quantum.attribution.shapley import shapley
from quantum.errors import ConfigError
from sweep.traders import Maker

FEES = q.Fees(maker_bps="-0.5", taker_bps="7")
FULL = q.SimVenue(latency="20ms", queue="risk_averse", fees=FEES, fills="whole", feed_latency="3ms")
VENUES = {
    "optimistic": q.SimVenue(),
    "20 ms": q.SimVenue(latency="20ms", fees=FEES),
    "fees alone": q.SimVenue(fees=FEES),
    "the same": q.SimVenue(),
    "full": FULL,
}


@pytest.fixture(scope="module")
def data():
    return q.data.sample()


@pytest.fixture(scope="module")
def found(data):
    return q.fidelity(Maker(tag="b"), data, venues=VENUES)


def over_every_order(causes, value):
    """Shapley's value by its definition."""
    shares = dict.fromkeys(causes, 0.0)
    for order in itertools.permutations(causes):
        done = frozenset()
        for cause in order:
            shares[cause] += (value(done | {cause}) - value(done)) / math.factorial(len(causes))
            done |= {cause}
    return shares


@pytest.mark.parametrize("count", range(6))
def test_shares_are_the_mean_over_every_order(count):
    causes = list("abcde")[:count]
    random = np.random.default_rng(count)
    worth = {}

    def value(parts):
        return worth.setdefault(parts, random.normal() * 1000)

    shares = shapley(causes, value)
    assert shares == pytest.approx(over_every_order(causes, value), rel=1e-9, abs=1e-9)
    assert sum(shares.values()) == pytest.approx(value(frozenset(causes)) - value(frozenset()), abs=1e-9)


def test_shares_of_two_causes_by_hand():
    worth = {frozenset(): 0.0, frozenset("a"): 10.0, frozenset("b"): 20.0, frozenset("ab"): 36.0}
    assert shapley("ab", worth.__getitem__) == {"a": 13.0, "b": 23.0}  # 10 and 20, and half of the 6 that both make


def test_each_run_is_the_backtest_under_its_model(data, found):
    for name, venue in VENUES.items():
        run = q.backtest(Maker(tag="b"), data, venue=venue)
        assert found[name].raw["reports"].tobytes() == run.raw["reports"].tobytes()
        assert found.differences[name].pnl == run.metrics["pnl"]


def test_shares_sum_to_the_difference(found):
    for name, difference in found.differences.items():
        assert difference.total == found[name].metrics["pnl"] - found["optimistic"].metrics["pnl"]
        assert math.fsum(difference.causes.values()) == pytest.approx(difference.total, abs=1e-8)
    assert set(found.differences["full"].causes) == {"latency", "queue", "fees", "fills", "feed_latency"}
    assert set(found.differences["20 ms"].causes) == {"latency", "fees"}
    assert found.differences["the same"].causes == {}


def test_shares_are_those_of_every_order_of_change(data, found):
    first, second = VENUES["optimistic"], VENUES["20 ms"]

    def pnl(parts):
        made = {"latency": first.latency, "fees": first.fees} | {part: getattr(second, part) for part in parts}
        return q.backtest(Maker(tag="b"), data, venue=q.SimVenue(**made)).metrics["pnl"]

    assert found.differences["20 ms"].causes == pytest.approx(over_every_order(["latency", "fees"], pnl), abs=1e-8)


def test_fees_alone_cost_what_was_paid(found):
    paid = found["fees alone"].totals["fees"]
    assert found.differences["fees alone"].causes == {"fees": pytest.approx(-paid, abs=1e-6)}
    assert paid != 0 and found["fees alone"].totals["trades"] == found["optimistic"].totals["trades"]


def test_equal_models_run_once(found):
    # optimistic; latency, fees and both of "20 ms"; all 32 mixtures with "full", 4 of which those are.
    assert found.made.runs == 32


def test_threads_change_nothing(data, found):
    pytest.importorskip("numba")
    compiled = q.fidelity(Maker(tag="b"), data, venues=VENUES, compile=True, workers=3)
    assert compiled.table.array.tobytes() == found.table.array.tobytes()


def test_the_strategy_that_was_handed_over_stays_as_it_was(data):
    strategy = Maker()
    before = strategy.seen.copy()
    q.fidelity(strategy, data, venues={"a": q.SimVenue(), "b": q.SimVenue(latency="1ms")})
    assert strategy.n == 0 and np.array_equal(strategy.seen, before)


def test_several_venues_in_a_model(data):
    other = q.SimVenue(name="elsewhere")
    a, b = [q.SimVenue(name="sample"), other], [q.SimVenue(name="sample", latency="20ms"), other]
    several = q.fidelity(Maker, data, venues={"a": a, "b": b})
    single = q.fidelity(Maker, data, venues={"a": q.SimVenue(), "b": q.SimVenue(latency="20ms")})
    assert several.differences["b"] == single.differences["b"]
    with pytest.raises(ConfigError, match=r"SimVenue\(name='x'\), SimVenue\(name='elsewhere'\)"):
        q.fidelity(Maker, data, venues={"a": a, "b": [q.SimVenue(name="x"), other]})


def test_what_makes_no_sense_is_said(data):
    with pytest.raises(ConfigError, match="venues must be models by name"):
        q.fidelity(Maker, data, venues=[q.SimVenue()])
    with pytest.raises(ConfigError, match="a comparison needs two"):
        q.fidelity(Maker, data, venues={"a": q.SimVenue()})
    with pytest.raises(ConfigError, match=r"venues\['b'\] must be a SimVenue, not '10ms'"):
        q.fidelity(Maker, data, venues={"a": q.SimVenue(), "b": "10ms"})


def test_an_error_names_the_model(data):
    with pytest.raises(ValueError, match="asked to fail") as failure:
        q.fidelity(Maker(fails_at=5), data, venues=VENUES)
    assert "under the model 'optimistic'" in failure.value.__notes__


def test_the_table_and_the_screen(found):
    assert found.table.columns == (
        "model", "pnl", "difference", "queue", "latency", "feed_latency", "fees", "fills", "trades",
    )  # fmt: skip
    assert len(found.to_pandas()) == 5 == found.to_polars().height == found.to_arrow().num_rows
    lines = str(found).splitlines()
    assert len(lines) <= 40 and max(map(len, lines)) <= 120
    shown = found.rounded().array
    for row in shown:
        cents = [round(100 * row[cause]) for cause in found.causes]
        assert sum(cents) == round(100 * row["difference"])
        assert round(100 * (row["pnl"] - shown[0]["pnl"])) == round(100 * row["difference"])
    with pytest.raises(KeyError, match="there are optimistic"):
        found["pessimistic"]


def test_rounded_shares_stay_within_two_cents():
    random = np.random.default_rng(2)
    for _ in range(200):
        shares = random.normal(size=5) * 100 * random.integers(0, 2, 5)
        total = round(float(shares.sum()), 2)
        cents = _in_cents(shares, total)
        assert round(100 * float(cents.sum())) == round(100 * total)
        assert np.all(np.abs(cents - shares) < 0.02) and np.all(cents[shares == 0] == 0)


def test_a_waterfall_for_each_model_ends_at_its_profit(found):
    traces = found.plot().data
    assert [trace.name for trace in traces] == list(VENUES)[1:]
    full = traces[-1]
    labels = [text.partition("<br>")[0] for text in full.text]
    assert labels == ["optimistic", "queue", "latency", "feed latency", "fees", "fills", "full"]
    assert list(full.measure) == ["absolute", *["relative"] * 5, "total"]
    assert math.fsum(full.y[:-1]) == pytest.approx(full.y[-1], abs=1e-6)


def test_a_page_of_it(found, tmp_path):
    page = found.report(tmp_path / "fidelity.html").read_text()
    assert page.startswith("<!doctype html>") and "risk-averse" in page and "Shapley" in page
    assert found._repr_html_().count("<table") == 2
