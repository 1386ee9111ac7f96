"""Several instruments, venues and recordings in one run."""

from __future__ import annotations

import re

import numpy as np
import pytest

import quantum as q
from backtest.market import Market, listing, quiet
from quantum.errors import ConfigError

BTC_FILE = "data/binance/usdm_btcusdt_20240808.gz"
ETH_FILE = "data/binance/usdm_ethusdt_20240808.gz"
BTC = q.Instrument("BTCUSDT", venue="binance", tick_size="0.1", lot_size="0.001", currency="USDT")
ETH = q.Instrument("ETHUSDT", venue="okx", tick_size="0.01", lot_size="0.001", currency="USDT")
VENUES = [
    q.SimVenue(name="binance", latency="10ms", fees=q.Fees(maker_bps=-0.5, taker_bps=7)),
    q.SimVenue(name="okx", latency=("3ms", "40ms"), queue="risk_averse", fees=q.Fees(maker_bps=1, taker_bps=5)),
]


class TouchEach(q.Strategy):
    """Joins both best prices of every instrument on each of its own book messages of a new tenth of a second."""

    def on_start(self, ctx):
        self.last = {}

    def on_book(self, ctx):
        symbol, tenth = ctx.instrument.symbol, ctx.now // 100_000_000
        if self.last.get(symbol) == tenth:
            return
        self.last[symbol] = tenth
        ctx.cancel_all()
        if ctx.position < 1:
            ctx.buy(0.01, limit=ctx.book.best_bid.price, post_only=True)
        if ctx.position > -1:
            ctx.sell(0.01, limit=ctx.book.best_ask.price, post_only=True)


@pytest.fixture(scope="module")
def recordings(shared):
    return q.data.read(shared(BTC_FILE), instrument=BTC), q.data.read(shared(ETH_FILE), instrument=ETH)


def fills(run, symbol):
    rows = run.fills.array[run.fills["symbol"] == symbol]
    return [(*row.tolist()[:9],) for row in rows[[name for name in rows.dtype.names if not name.endswith("_id")]]]


def test_two_instruments_in_one_run_trade_as_in_two_runs(recordings):
    both = q.backtest(TouchEach(), list(recordings), venue=VENUES, cash=1e6)
    assert [instrument.symbol for instrument in both.instruments] == ["BTCUSDT", "ETHUSDT"]
    cash = 0.0
    for number, recording in enumerate(recordings):
        alone = q.backtest(TouchEach(), recording, venue=VENUES, cash=1e6)
        symbol = recording.instrument.symbol
        assert len(alone.fills) > 100
        assert fills(alone, symbol) == fills(both, symbol)
        assert both.totals["position"][number] == alone.totals["position"][0]
        mine = both.orders["symbol"] == symbol
        for column in ("state", "price", "qty", "filled", "time", "updated"):
            assert np.array_equal(both.orders[column][mine], alone.orders[column]), column
        cash += alone.totals["cash"] - 1e6
    assert both.totals["cash"] - 1e6 == pytest.approx(cash, abs=1e-9)


def test_the_order_of_the_recordings_does_not_matter(recordings):
    one, two = (q.backtest(TouchEach(), list(order), venue=VENUES) for order in (recordings, recordings[::-1]))
    for symbol in ("BTCUSDT", "ETHUSDT"):
        assert fills(one, symbol) == fills(two, symbol)


def two_markets():
    first, second = listing("AAA", venue="x"), listing("BBB", venue="y")
    return [quiet(500, instrument=each).recording() for each in (first, second)], first, second


class OnTimer(q.Strategy):
    def __init__(self, act):
        super().__init__()
        self.act = act

    def on_start(self, ctx):
        self.done = False
        ctx.every("100ms")

    def on_timer(self, ctx):
        if not self.done:
            self.done = True
            self.result = self.act(ctx)


@pytest.mark.parametrize(
    "act",
    [
        lambda ctx: ctx.book,
        lambda ctx: ctx.position,
        lambda ctx: ctx.buy(1),
        lambda ctx: ctx.sell(1, limit=100),
        lambda ctx: ctx.close(),
        lambda ctx: ctx.instrument,
    ],
)
def test_where_no_instrument_is_meant_the_error_says_what_to_write(act):
    data, *_ = two_markets()
    with pytest.raises(ConfigError, match=re.escape("say which, ctx[AAA] or ctx[BBB]")):
        q.backtest(OnTimer(act), data)


def test_each_instrument_is_reached_by_symbol_or_listing():
    data, first, second = two_markets()
    strategy = OnTimer(lambda ctx: (ctx[first].buy(0.1), ctx["BBB"].sell(0.2), ctx.buy(0.3, instrument=second)))
    run = q.backtest(strategy, data)
    assert [order.symbol for order in strategy.result] == ["AAA", "BBB", "BBB"]
    assert run.totals["position"] == pytest.approx([0.1, 0.1])


def test_orders_and_cancel_all_of_one_instrument_leave_the_other_alone():
    data, *_ = two_markets()

    class Cancel(q.Strategy):
        def on_start(self, ctx):
            self.step = 0
            ctx.every("100ms")

        def on_timer(self, ctx):
            self.step += 1
            if self.step == 1:
                ctx["AAA"].buy(0.1, limit=99)
                ctx["BBB"].buy(0.1, limit=99)
            elif self.step == 2:
                self.listed = [len(ctx.orders), len(ctx["AAA"].orders), len(ctx["BBB"].orders)]
                ctx["AAA"].cancel_all()
            elif self.step == 3:
                self.left = [order.symbol for order in ctx.orders]

    cancel = Cancel()
    q.backtest(cancel, data)
    assert cancel.listed == [2, 1, 1]
    assert cancel.left == ["BBB"]


def test_a_named_venue_serves_its_own_and_one_without_a_name_the_rest():
    data, *_ = two_markets()
    strategy = OnTimer(lambda ctx: (ctx["AAA"].buy(1), ctx["BBB"].buy(1)))
    venues = [q.SimVenue(fees=q.Fees(taker_bps=1)), q.SimVenue(name="y", fees=q.Fees(taker_bps=2))]
    run = q.backtest(strategy, data, venue=venues)
    assert run.fills["fee"].tolist() == [0.0101, 0.0202]


def test_an_instrument_that_no_venue_serves_is_named():
    data, *_ = two_markets()
    with pytest.raises(ConfigError, match=re.escape("no venue serves AAA (listed on 'x'): there is 'z'")):
        q.backtest(OnTimer(lambda ctx: None), data, venue=q.SimVenue(name="z"))


def test_two_venues_of_one_name_are_refused():
    with pytest.raises(ConfigError, match="two venues named 'x'"):
        q.backtest(OnTimer(lambda ctx: None), two_markets()[0], venue=[q.SimVenue(name="x"), q.SimVenue(name="x")])
    with pytest.raises(ConfigError, match="two venues without a name"):
        q.backtest(OnTimer(lambda ctx: None), two_markets()[0], venue=[q.SimVenue(), q.SimVenue()])


def test_two_currencies_are_refused_by_name():
    data = [
        quiet(100, instrument=listing(name, currency=currency)).recording()
        for name, currency in (("A", "USD"), ("B", "EUR"))
    ]
    with pytest.raises(ConfigError, match="one currency, but A settles in USD and B in EUR"):
        q.backtest(OnTimer(lambda ctx: None), data)


@pytest.mark.parametrize("change", [{"tick_size": "1"}, {"lot_size": "0.2"}, {"multiplier": "10"}])
def test_one_listing_described_twice_differently_is_refused(change):
    data = [quiet(100).recording(), quiet(100, instrument=listing(**change)).recording()]
    with pytest.raises(ConfigError, match="two recordings describe ABC differently"):
        q.backtest(OnTimer(lambda ctx: None), data)


def test_two_recordings_of_one_instrument_run_one_after_the_other():
    class Count(q.Strategy):
        def on_start(self, ctx):
            self.times = []

        def on_book(self, ctx):
            self.times.append(ctx.now // 1_000_000)

    count = Count()
    later = Market().book(2000, {198: 1}, {204: 1}).level(2100, "buy", 199, 1)
    run = q.backtest(count, [later.recording(), quiet(1000).recording()])
    assert count.times == [*range(0, 1001, 10), 2000, 2100]
    assert len(run.instruments) == 1
    assert run.raw["rows"] == 20 + 100 + 2 + 1


def test_a_recording_of_several_instruments_is_several_instruments():
    first, second = listing("AAA"), listing("BBB")
    events = np.concatenate([quiet(100).events(), quiet(100).events()])
    events["instrument"][len(events) // 2 :] = 1
    events = events[np.argsort(events["receive_ns"], kind="stable")]
    run = q.backtest(OnTimer(lambda ctx: ctx["BBB"].buy(1)), q.data.from_events(events, [first, second]))
    assert run.totals["position"] == [0.0, 0.0]
    longer = np.concatenate([events, events[-1:]])
    longer[-1:]["exchange_ns"] = longer[-1:]["receive_ns"] = 300_000_000
    run = q.backtest(OnTimer(lambda ctx: ctx["BBB"].buy(1)), q.data.from_events(longer, [first, second]))
    assert run.totals["position"] == [0.0, 1.0]


def test_a_multiplier_scales_money_and_nothing_else():
    plain, tenfold = (
        q.backtest(
            OnTimer(lambda ctx: ctx.buy(1)),
            quiet(500, instrument=listing(multiplier=multiplier)).recording(),
            venue=q.SimVenue(fees=q.Fees(taker_bps=10)),
            cash=0,
        )
        for multiplier in ("1", "10")
    )
    assert tenfold.totals["cash"] == 10 * plain.totals["cash"] == pytest.approx(-1011.01)
    assert tenfold.totals["position"] == plain.totals["position"]


@pytest.mark.parametrize("data", [[], (), None, 3, [3]])
def test_data_that_is_none_is_refused(data):
    with pytest.raises(ConfigError, match="data"):
        q.backtest(OnTimer(lambda ctx: None), data)


@pytest.mark.parametrize(
    ("name", "value"), [("cash", "much"), ("cash", float("nan")), ("cash", float("inf")), ("cash", 1e30)]
)
def test_cash_is_a_number(name, value):
    with pytest.raises(ConfigError, match="cash must be"):
        q.backtest(OnTimer(lambda ctx: None), quiet(10).recording(), **{name: value})
