"""Every default in one place: what holds when neither a file, nor the command line, nor an argument says otherwise.

``DEFAULTS`` is the table; `quantum config --defaults` prints it, and a run's manifest carries it. Fractions are 0..1.
The risk limits among them are suggestions for a config file: paper and live want each written down by the user, a
backtest takes none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Annotated, Literal, NamedTuple, get_type_hints

__all__ = ["DEFAULTS", "Default", "Defaults", "defaults_table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """The defaults: names carry the unit, annotations say what each is for."""

    bus_capacity_slots: Annotated[int, "bus capacity, slots per ring"] = 65_536
    wait_strategy: Annotated[str, "how a consumer waits for the bus"] = "adaptive"
    inline_handlers: Annotated[int, "handlers called inline, per ring"] = 8
    subscription_queue_events: Annotated[int, "queue of a per-event callable, events"] = 1_024

    cash: Annotated[float, "starting cash"] = 100_000.0
    bar_commission_bps: Annotated[float, "commission on a fill at a bar, bps"] = 10.0
    bar_slippage_bps: Annotated[float, "slippage on a fill at a bar, bps"] = 10.0
    signal_position_frac: Annotated[float, "size of a signal's position, of equity"] = 0.10
    risk_per_trade_frac: Annotated[float, "risk per trade, of equity"] = 0.01
    kelly_multiple: Annotated[float, "share of the Kelly fraction taken"] = 0.5
    kelly_cap_frac: Annotated[float, "largest Kelly position, of equity"] = 0.25
    kelly_least_trades: Annotated[int, "trades needed before Kelly sizes"] = 30
    bar_signal_fill: Annotated[Literal["next_open", "same_close"], "where a bar's signal fills"] = "next_open"

    rsi_low: Annotated[float, "RSI threshold, oversold"] = 30.0
    rsi_high: Annotated[float, "RSI threshold, overbought"] = 70.0
    stochastic_low: Annotated[float, "Stochastic threshold, oversold"] = 20.0
    stochastic_high: Annotated[float, "Stochastic threshold, overbought"] = 80.0
    macd_fast_bars: Annotated[int, "MACD fast average, bars"] = 12
    macd_slow_bars: Annotated[int, "MACD slow average, bars"] = 26
    macd_signal_bars: Annotated[int, "MACD signal average, bars"] = 9
    bollinger_bars: Annotated[int, "Bollinger look-back, bars"] = 20
    bollinger_deviations: Annotated[float, "Bollinger width, standard deviations"] = 2.0
    atr_bars: Annotated[int, "ATR look-back, bars"] = 14
    breakout_bars: Annotated[int, "breakout look-back, bars"] = 20

    max_drawdown_frac: Annotated[float, "drawdown that trips the breaker"] = 0.10
    breaker_warn_frac: Annotated[float, "drawdown the breaker warns at"] = 0.05
    breaker_warn_clear_frac: Annotated[float, "drawdown the warning clears at"] = 0.03
    breaker_trip_clear_frac: Annotated[float, "drawdown a tripped breaker may clear at"] = 0.05
    breaker_cool_down_s: Annotated[float, "rest of a tripped breaker, seconds"] = 900.0
    max_daily_loss_frac: Annotated[float, "daily loss (paper, live), of equity at the session's start"] = 0.02
    max_name_frac: Annotated[float, "position per name, of equity"] = 0.20
    max_sector_frac: Annotated[float, "position per sector, of equity"] = 0.40
    price_collar_bps: Annotated[float, "distance of an order from the market, bps"] = 50.0
    max_orders_per_s: Annotated[int, "orders a second"] = 100
    max_open_orders: Annotated[int, "open orders"] = 200
    max_open_positions: Annotated[int, "open positions"] = 10
    var_level_frac: Annotated[float, "confidence of value at risk"] = 0.95
    var_method: Annotated[Literal["ewma", "filtered_historical"], "value at risk, live method"] = "ewma"
    var_ewma_decay: Annotated[float, "weight of yesterday in the EWMA variance"] = 0.94
    max_var_frac: Annotated[float, "value at risk after an order, of equity"] = 0.05

    periods_per_year: Annotated[int, "periods in a year"] = 252
    periods_per_year_crypto: Annotated[int, "periods in a year, crypto (stated where used)"] = 365
    monte_carlo_runs: Annotated[int, "Monte Carlo runs"] = 1_000
    monte_carlo_method: Annotated[Literal["stationary", "block", "iid"], "Monte Carlo bootstrap"] = "stationary"
    fusion_confidence: Annotated[float, "least confidence of a fused signal"] = 0.1
    fusion_consensus: Annotated[float, "least agreement of fused signals"] = 0.6
    scanner_strength: Annotated[float, "least strength of a scanner's hit (0: all)"] = 0.0

    api_bind: Annotated[str, "address of the metrics API"] = "127.0.0.1:8080"
    dashboard_refresh_hz: Annotated[float, "dashboard refresh, times a second"] = 20.0
    journal_durability: Annotated[Literal["process", "group", "sync"], "what the journal survives"] = "process"
    strategy_deadline_ms: Annotated[float, "time a callback has (paper, live), ms"] = 100.0


class Default(NamedTuple):
    """A row of the table."""

    name: str
    value: int | float | str
    what: str


DEFAULTS = Defaults()


def defaults_table(defaults: Defaults = DEFAULTS) -> Iterator[Default]:
    """The defaults as rows of name, value and meaning, in the order they are declared."""
    hints = get_type_hints(Defaults, include_extras=True)
    for field in fields(defaults):
        yield Default(field.name, getattr(defaults, field.name), hints[field.name].__metadata__[0])
