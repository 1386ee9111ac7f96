"""The defaults against the written table, and their own consistency."""

from __future__ import annotations

import dataclasses

import pytest

from quantum.config import DEFAULTS, defaults_table


def test_the_table_has_a_row_with_a_meaning_for_every_default():
    rows = list(defaults_table())
    assert [row.name for row in rows] == [field.name for field in dataclasses.fields(DEFAULTS)]
    assert all(row.what for row in rows)


def test_a_default_cannot_be_changed_in_place():
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEFAULTS.cash = 1.0


def test_fractions_are_between_zero_and_one():
    for row in defaults_table():
        if row.name.endswith("_frac"):
            assert 0.0 < row.value < 1.0, row


def test_the_breaker_clears_below_where_it_warns_and_trips():
    assert DEFAULTS.breaker_warn_clear_frac < DEFAULTS.breaker_warn_frac < DEFAULTS.max_drawdown_frac
    assert DEFAULTS.breaker_trip_clear_frac < DEFAULTS.max_drawdown_frac


# Each pair: a fragment of the written table, and the default that must say the same.
WRITTEN = [
    ("| bus capacity (slots per ring) | 65,536 |", DEFAULTS.bus_capacity_slots, 65_536),
    ("| max drawdown (breaker trip) | 10 % |", DEFAULTS.max_drawdown_frac, 0.10),
    ("| starting cash | 100,000 |", DEFAULTS.cash, 100_000),
    ("| price collar | 50 bps |", DEFAULTS.price_collar_bps, 50),
    ("| order rate | 100 per second |", DEFAULTS.max_orders_per_s, 100),
    ("| max open orders / positions | 200 / 10 |", (DEFAULTS.max_open_orders, DEFAULTS.max_open_positions), (200, 10)),
    ("| API bind | 127.0.0.1:8080 |", DEFAULTS.api_bind, "127.0.0.1:8080"),
    (
        "| Kelly multiple, cap, least trades | 0.5, 0.25, 30 |",
        (DEFAULTS.kelly_multiple, DEFAULTS.kelly_cap_frac, DEFAULTS.kelly_least_trades),
        (0.5, 0.25, 30),
    ),
    ("| journal durability | process |", DEFAULTS.journal_durability, "process"),
    ("| strategy deadline (paper, live) | 100 ms |", DEFAULTS.strategy_deadline_ms, 100),
]


@pytest.mark.parametrize(("row", "default", "written"), WRITTEN, ids=[row for row, _, _ in WRITTEN])
def test_defaults_equal_the_written_table(shared, row, default, written):
    assert row in shared("spec/defaults.md").read_text()
    assert default == written
