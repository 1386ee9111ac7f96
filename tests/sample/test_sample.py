"""The built-in market as Python sees it; what holds inside it is tested beside the core's code."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

import quantum as q
from quantum import dtypes, errors

MINUTE_NS = 60_000_000_000
SYNTHETIC = 4
GOLDEN_SHA256 = "87cd8b54a5f5adc763c4930093a3bdfdacebeaefe714fb6c9651a79fb3bfe022"


def sample(**options: Any) -> Any:
    """Instrument and events of one minute of seed 7, unless said."""
    recording = q.data.sample(**{"seed": 7, "duration": "1m", **options})
    return recording.instrument, recording.events


def test_same_seed_gives_the_same_bytes_as_ever() -> None:
    _, events = sample()
    assert hashlib.sha256(events.tobytes()).hexdigest() == GOLDEN_SHA256
    assert sample()[1].tobytes() == events.tobytes()
    assert sample(seed=8)[1].tobytes() != events.tobytes()


def test_events_are_records_and_every_one_says_it_is_synthetic() -> None:
    instrument, events = sample()
    assert (instrument.symbol, instrument.venue, instrument.currency) == ("SAMPLE", "sample", "USDT")
    assert (instrument.tick_size, instrument.lot_size) == ("1", "0.001")
    assert events.dtype == dtypes.EVENT
    assert np.all(events["flags"] & SYNTHETIC)
    recording = q.data.sample("1s")
    assert recording.synthetic
    assert "SYNTHETIC" in repr(recording)


def test_both_clocks_run_forward() -> None:
    _, events = sample()
    assert np.all(np.diff(events["exchange_ns"]) >= 0)
    assert np.all(np.diff(events["receive_ns"]) >= 0)
    assert np.all(events["receive_ns"] > events["exchange_ns"])
    assert np.ptp(events["exchange_ns"]) < MINUTE_NS


def test_rates_are_obeyed() -> None:
    _, calm = sample(market_orders_per_second=0.0, volatility_ticks=0.0)
    assert not np.any(calm["kind"] == 1)
    _, busy = sample(limit_orders_per_second=600.0, market_orders_per_second=100.0)
    market_orders = np.unique(busy["exchange_ns"][busy["kind"] == 1]).size
    assert abs(market_orders - 6000) < 4 * 6000**0.5


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("duration", "0"),
        ("duration", "99999d"),
        ("limit_orders_per_second", float("nan")),
        ("limit_orders_per_second", 0.0),
        ("market_orders_per_second", 1e300),
        ("volatility_ticks", -1.0),
    ],
)
def test_what_makes_no_sense_is_a_config_error_with_the_range(option: str, value: float) -> None:
    with pytest.raises(errors.ConfigError, match=rf"^{option}(_ns)? must be (from .* to .*|at least .*), not "):
        sample(**{option: value})
