"""nautilus_trader's side: a strategy that does nothing with each quote, and the crossing of two averages on bars."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.data import Bar, BarType, QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import CryptoPerpetual
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

VENUE = Venue("SIM")


def perpetual(symbol: str, price_digits: int, taker_fee: str) -> CryptoPerpetual:
    """A linear perpetual whose quantities have three digits."""
    return CryptoPerpetual(
        instrument_id=InstrumentId(Symbol(symbol), VENUE),
        raw_symbol=Symbol(symbol),
        base_currency=BTC,
        quote_currency=USDT,
        settlement_currency=USDT,
        is_inverse=False,
        price_precision=price_digits,
        size_precision=3,
        price_increment=Price(10**-price_digits, price_digits),
        size_increment=Quantity.from_str("0.001"),
        margin_init=Decimal(0),
        margin_maint=Decimal(0),
        maker_fee=Decimal(0),
        taker_fee=Decimal(taker_fee),
        ts_event=0,
        ts_init=0,
    )


def engine(instrument: CryptoPerpetual, data: list[Any], strategy: Strategy) -> BacktestEngine:
    """A backtest engine without logs, loaded."""
    made = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    made.add_venue(
        venue=VENUE,
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=USDT,
        starting_balances=[Money(1_000_000, USDT)],
    )
    made.add_instrument(instrument)
    made.add_data(data)
    made.add_strategy(strategy)
    return made


class Quotes(Strategy):
    """Is called with each quote and does nothing."""

    def __init__(self, instrument: CryptoPerpetual) -> None:
        super().__init__()
        self.wanted, self.calls = instrument.id, 0

    def on_start(self) -> None:
        self.subscribe_quote_ticks(self.wanted)

    def on_quote_tick(self, _tick: QuoteTick) -> None:
        self.calls += 1


class EmaCross(Strategy):
    """Long while the fast average is not below the slow one, else short; acts at the close of each bar."""

    def __init__(self, instrument: CryptoPerpetual, bars: BarType, fast: int, slow: int) -> None:
        super().__init__()
        self.instrument, self.bar_type, self.fast, self.slow = instrument, bars, fast, slow
        self.ema_fast = self.ema_slow = 0.0
        self.seen = 0
        self.qty = instrument.make_qty(1)

    def on_start(self) -> None:
        self.subscribe_bars(self.bar_type)

    def on_bar(self, bar: Bar) -> None:
        close = bar.close.as_double()
        if self.seen == 0:
            self.ema_fast = self.ema_slow = close
        self.ema_fast += 2 / (self.fast + 1) * (close - self.ema_fast)
        self.ema_slow += 2 / (self.slow + 1) * (close - self.ema_slow)
        self.seen += 1
        if self.seen < self.slow:
            return
        if self.ema_fast >= self.ema_slow:
            if not self.portfolio.is_net_long(self.instrument.id):
                self.turn(OrderSide.BUY)
        elif not self.portfolio.is_net_short(self.instrument.id):
            self.turn(OrderSide.SELL)

    def turn(self, side: OrderSide) -> None:
        self.close_all_positions(self.instrument.id)
        self.submit_order(self.order_factory.market(self.instrument.id, side, self.qty))

    def on_stop(self) -> None:
        self.close_all_positions(self.instrument.id)


def quotes(instrument: CryptoPerpetual, columns: dict[str, np.ndarray]) -> list[QuoteTick]:
    """Quotes of bid, ask, bid_qty, ask_qty and time in ns."""
    rows = zip(*(columns[name].tolist() for name in ("bid", "ask", "bid_qty", "ask_qty", "time")), strict=True)
    price, size = instrument.make_price, instrument.make_qty
    return [QuoteTick(instrument.id, price(b), price(a), size(bq), size(aq), t, t) for b, a, bq, aq, t in rows]


def run_quotes(instrument: CryptoPerpetual, data: list[QuoteTick]) -> tuple[float, int]:
    """Seconds of the run, and how many quotes the strategy was called with."""
    strategy = Quotes(instrument)
    made = engine(instrument, data, strategy)
    started = time.perf_counter()
    made.run()
    taken = time.perf_counter() - started
    made.dispose()
    return taken, strategy.calls


def bars(instrument: CryptoPerpetual, table: pd.DataFrame) -> tuple[BarType, list[Bar]]:
    """Minute bars whose time is their end."""
    kind = BarType.from_str(f"{instrument.id}-1-MINUTE-LAST-EXTERNAL")
    ends = pd.to_datetime(table["timestamp"], utc=True).astype("datetime64[ns, UTC]").astype("int64") + 60_000_000_000
    price = instrument.make_price
    volume = Quantity.from_str("1000000.000")
    made = [
        Bar(kind, price(row.open), price(row.high), price(row.low), price(row.close), volume, end, end)
        for row, end in zip(table.itertuples(), ends.tolist(), strict=True)
    ]
    return kind, made


def run_cross(instrument: CryptoPerpetual, kind: BarType, data: list[Bar]) -> tuple[float, tuple[int, Decimal]]:
    """Seconds of the run, and how many orders and what cash it ends with."""
    strategy = EmaCross(instrument, kind, 10, 20)
    made = engine(instrument, data, strategy)
    started = time.perf_counter()
    made.run()
    taken = time.perf_counter() - started
    orders = len(made.cache.orders())
    cash = made.portfolio.account(VENUE).balance_total(USDT).as_decimal()
    made.dispose()
    return taken, (orders, cash)
