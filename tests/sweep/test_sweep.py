"""A sweep's rows are the backtests', its best is judged as the formulas say, whoever ran it."""

from __future__ import annotations

import math
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from scipy import stats

import quantum as q
from quantum.errors import CompileError, ConfigError
from quantum.sweeping.scores import cut_blocks
from sweep.traders import Idle, Listed, Maker, Mode, sample

VENUE = q.SimVenue(latency="5ms", fees=q.Fees(maker_bps="-0.5", taker_bps="7"))
AXES = {"half": [1, 2, 4], "qty": [0.5, 1.0]}


@pytest.fixture(scope="module")
def data():
    return q.data.sample()


@pytest.fixture(scope="module")
def swept(data):
    return q.sweep(Maker, data, grid=AXES, venue=VENUE)


def test_each_row_is_the_backtest_with_its_parameters(data, swept):
    for number, (half, qty) in enumerate((half, qty) for half in AXES["half"] for qty in AXES["qty"]):
        run = q.backtest(Maker(half=half, qty=qty), data, venue=VENUE)
        row = swept[number]
        assert row.parameters == {"half": half, "qty": qty} and row.error == ""
        at = run.statistics("1s")
        names = {"trades": "fills"}
        for name, value in row.figures.items():
            assert value == at[names.get(name, name)], name
        assert swept.runs["pnl"][number] == at["pnl"]
        assert swept.run(number).raw["reports"].tobytes() == run.raw["reports"].tobytes()


def test_the_best_has_the_highest_metric(data, swept):
    assert swept.best.number == int(np.argmax(swept.runs["sharpe"]))
    by_profit = q.sweep(Maker, data, grid=AXES, venue=VENUE, metric="pnl")
    assert by_profit.best.number == int(np.argmax(by_profit.runs["pnl"])) != swept.best.number
    assert swept.run().parameters["half"] == swept.best.parameters["half"]
    with pytest.raises(ConfigError, match="metric must be 'sharpe' or 'pnl', not 'luck'"):
        q.sweep(Maker, data, grid=AXES, metric="luck")


def test_the_deflated_sharpe_is_bailey_and_lopez_de_prados(swept):
    ratios = [np.mean(each.returns) / np.std(each.returns, ddof=1) for each in swept.outcomes]
    best = swept.outcomes[swept.best.number].returns
    count, normal = len(ratios), stats.norm
    top = (1 - np.euler_gamma) * normal.ppf(1 - 1 / count) + np.euler_gamma * normal.ppf(1 - 1 / (count * math.e))
    luck = np.std(ratios, ddof=1) * top
    sharpe, skew, kurtosis = max(ratios), stats.skew(best, bias=False), stats.kurtosis(best, fisher=False, bias=False)
    spread = 1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe**2
    expected = normal.cdf((sharpe - luck) * math.sqrt(best.size - 1) / math.sqrt(spread))
    assert swept.metrics["deflated_sharpe"] == pytest.approx(expected, rel=1e-9)


def test_the_probability_of_overfitting_is_that_of_the_runs_profits(swept):
    assert swept.profits.shape == (600, 6)
    expected = q.risk.overfitting_probability(swept.profits, blocks=16)
    assert swept.metrics["overfitting_probability"] == expected
    assert np.allclose(swept.profits.sum(axis=0), swept.runs["pnl"], atol=1e-6)


def test_the_plateau_is_the_neighbours_mean_over_the_best(data, swept):
    of = {(row["half"], row["qty"]): row["sharpe"] for row in swept.runs.array}
    assert swept.best.parameters == {"half": 1.0, "qty": 0.5}
    around = [of[1.0, 1.0], of[2.0, 0.5], of[2.0, 1.0]]  # 4.0 is two steps away
    assert swept.metrics["plateau"] == pytest.approx(np.mean(around) / of[1.0, 0.5], rel=1e-12)
    # An axis of words has no steps: only equal ones are neighbours. The order of numbers is theirs, not the grid's.
    other = q.sweep(Maker, data, grid={"half": [4, 1, 2], "tag": ["a", "b"]}, venue=VENUE)
    of = {(row["half"], row["tag"]): row["sharpe"] for row in other.runs.array}
    tag = other.best.parameters["tag"]
    assert other.metrics["plateau"] == pytest.approx(of[2.0, tag] / of[1.0, tag], rel=1e-12)


def test_what_cannot_be_known_says_why(data):
    one = q.sweep(Maker, data, grid={"half": [1]}, venue=VENUE)
    assert one.metrics.why == {
        "deflated_sharpe": "one trial: there is nothing to deflate by",
        "overfitting_probability": "one trial: there was nothing to choose from",
        "plateau": "no neighbour of the best was run",
    }
    idle = q.sweep(Idle, data, grid={"x": [1, 2]})
    assert idle.best is None and "none" in str(idle)
    assert "same profits" in idle.metrics.why["overfitting_probability"]
    with pytest.raises(ConfigError, match="none is the best"):
        idle.run()
    long = q.sweep(Maker, data, grid=AXES, venue=VENUE, sampling="2m")
    assert "needs 8 periods, the runs have 5" in long.metrics.why["overfitting_probability"]


def test_blocks_are_even_and_hold_two_periods():
    assert [cut_blocks(periods) for periods in (7, 8, 11, 12, 31, 32, 10_000)] == [0, 4, 4, 6, 14, 16, 16]


def test_the_sampling_is_said_and_can_be_chosen(data, swept):
    assert swept.outcomes[0].sampling.name == "1 s steps"
    at = q.sweep(Maker, data, grid={"half": [1, 2]}, venue=VENUE, sampling="5s")
    assert at[0].figures["sharpe"] == q.backtest(Maker(half=1), data, venue=VENUE).statistics("5s")["sharpe"]


def test_a_run_that_fails_is_a_row_and_the_others_go_on(data):
    found = q.sweep(Maker, data, grid={"fails_at": [-1, 5, 7], "half": [1, 2]}, venue=VENUE)
    assert [bool(error) for error in found.runs["error"]] == [False, False, True, True, True, True]
    assert found[2].error.startswith("ValueError: asked to fail (in on_timer, at ")
    assert found[2].figures == {} and math.isnan(found.runs["pnl"][2])
    assert found.metrics["trials"] == 2 and len(found.failed) == 4
    assert "4 failed" in str(found) and "asked to fail" in str(found)
    with pytest.raises(ValueError, match="asked to fail"):
        found.run(2)


def test_where_all_fail_the_first_error_is_raised(data):
    with pytest.raises(ValueError, match="asked to fail") as failure:
        q.sweep(Maker, data, grid={"fails_at": [3, 5]}, venue=VENUE)
    assert "all 2 runs of the sweep failed" in failure.value.__notes__[-1]


def test_mistakes_are_said_before_anything_runs(data):
    with pytest.raises(ConfigError, match="did you mean 'half'"):
        q.sweep(Maker, data, grid={"hal": [1]})
    with pytest.raises(ConfigError, match="workers=2 needs compile=True"):
        q.sweep(Maker, data, grid=AXES, workers=2)
    with pytest.raises(ConfigError, match="workers must be a whole number above 0"):
        q.sweep(Maker, data, grid=AXES, compile=True, workers=0)
    with pytest.raises(ConfigError, match="sampling is 'weekly'"):
        q.sweep(Maker, data, grid=AXES, sampling="weekly")
    with pytest.raises(ConfigError, match=r"executor must be a concurrent\.futures\.Executor, not 3"):
        q.sweep(Maker, data, grid=AXES, executor=3)
    with ThreadPoolExecutor(1) as pool, pytest.raises(ConfigError, match="an executor has its own"):
        q.sweep(Maker, data, grid=AXES, executor=pool, workers=2)
    with pytest.raises(q.errors.DataError):
        q.sweep(Maker, "no-such-file.gz", grid=AXES)
    with pytest.raises(IndexError, match="no run 6: there are 6"):
        q.sweep(Maker, data, grid=AXES, venue=VENUE)[6]


def table_bytes(found):
    return found.runs.array.tobytes(), found.profits.tobytes(), repr(found.metrics)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_compiled_runs_are_the_same_on_any_number_of_threads(data, swept, workers):
    pytest.importorskip("numba")
    before = Maker.seen.copy()
    found = q.sweep(Maker, data, grid=AXES, venue=VENUE, compile=True, workers=workers)
    assert table_bytes(found) == table_bytes(swept)
    assert found.run().raw["reports"].tobytes() == swept.run().raw["reports"].tobytes()
    assert np.array_equal(Maker.seen, before)  # an array that the class holds is each run's own


def test_compiled_constants_vary_too(data):
    pytest.importorskip("numba")
    grid = {"tag": ["a", "b", "c"], "mode": list(Mode), "both": [True, False]}
    found = q.sweep(Maker, data, grid=grid, venue=VENUE, compile=True, workers=3)
    assert table_bytes(found) == table_bytes(q.sweep(Maker, data, grid=grid, venue=VENUE))
    assert len(set(found.runs["pnl"])) == 4


def test_a_compiled_run_that_fails_is_a_row_on_threads(data):
    pytest.importorskip("numba")
    found = q.sweep(Maker, data, grid={"fails_at": [-1, 5, 7, 9]}, venue=VENUE, compile=True, workers=2)
    alone = q.sweep(Maker, data, grid={"fails_at": [-1, 5, 7, 9]}, venue=VENUE)
    assert list(found.runs["error"]) == list(alone.runs["error"])


def test_what_cannot_be_compiled_is_raised_at_once(data):
    pytest.importorskip("numba")
    with pytest.raises(CompileError, match="a list cannot be compiled"):
        q.sweep(Listed, data, grid={"x": range(1000)}, compile=True, workers=2)


def test_an_executor_of_threads_gives_the_same(data, swept):
    with ThreadPoolExecutor(2) as pool:
        assert table_bytes(q.sweep(Maker, data, grid=AXES, venue=VENUE, executor=pool)) == table_bytes(swept)


def test_an_executor_of_processes_gives_the_same(swept):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = q.sweep(Maker, sample, grid=AXES, venue=VENUE, executor=pool)
        assert table_bytes(found) == table_bytes(swept)
        assert found.run().metrics["pnl"] == swept.best.figures["pnl"]


def test_an_executor_of_processes_takes_no_recording(data):
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(ConfigError, match="other processes take paths"),
    ):
        q.sweep(Maker, data, grid=AXES, executor=pool)


def test_a_client_of_dask_gives_the_same(swept):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert table_bytes(q.sweep(Maker, sample, grid=AXES, venue=VENUE, executor=client)) == table_bytes(swept)
