"""Bars in the event engine: another engine's truth, fills along the path, bars made on the way, a scanner's hits."""

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import quantum as q

MINUTE = 60_000_000_000
START = 1_700_006_400_000_000_000
ABC = q.Instrument("ABC", tick_size="0.1", lot_size="0.001", currency="USD")


def bars(*rows, volume=4.0, start=START, instrument=ABC):
    """A recording of minute bars of (open, high, low, close)."""
    names, columns = ("open", "high", "low", "close"), zip(*rows, strict=True)
    table = {name: np.asarray(column) for name, column in zip(names, columns, strict=True)}
    table["time"] = start + MINUTE * np.arange(len(rows))
    table["volume"] = np.full(len(rows), volume)
    return q.data.from_bars(table, instrument, timeframe="1m")


class Script(q.Strategy):
    """Does what it is told at the close of each bar; keeps what it sees."""

    def __init__(self, *steps):
        super().__init__()
        self.steps, self.seen, self.fills, self.times = list(steps), [], [], []

    def on_bar(self, ctx, bar):
        self.seen.append((bar.open, bar.high, bar.low, bar.close, bar.volume))
        self.times.append((bar.open_ns - START, bar.close_ns - START, ctx.now - START))
        if self.steps and (step := self.steps.pop(0)):
            step(ctx)

    def on_fill(self, ctx, fill):
        self.fills.append((fill.exchange_ns - START, fill.side, fill.price, fill.qty, fill.liquidity))


class EmaCross(q.Strategy):
    fast: int = 10
    slow: int = 20
    ema_fast: float = 0.0
    ema_slow: float = 0.0
    bars: int = 0

    def on_bar(self, ctx, bar):
        if self.bars == 0:
            self.ema_fast = bar.close
            self.ema_slow = bar.close
        self.ema_fast += 2 / (self.fast + 1) * (bar.close - self.ema_fast)
        self.ema_slow += 2 / (self.slow + 1) * (bar.close - self.ema_slow)
        self.bars += 1
        if self.bars < self.slow:
            return
        if self.ema_fast >= self.ema_slow:
            if ctx.position <= 0:
                ctx.close()
                ctx.buy(1.0)
        elif ctx.position >= 0:
            ctx.close()
            ctx.sell(1.0)

    def on_stop(self, ctx):
        ctx.close()


@pytest.mark.parametrize("compiled", [False, True])
def test_the_ema_cross_makes_the_orders_and_the_cent_of_nautilus(shared, compiled):
    if compiled:
        pytest.importorskip("numba")
    perp = q.Instrument("BTC-PERP", tick_size="0.025", lot_size="0.001", currency="USDT")
    data = q.data.read(shared("data/bars/btc-perp-20211231-20220201_1m.csv.gz"), instrument=perp)
    assert data.report["bars"] == 45_031
    venue = q.SimVenue(fees=q.Fees(taker_bps=1.8), fill="close")
    run = q.backtest(EmaCross(), data, venue=venue, cash=1_000_000, compile=compiled)
    assert len(run.orders) == len(run.fills) == 4_136
    cash = 1_000_000 - sum(Decimal(str(fee)) for fee in run.fills.to_pandas()["fee"])
    signs = {"buy": -1, "sell": 1}
    for fill in run.fills.to_pandas().itertuples():
        cash += signs[fill.side] * Decimal(str(fill.price)) * Decimal(str(fill.qty))
    assert round(cash, 5) == Decimal("956811.60760")


def test_orders_at_the_end_of_a_bar_meet_the_next_open_or_on_request_its_close():
    data = bars((10, 11, 9, 10.5), (10.7, 12, 10, 11), (11.3, 11.5, 11, 11.2))
    buy = lambda ctx: ctx.buy(1)  # noqa: E731 - a step of the script
    script = Script(buy)
    q.backtest(script, data)
    assert script.fills == [(MINUTE, "buy", 10.7, 1.0, "taker")]
    script = Script(buy)
    q.backtest(script, data, venue=q.SimVenue(fill="close"))
    assert script.fills == [(MINUTE, "buy", 10.5, 1.0, "taker")]
    assert script.times == [(0, MINUTE, MINUTE), (MINUTE, 2 * MINUTE, 2 * MINUTE), (2 * MINUTE, 3 * MINUTE, 3 * MINUTE)]


def test_a_market_order_waits_over_a_gap_for_the_next_open():
    rows = {"time": [START, START + 10 * MINUTE], "open": [10.0, 12.0], "high": [10.0, 12.0], "low": [10.0, 12.0],
            "close": [10.0, 12.0]}  # fmt: skip
    script = Script(lambda ctx: ctx.buy(1))
    q.backtest(script, q.data.from_bars(rows, ABC, timeframe="1m"))
    assert script.fills == [(10 * MINUTE, "buy", 12.0, 1.0, "taker")]
    script = Script(lambda ctx: (ctx.buy(1), ctx.cancel_all()))
    run = q.backtest(script, q.data.from_bars(rows, ABC, timeframe="1m"))
    assert not script.fills
    assert run.orders.to_pandas()["state"].tolist() == ["Canceled"]


@pytest.mark.parametrize(
    ("limit", "venue", "fills"),
    [
        (10.2, {}, [(MINUTE + MINUTE // 3, "buy", 10.2, 1.0, "maker")]),
        (10.0, {}, []),
        (10.0, {"touch": True}, [(MINUTE + MINUTE // 3, "buy", 10.0, 1.0, "maker")]),
        (10.7, {}, [(MINUTE, "buy", 10.7, 1.0, "taker")]),
        (10.8, {"fill": "close"}, [(MINUTE, "buy", 10.5, 1.0, "taker")]),
        (10.3, {"fill": "close"}, [(MINUTE + MINUTE // 3, "buy", 10.3, 1.0, "maker")]),
    ],
)
def test_a_limit_executes_where_the_path_goes_through_it(limit, venue, fills):
    data = bars((10, 11, 9, 10.5), (10.7, 12, 10, 11))
    script = Script(lambda ctx: ctx.buy(1, limit=limit))
    q.backtest(script, data, venue=q.SimVenue(**venue))
    assert script.fills == fills


def test_after_a_gap_a_limit_executes_at_the_open():
    data = bars((10, 11, 9, 10.5), (9.5, 12, 9.4, 11))
    for venue in (q.SimVenue(), q.SimVenue(fill="close")):
        script = Script(lambda ctx: ctx.buy(1, limit=10.0))
        q.backtest(script, data, venue=venue)
        assert [fill[:4] for fill in script.fills] == [(MINUTE, "buy", 9.5, 1.0)]
    resting = Script(lambda ctx: ctx.sell(1, limit=12.5))
    q.backtest(resting, bars((10, 11, 9, 10.5), (10.5, 11, 10, 10.5), (13, 13, 12.9, 13)))
    assert resting.fills == [(2 * MINUTE, "sell", 13.0, 1.0, "maker")]


def test_resting_orders_share_a_quarter_of_the_volume():
    data = bars((10, 11, 9, 10.5), (10.7, 12, 10, 11), (11, 12, 9, 10), volume=4.0)
    script = Script(lambda ctx: (ctx.buy(0.7, limit=10.3), ctx.buy(0.7, limit=10.2)))
    q.backtest(script, data)
    third = MINUTE + MINUTE // 3
    assert script.fills[:2] == [(third, "buy", 10.3, 0.7, "maker"), (third, "buy", 10.2, 0.3, "maker")]
    assert math.isclose(sum(fill[3] for fill in script.fills), 1.4)
    whole = Script(lambda ctx: (ctx.buy(7, limit=10.3), ctx.buy(7, limit=10.2)))
    q.backtest(whole, data, venue=q.SimVenue(fills="whole"))
    assert [fill[3] for fill in whole.fills] == [7.0, 7.0]


def test_post_only_and_immediate_orders_know_the_price_of_the_moment():
    data = bars((10, 11, 9, 10.5), (10.7, 12, 10, 11))
    script = Script(lambda ctx: (ctx.buy(1, limit=10.8, post_only=True), ctx.buy(1, limit=10.6, tif="IOC")))
    run = q.backtest(script, data)
    assert not script.fills
    assert run.orders.to_pandas()["state"].tolist() == ["Rejected", "Expired"]


def test_marks_and_collars_take_the_close():
    data = bars((10, 11, 9, 10.5), (10.7, 12, 10, 11))
    run = q.backtest(Script(lambda ctx: ctx.buy(1)), data, cash=100)
    assert math.isclose(run.raw["samples"]["equity"][-1], 100 - 10.7 + 11)
    limits = q.RiskLimits(max_qty=5, max_notional=1e6, max_position=5, max_open_orders=5, collar_bps=100)
    run = q.backtest(Script(lambda ctx: ctx.buy(1, limit=12.0)), data, limits=limits)
    assert run.orders.to_pandas()["state"].tolist() == ["Denied"]


prices = st.integers(50, 150)
row = st.tuples(prices, prices, prices, prices).map(lambda p: (p[0] / 10, max(p) / 10, min(p) / 10, p[3] / 10))


@settings(max_examples=60, deadline=None)
@given(st.lists(row, min_size=2, max_size=12), st.lists(st.tuples(st.booleans(), prices), min_size=1, max_size=12))
def test_no_fill_lies_outside_its_bar_and_none_is_worse_than_its_limit(rows, orders):
    steps = [lambda ctx, o=o: (ctx.buy if o[0] else ctx.sell)(0.5, limit=o[1] / 10) for o in orders]
    script = Script(*steps)
    fills = q.backtest(script, bars(*rows)).fills.to_pandas()
    limits = [price / 10 for _, price in orders]
    for fill, (time, side, price, qty, _) in zip(fills.itertuples(), script.fills, strict=True):
        held = [r for number, r in enumerate(rows) if MINUTE * number <= time <= MINUTE * (number + 1)]
        assert any(r[2] <= price <= r[1] for r in held)
        assert 0 < qty <= 0.5
        limit = limits[fill.order_id - 1]
        assert price <= limit if side == "buy" else price >= limit


class Subscriber(q.Strategy):
    timeframe: str = "1m"

    def __init__(self, **parameters):
        super().__init__(**parameters)
        self.seen = []

    def on_start(self, ctx):
        ctx.subscribe(self.timeframe)
        ctx.subscribe(self.timeframe)

    def on_bar(self, ctx, bar):
        if bar.timeframe != "1m" or self.timeframe == "1m":
            self.seen.append((bar.open_ns, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trades))


@pytest.mark.parametrize("timeframe", ["30s", "1m", "5m", "ticks:100"])
def test_bars_made_of_trades_are_those_of_the_whole_history(timeframe):
    data = q.data.sample("20m")
    strategy = Subscriber(timeframe=timeframe)
    q.backtest(strategy, data)
    frame = q.data.bars(data, timeframe, partial=False)
    expected = zip(frame["time"].astype("int64"), *(frame[name] for name in ("open", "high", "low", "close", "volume")),
                   frame["trades"], strict=True)  # fmt: skip
    expected = [tuple(one) for one in expected]
    assert len(expected) > 2
    assert strategy.seen == expected[: len(strategy.seen)]
    assert len(expected) - len(strategy.seen) <= 1


def test_higher_bars_are_told_with_the_bar_that_completes_them():
    rows = [(10 + n, 11 + n, 9 + n, 10.5 + n) for n in range(12)]
    strategy = Subscriber(timeframe="5m")
    times = []
    strategy.on_bar = lambda ctx, bar: times.append((bar.timeframe, bar.close_ns - START, ctx.now - START))
    q.backtest(strategy, bars(*rows))
    assert [entry for entry in times if entry[0] == "5m"] == [
        ("5m", 5 * MINUTE, 5 * MINUTE),
        ("5m", 10 * MINUTE, 10 * MINUTE),
    ]
    assert times.index(("5m", 5 * MINUTE, 5 * MINUTE)) == times.index(("1m", 5 * MINUTE, 5 * MINUTE)) + 1


def test_bars_that_do_not_add_up_are_refused():
    for timeframe, said in [("1m", "multiple"), ("90s", "multiple"), ("5 m", "nearest"), ("1m ", "nearest")]:
        with pytest.raises(q.errors.ConfigError, match=said):
            q.backtest(Subscriber(timeframe=timeframe), bars((10, 11, 9, 10.5), (10.7, 12, 10, 11)))


class Hits(q.Strategy):
    def __init__(self):
        super().__init__()
        self.hits = []

    def on_hit(self, ctx, hit):
        self.hits.append((hit.open_ns, hit.pattern, hit.kind, hit.direction, hit.confidence, ctx.now))


def test_hits_are_those_of_the_scanner_at_the_close_of_their_bar(shared):
    perp = q.Instrument("BTC-PERP", tick_size="0.025", lot_size="0.001", currency="USDT")
    data = q.data.read(shared("data/bars/btc-perp-20211231-20220201_1m.csv.gz"), instrument=perp)
    strategy = Hits()
    q.backtest(strategy, data, scanner=q.Scanner("all", min_confidence=0.5))
    table = data.bars
    names = ("open", "high", "low", "close", "volume")
    columns = {name: table[name] for name in names} | {"time": table["open_ns"], "symbol": np.full(len(table), "X")}
    frame = pd.DataFrame(columns).assign(time=lambda frame: pd.to_datetime(frame["time"]))
    hits = q.Scanner("all", min_confidence=0.5).scan(q.Panel.from_pandas(frame)).to_pandas()
    expected = list(zip(hits["time"].astype("int64"), hits["pattern"], hits["kind"], hits["direction"],
                        hits["confidence"], strict=True))  # fmt: skip
    assert len(expected) > 1_000
    assert [hit[:5] for hit in strategy.hits] == [tuple(one) for one in expected]
    assert all(now == open_ns + MINUTE for open_ns, *_, now in strategy.hits)


def test_a_scanner_nobody_gave_is_missed():
    with pytest.raises(q.errors.ConfigError, match="scanner="):
        q.backtest(Hits(), bars((10, 11, 9, 10.5), (10.7, 12, 10, 11)))


def test_two_recordings_of_bars_of_one_instrument_are_refused():
    one = bars((10, 11, 9, 10.5), (10.7, 12, 10, 11))
    with pytest.raises(q.errors.ConfigError, match="2 recordings of bars"):
        q.backtest(Script(), [one, bars((10, 11, 9, 10.5), (10.7, 12, 10, 11), start=START + MINUTE)])


def test_orders_of_on_stop_are_carried_out_and_told_to_nobody():
    class Flat(Script):
        def on_stop(self, ctx):
            ctx.close()

    strategy = Flat(lambda ctx: ctx.buy(1))
    run = q.backtest(strategy, bars((10, 11, 9, 10.5), (10.7, 12, 10, 11)), venue=q.SimVenue(fill="close"))
    assert [fill[1:3] for fill in strategy.fills] == [("buy", 10.5)]
    assert run.fills.to_pandas()["price"].tolist() == [10.5, 11.0]
    assert run.raw["samples"]["position"][-1] == 0


def test_the_summary_says_that_fills_are_at_the_deciding_close():
    run = q.backtest(Script(), bars((10, 11, 9, 10.5), (10.7, 12, 10, 11)), venue=q.SimVenue(fill="close", touch=True))
    assert "at the close of the bar that decided" in " ".join(str(run).split())
    assert "limits also when touched" in " ".join(str(run).split())


class Reader(q.Strategy):
    """Trades on hits and bars, and sums what it reads of them."""

    breakouts: int = 0
    up: int = 0
    gaps: float = 0.0
    ages: int = 0
    minutes: int = 0
    higher: int = 0
    spread: float = 0.0
    volume: float = 0.0
    trades: int = 0
    span: int = 0

    def on_start(self, ctx):
        ctx.subscribe("5m")

    def on_bar(self, ctx, bar):
        if bar.timeframe == "1m":
            self.minutes += 1
        elif bar.timeframe == "5m":
            self.higher += 1
        self.spread += bar.high - bar.low + bar.open / bar.close
        self.volume += bar.volume
        self.trades += bar.trades
        self.span += bar.close_ns - bar.open_ns

    def on_hit(self, ctx, hit):
        if hit.pattern == "breakout":
            self.breakouts += 1
            if hit.direction > 0 and hit.confidence > 0.7 and ctx.position <= 0:
                ctx.buy(1.0)
        elif hit.kind == "CHoCH" and ctx.position > 0:
            ctx.close()
        if hit.pattern == "fair_value_gap":
            self.gaps += hit.hi - hit.lo
        self.up += hit.direction
        self.ages += hit.age


def test_compiled_callbacks_read_bars_and_hits_as_python_does(shared):
    pytest.importorskip("numba")
    perp = q.Instrument("BTC-PERP", tick_size="0.025", lot_size="0.001", currency="USDT")
    data = q.data.read(shared("data/bars/btc-perp-20211231-20220201_1m.csv.gz"), instrument=perp)
    python, native = Reader(), Reader()
    expected = q.backtest(python, data, scanner=q.Scanner()).raw
    raw = q.backtest(native, data, scanner=q.Scanner(), compile=True).raw
    assert raw["reports"].tobytes() == expected["reports"].tobytes()
    assert len(raw["reports"]) > 100
    assert native.parameters() == python.parameters()
    assert (python.minutes, python.higher) == (45_031, 9_006)
    assert python.breakouts > 1_000


def test_a_pattern_of_your_own_is_heard_and_its_error_ends_the_run():
    rows = [(10 + n % 3, 12 + n % 3, 9, 10.5) for n in range(40)]
    scanner = q.Scanner([])
    scanner.add("high_open", lambda *columns: (1, 0.5) if columns[0][-1] == 12 else None, bars=1)
    strategy = Hits()
    q.backtest(strategy, bars(*rows), scanner=scanner)
    assert {hit[1] for hit in strategy.hits} == {"high_open"}
    assert len(strategy.hits) == 13
    with pytest.raises(q.errors.ConfigError, match="high_open"):
        q.backtest(Hits(), bars(*rows), scanner=scanner, compile=True)
    broken = q.Scanner([])
    broken.add("broken", lambda *columns: 1 / 0, bars=1)
    with pytest.raises(ZeroDivisionError):
        q.backtest(Hits(), bars(*rows), scanner=broken)


def test_a_scanner_without_bars_is_told_where_they_come_from():
    with pytest.raises(q.errors.ConfigError, match=r"ctx\.subscribe"):
        q.backtest(Hits(), q.data.sample("10s"), scanner=q.Scanner())

    class OfTrades(Hits):
        def on_start(self, ctx):
            ctx.subscribe("1s")

    strategy = OfTrades()
    q.backtest(strategy, q.data.sample("5m"), scanner=q.Scanner())
    assert len(strategy.hits) > 10
