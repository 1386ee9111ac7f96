"""How long messages take to the simulated venue and back."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import quantum as q
from backtest.market import MS, listing, quiet
from backtest.measured import latencies
from quantum.errors import ConfigError, DataError
from quantum.venue import Jitter, Latency, LatencyFromFeed, LatencySeries

KINDS = q.dtypes.NAMES["kind"]


class Cycle(q.Strategy):
    """Every 100 ms an order far from the market, and at once or a step later its cancel."""

    at_once: bool = True

    def on_start(self, ctx):
        self.sent = []
        self.orders = []
        ctx.every("100ms")

    def on_timer(self, ctx):
        self.sent.append(ctx.now)
        order = ctx.buy(0.1, limit=95.0)
        if self.at_once:
            ctx.cancel(order)


def reports(run: q.Run, *kinds: str) -> np.ndarray[Any, Any]:
    """The venue's reports of these kinds, in the order the strategy learnt of them."""
    wanted = [code for code, name in KINDS.items() if name in kinds]
    rows: np.ndarray[Any, Any] = run.raw["reports"]
    return rows[np.isin(rows["kind"], wanted)]


def play(latency: Any, data: Any = None, **changes: Any) -> tuple[Cycle, q.Run]:
    strategy = Cycle(**changes)
    return strategy, q.backtest(strategy, data or quiet(2_000).recording(), venue=q.SimVenue(latency=latency))


def travels(latency: Any, data: Any = None) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """How long each order took to the exchange, and its acknowledgement back, ns."""
    strategy, run = play(latency, data, at_once=False)
    rows = reports(run, "New")
    assert len(rows) >= 18
    return rows["exchange_ns"] - strategy.sent[: len(rows)], rows["receive_ns"] - rows["exchange_ns"]


def test_each_kind_of_message_has_its_own_latency():
    class Later(Cycle):
        def on_timer(self, ctx):
            self.sent.append(ctx.now)
            if len(self.sent) % 2:
                self.order = ctx.buy(0.1, limit=95.0)
            else:
                ctx.cancel(self.order)

    strategy = Later()
    latency = Latency("10ms", cancel="3ms", replace="5ms", response="8ms")
    run = q.backtest(strategy, quiet(2_000).recording(), venue=q.SimVenue(latency=latency))
    new, canceled = reports(run, "New"), reports(run, "Canceled")
    assert len(new) == 10 and len(canceled) >= 9
    sent = np.array(strategy.sent)
    assert (new["exchange_ns"] - sent[::2] == 10 * MS).all()
    assert (canceled["exchange_ns"] - sent[1::2][: len(canceled)] == 3 * MS).all()
    assert (run.raw["reports"]["receive_ns"] - run.raw["reports"]["exchange_ns"] == 8 * MS).all()


def test_a_cancel_does_not_overtake_the_order_before_it():
    run = play(Latency("10ms", cancel="3ms"))[1]
    new, canceled = reports(run, "New"), reports(run, "Canceled")
    assert len(canceled) > 15 and len(reports(run, "CancelRejected")) == 0
    assert (canceled["exchange_ns"] == new["exchange_ns"][: len(canceled)]).all()


def test_no_message_overtakes_another_whatever_its_own_latency():
    class Burst(q.Strategy):
        def on_start(self, ctx):
            ctx.every("1ms")

        def on_timer(self, ctx):
            ctx.buy(0.1, limit=95.0)

    latency = Jitter("1ms", "lognormal", scale="5ms", sigma=2, seed=3)
    run = q.backtest(Burst(), quiet(1_000).recording(), venue=q.SimVenue(latency=latency))
    rows = run.raw["reports"]
    assert len(rows) > 500
    assert rows["order_id"].tolist() == sorted(rows["order_id"])
    there, back = rows["exchange_ns"], rows["receive_ns"]
    assert (np.diff(there) >= 0).all() and (np.diff(back) >= 0).all()
    together = int((np.diff(there) == 0).sum())
    assert together > 100, "with such a jitter many catch up with a slow one before them"


def test_measured_latencies_go_by_the_time_of_sending_on_either_side():
    series = LatencySeries([0, 1_000 * MS, 1_500 * MS], [10 * MS, 30 * MS, 20 * MS], [4 * MS, 2 * MS, 6 * MS])
    strategy, run = play(series, at_once=False)
    rows, sent = reports(run, "New"), np.array(strategy.sent)
    there = np.interp(sent / MS, [0, 1_000, 1_500], [10, 30, 20])
    back = np.interp(rows["exchange_ns"] / MS, [10, 1_030, 1_520], [4, 2, 6])
    assert np.abs((rows["exchange_ns"] - sent[: len(rows)]) / MS - there[: len(rows)]).max() < 2e-6
    assert np.abs((rows["receive_ns"] - rows["exchange_ns"]) / MS - back).max() < 2e-6
    assert len(set(back.tolist())) > 10


def test_a_request_beside_a_refused_one_is_refused_and_the_order_goes_on():
    series = LatencySeries(
        [0, 700 * MS, 900 * MS, 1_100 * MS], [MS, MS, 0, MS], [MS, MS, 50 * MS, MS], refused=[False, False, True, False]
    )

    class Later(Cycle):
        def on_timer(self, ctx):
            self.sent.append(ctx.now)
            if len(self.sent) in (6, 8):
                self.orders.append(ctx.buy(0.1, limit=95.0))
            if len(self.sent) in (9, 13):
                ctx.cancel(self.orders[0])

    strategy = Later()
    run = q.backtest(strategy, quiet(2_000).recording(), venue=q.SimVenue(latency=series))
    rejected, refused, canceled = (reports(run, kind) for kind in ("Rejected", "CancelRejected", "Canceled"))
    assert rejected["receive_ns"].tolist() == [800 * MS + 26 * MS]
    assert refused["receive_ns"].tolist() == [900 * MS + 50 * MS]
    assert canceled["exchange_ns"].tolist() == [1_301 * MS]
    assert run.orders["reason"].tolist() == ["requested", "not processed by the venue"]
    assert [order.state for order in strategy.orders] == ["Canceled", "Rejected"]


def paced(delays_ms: list[float], instrument: q.Instrument | None = None) -> q.data.Recording:
    """A message of the market each 10 ms, received so much later and in order; a delay stays for 200 ms."""
    market = quiet(len(delays_ms) * 200, instrument=instrument)
    events = market.events()
    step = np.minimum(events["exchange_ns"] // (200 * MS), len(delays_ms) - 1)
    received = events["exchange_ns"] + (np.array(delays_ms)[step] * MS).astype(np.int64)
    events["receive_ns"] = np.maximum.accumulate(received)
    return q.data.from_events(events, market.instrument)


def test_latency_after_the_feed_is_a_multiple_of_the_newest_messages_delay():
    data = paced([1, 7, 2, 30, 4, 1, 9, 3, 3, 1])
    latency = LatencyFromFeed(2, 0.5, entry_offset="100us", response_offset="1ms")
    strategy, run = play(latency, data, at_once=False)
    events = data.events
    received = events["receive_ns"]
    delays = events["receive_ns"] - events["exchange_ns"]
    rows = reports(run, "New")
    assert len(rows) >= 15
    for sent, row in zip(strategy.sent, rows, strict=False):
        newest = np.flatnonzero(received <= sent)[-1]
        assert row["exchange_ns"] - sent == 2 * delays[newest] + MS // 10
    behind = 0
    for row in rows:
        newest = np.flatnonzero(events["exchange_ns"] <= row["exchange_ns"])[-1]
        behind = max(behind, row["exchange_ns"] + delays[newest] // 2 + MS)
        assert row["receive_ns"] == behind
    assert len(set((rows["exchange_ns"] - strategy.sent[: len(rows)]).tolist())) > 5


def test_latency_after_the_feed_counts_its_latency_too():
    def entry(feed_latency):
        strategy = Cycle(at_once=False)
        venue = q.SimVenue(latency=LatencyFromFeed(), feed_latency=feed_latency)
        run = q.backtest(strategy, paced([3] * 10), venue=venue)
        rows = reports(run, "New")
        return set((rows["exchange_ns"] - strategy.sent[: len(rows)]).tolist())

    assert entry(0) == {3 * MS}
    assert entry("2ms") == {5 * MS}


def test_jitter_repeats_by_its_seed_and_is_never_below_the_base():
    latency = Jitter("2ms", "exponential", scale="1ms", seed=7)
    (there, back), again = travels(latency), travels(latency)
    assert (there == again[0]).all() and (back == again[1]).all()
    other = travels(Jitter("2ms", "exponential", scale="1ms", seed=8))[0]
    assert (there != other).all() and (there != back).all()
    assert there.min() >= 2 * MS and len(set(there.tolist())) == len(there)


def test_jitter_comes_on_top_of_measured_latencies_and_of_the_feeds():
    series = LatencySeries([0, 2_000 * MS], [10 * MS, 20 * MS], [MS, MS])
    plain, random = travels(series)[0], travels(Jitter(series, "uniform", scale="1ms"))[0]
    extra = random[: len(plain)] - plain[: len(random)]
    assert (extra > 0).all() and (extra < MS).all() and len(set(extra.tolist())) > 15
    assert (travels(Jitter("0", "uniform", scale="1ms"))[0][: len(extra)] == extra).all(), "whatever the base"
    follows = travels(Jitter(LatencyFromFeed(3), "uniform", scale="1ms"), paced([5] * 10))[0]
    most = min(len(follows), len(extra))
    assert (follows[:most] == 15 * MS + extra[:most]).all()


def test_what_else_is_in_the_run_changes_no_jitter():
    latency = Jitter("2ms", "lognormal", scale="1ms", seed=7)
    first, second = listing("ABC"), listing("XYZ")

    class Each(q.Strategy):
        symbols: str = "ABC"

        def on_book(self, ctx):
            if ctx.now % (100 * MS) == 0 and ctx.instrument.symbol in self.symbols:
                ctx.buy(0.1, limit=95.0)

    def times(symbols, *instruments):
        data = [quiet(2_000, instrument=each).recording() for each in instruments]
        run = q.backtest(Each(symbols=symbols), data, venue=q.SimVenue(latency=latency))
        rows = reports(run, "New")
        number = [each.symbol for each in run.instruments].index("ABC")
        rows = rows[rows["instrument"] == number]
        return rows["exchange_ns"].tolist(), rows["receive_ns"].tolist()

    alone = times("ABC", first)
    assert len(alone[0]) > 15
    assert times("ABC", first, second) == times("ABC XYZ", first, second) == times("ABC XYZ", second, first) == alone
    other = times("ABC", listing("ABC", venue="elsewhere"))
    assert all(mine != theirs for mine, theirs in zip(alone[0], other[0], strict=False))


def test_a_constant_by_any_name_is_the_same_run():
    flat = LatencySeries([0], [3 * MS], [7 * MS])
    ways = [
        ("3ms", "7ms"),
        Latency("3ms", response="7ms"),
        flat,
        (flat, flat),
        Latency(flat, cancel="3ms", response="7ms"),
        Jitter(flat, scale="0"),
        (Jitter("3ms", "uniform", scale="0"), "7ms"),
        LatencyFromFeed(0, 0, entry_offset="3ms", response_offset="7ms"),
    ]
    seen = {play(way)[1].raw["reports"].tobytes() for way in ways}
    assert len(seen) == 1


def test_hftbacktests_file_is_read(tmp_path):
    rows = latencies("bursts")[:50]
    rows["exch_ts"][7] = 0
    np.savez_compressed(tmp_path / "latency.npz", data=rows)
    np.save(tmp_path / "latency.npy", rows)
    read = LatencySeries.read(tmp_path / "latency.npz")
    assert (read.time == rows["req_ts"]).all() and np.flatnonzero(read.refused).tolist() == [7]
    served = np.arange(50) != 7
    assert (read.entry[served] == (rows["exch_ts"] - rows["req_ts"])[served]).all()
    assert (read.response[served] == (rows["resp_ts"] - rows["exch_ts"])[served]).all()
    assert (read.entry[7], read.response[7]) == (0, rows["resp_ts"][7] - rows["req_ts"][7])
    assert repr(LatencySeries.read(str(tmp_path / "latency.npy"))) == repr(read)
    assert "50 orders, 1 refused" in repr(read)


def test_files_that_are_none_are_refused_by_name(tmp_path):
    path = tmp_path / "latency.npy"
    with pytest.raises(FileNotFoundError):
        LatencySeries.read(path)
    np.save(path, np.zeros(3))
    with pytest.raises(DataError, match=r"latency.npy.*req_ts, exch_ts, resp_ts"):
        LatencySeries.read(path)
    rows = latencies("waves")[:5]
    rows["resp_ts"][3] -= 10**9
    np.save(path, rows)
    with pytest.raises(DataError, match=r"latency.npy.*response .* \(row 3\)"):
        LatencySeries.read(path)
    with pytest.raises(ConfigError, match="path"):
        LatencySeries.read(5)


def test_times_and_delays_may_be_numpys_and_pandas():
    pandas = pytest.importorskip("pandas")
    plain = LatencySeries([1_000, 2_000], [5, 6], [7, 8])
    time = np.array([1_000, 2_000], "datetime64[ns]")
    delays = np.array([[5, 6], [7, 8]], "timedelta64[ns]")
    frame = pandas.DataFrame({"time": time, "entry": delays[0], "response": delays[1]})
    for made in (
        LatencySeries(time, *delays),
        LatencySeries(frame["time"], frame["entry"], frame["response"]),
        LatencySeries([1e3, 2e3], [5.0, 6.0], (7, 8)),
        LatencySeries(time.astype("datetime64[us]"), delays[0], delays[1]),
    ):
        assert repr(made) == repr(plain)
    with pytest.raises(ValueError, match="read-only"):
        plain.time[0] = 5


NAN = float("nan")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: LatencySeries([], [], []), "at least one row"),
        (lambda: LatencySeries([1, 2], [3], [4, 5]), "time has 2 rows and entry has 1"),
        (lambda: LatencySeries([1, 2], [3, 3], [4]), "time has 2 rows and response has 1"),
        (lambda: LatencySeries([1, 2], [3, 3], [4, 4], refused=[True]), "refused has 1"),
        (lambda: LatencySeries([1, 2], [3, 3], [4, 4], refused=[0, 1]), "refused must be .* bool"),
        (lambda: LatencySeries([2, 1], [3, 3], [4, 5]), "row 0 is at 2 ns and row 1 at 1 ns"),
        (lambda: LatencySeries([1, 2], [3, -1], [4, 5]), r"entry must be within 0 and \d+ ns, not -1 ns \(row 1\)"),
        (lambda: LatencySeries([1, 2], [3, NAN], [4, 5]), r"entry must be whole nanoseconds, not nan \(row 1\)"),
        (lambda: LatencySeries([1, 2], [3, 1.5], [4, 5]), r"entry must be whole nanoseconds, not 1.5 \(row 1\)"),
        (lambda: LatencySeries([1, np.inf], [3, 3], [4, 5]), r"time must be whole nanoseconds, not inf"),
        (lambda: LatencySeries(np.array(["NaT"], "M8[ns]"), [3], [4]), r"time .* not NaT \(row 0\)"),
        (lambda: LatencySeries(["soon"], [3], [4]), "time must be whole nanoseconds or datetime64, not <U4"),
        (lambda: LatencySeries([1], np.array([1], "M8[ns]"), [4]), "entry must be whole nanoseconds or timedelta64"),
        (lambda: LatencySeries([[1]], [3], [4]), "one-dimensional array, not 2-d"),
        (lambda: LatencySeries(1, [3], [4]), "one-dimensional array, not 0-d"),
        (lambda: LatencySeries(np.array([2**63], "u8"), [3], [4]), "time must be whole nanoseconds"),
        (lambda: LatencyFromFeed(-1), "within 0 and 1000, not -1"),
        (lambda: LatencyFromFeed(1, NAN), "within 0 and 1000, not NaN"),
        (lambda: LatencyFromFeed("2"), "entry_factor must be a number from 0 to 1000, not '2'"),
        (lambda: LatencyFromFeed(entry_offset="-1ms"), "not a duration"),
        (lambda: LatencyFromFeed(response_offset=5), "response_offset must be a duration"),
        (lambda: Jitter("1ms", "normal", scale="1ms"), "'lognormal', not 'normal': did you mean 'lognormal'"),
        (lambda: Jitter("1ms", "unifrom", scale="1ms"), "did you mean 'uniform'"),
        (lambda: Jitter("1ms", "gamma", scale="1ms"), "must be 'uniform', 'exponential', 'lognormal', not 'gamma'"),
        (lambda: Jitter("1ms", scale="-1ms"), "not a duration"),
        (lambda: Jitter("1ms", scale=None), "scale must be a duration"),
        (lambda: Jitter("1ms", scale="1ms", sigma=NAN), "sigma must be within 0 and 10, not NaN"),
        (lambda: Jitter("1ms", scale="1ms", sigma="1"), "sigma must be a number"),
        (lambda: Jitter("1ms", scale="1ms", seed=-1), "seed must be a whole number"),
        (lambda: Jitter("1ms", scale="1ms", seed=1.0), "seed must be a whole number"),
        (lambda: Jitter(Jitter("1ms", scale="1ms"), scale="1ms"), "base of a jitter"),
        (lambda: Jitter(Latency("1ms"), scale="1ms"), "base of a jitter"),
        (lambda: Jitter(5, scale="1ms"), "latency must be a duration"),
        (lambda: Latency("1ms", cancel="-1ms"), "not a duration"),
        (lambda: Latency("1ms", replace=7), "replace latency must be a duration"),
        (lambda: Latency(None), "new latency must be a duration"),
        (lambda: q.SimVenue(latency=Latency), "latency must be a duration"),
        (lambda: q.SimVenue(latency=("1ms", Latency("1ms"))), "response latency must be a duration"),
    ],
)
def test_what_is_no_latency_is_refused_when_it_is_made(make, says):
    with pytest.raises(ConfigError, match=says):
        make()


@pytest.mark.parametrize(
    ("latency", "words"),
    [
        ("10ms", "10ms entry, 10ms response"),
        (("1ms", "2ms"), "1ms entry, 2ms response"),
        (Latency("10ms", cancel="3ms"), "10ms new and replace, 3ms cancel, 10ms response"),
        (
            Jitter("1ms", scale="2ms", seed=7),
            "1ms + lognormal 2ms (sigma 1, seed 7) entry, 1ms + lognormal 2ms (sigma 1, seed 7) response",
        ),
        (Latency(Jitter("1ms", "uniform", scale="2ms"), response=0), "1ms + uniform 2ms (seed 0) entry, 0 response"),
        (
            LatencyFromFeed(1.5, entry_offset="1ms"),
            "1.5 × the feed's + 1ms entry, 1 × the feed's response",
        ),
    ],
)
def test_a_run_says_its_latency_in_words(latency, words):
    run = play(latency)[1]
    assert run.raw["venues"][0]["latency"] == words
    assert " ".join(str(run).split()).find(words[:40]) > 0


def test_a_measured_series_is_told_from_another_by_its_digest():
    words = [q.SimVenue(latency=LatencySeries([0], [5], [6 + n])).describe()["latency"] for n in (0, 0, 1)]
    assert words[0] == words[1] != words[2]
    assert words[0].startswith("measured (1 orders, sha256 ")


def test_every_message_arrives_no_earlier_than_its_own_latency_says():
    """The wire as an oracle: what a message takes alone, and then never before the one ahead of it."""
    series = LatencySeries([0, 400 * MS, 401 * MS], [90 * MS, 90 * MS, MS], [MS] * 3)

    class Steady(q.Strategy):
        def on_start(self, ctx):
            self.sent = []
            ctx.every("10ms")

        def on_timer(self, ctx):
            self.sent.append(ctx.now)
            ctx.buy(0.1, limit=95.0)

    strategy = Steady()
    run = q.backtest(strategy, quiet(1_000).recording(), venue=q.SimVenue(latency=series))
    rows = reports(run, "New")
    expected, latest = [], 0
    for sent in strategy.sent:
        own = 90 * MS if sent <= 400 * MS else MS
        latest = max(latest, sent + own)
        expected.append(latest)
    assert rows["exchange_ns"].tolist() == expected[: len(rows)]
    assert sum(one == other for one, other in pairwise(expected)) == 8
