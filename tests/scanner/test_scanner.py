"""The scanner against the oracle events and zones, its own prefixes, its live self, and any number of threads."""

from __future__ import annotations

import importlib.util
import pathlib
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pandas as pd
import polars as pl
import pytest

import quantum as q
from quantum.errors import ConfigError, DataError

Shared = Callable[[str], pathlib.Path]
SETS = ["goog_1d", "adv_flat", "adv_ties"]
NAMES = {
    "Breakout": "breakout", "VolumeAnomaly": "volume_anomaly", "FairValueGap": "fair_value_gap",
    "ChochBos": "choch_bos", "OrderBlock": "order_block", "LiquiditySweep": "liquidity_sweep",
    "Imbalance": "imbalance",
}  # fmt: skip
COLUMNS = ["open", "high", "low", "close", "volume"]


def make_market(bars: int, seed: int, kind: str = "walk") -> pd.DataFrame:
    """A random market; ``ties`` is on a coarse grid, so that prices and volumes are often equal."""
    rng = np.random.default_rng(seed)
    if kind == "ties":
        close = 100.0 + np.cumsum(rng.integers(-2, 3, bars))
        wicks, volume = rng.integers(0, 3, (2, bars)).astype(float), rng.integers(0, 5, bars) * 100.0
        opened = close + rng.integers(-1, 2, bars)
    else:
        close = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.02, bars)))
        wicks, volume = np.abs(rng.normal(0, 0.7, (2, bars))), np.exp(rng.normal(5, 1.2, bars))
        opened = np.concatenate([close[:1], close[:-1]]) + rng.normal(0, 0.6, bars)
    high, low = np.maximum(opened, close) + wicks[0], np.minimum(opened, close) - wicks[1]
    time = pd.date_range("2020-01-01", periods=bars)
    columns = {"open": opened, "high": high, "low": low, "close": close, "volume": volume}
    return pd.DataFrame({"symbol": f"S{seed:03d}", "time": time, **columns})


def read_set(shared: Shared, name: str) -> pd.DataFrame:
    frame = pd.read_csv(shared(f"oracles/scanner/{name}.csv"), parse_dates=["time"])
    return frame.assign(symbol="X")


def events(table: q.scanner.Table) -> pd.DataFrame:
    frame = table.to_pandas().astype({"pattern": str, "kind": str})
    frame = frame.rename(columns={"direction": "dir"})
    frame["dir"] = frame["dir"].astype(int)
    return frame[["t", "pattern", "kind", "dir", "origin", "lo", "hi", "confidence"]].astype({"t": int, "origin": int})


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    rank = frame["pattern"].map({name: number for number, name in enumerate(q.scanner.PATTERNS)})
    return frame.assign(rank=rank).sort_values(["t", "rank"], kind="stable").drop(columns="rank").reset_index(drop=True)


def reference(shared: Shared) -> ModuleType:
    path = shared("oracles/scanner/pattern_reference.py")
    spec = importlib.util.spec_from_file_location("pattern_reference", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", SETS)
def test_events_and_zones_equal_the_oracle(shared: Shared, name: str) -> None:
    expected = pd.read_csv(shared(f"oracles/scanner/{name}.events.csv"))
    expected["pattern"] = expected["pattern"].map(NAMES)
    scanner = q.Scanner()
    got = events(scanner.scan(q.Panel.from_pandas(read_set(shared, name))))
    pd.testing.assert_frame_equal(got, in_order(expected), check_exact=False, rtol=1e-12, check_dtype=False)
    zones = pd.read_csv(shared(f"oracles/scanner/{name}.zones.csv"))
    zones["pattern"] = zones["pattern"].map(NAMES)
    ours = (
        scanner.zones("X", live=False)
        .to_pandas()
        .rename(columns={"direction": "dir", "touched": "touch", "filled": "fill"})
    )
    ours = ours.astype({"pattern": str})[list(zones.columns)]
    key = ["t", "pattern", "dir", "origin"]
    pd.testing.assert_frame_equal(
        ours.sort_values(key).reset_index(drop=True), zones.sort_values(key).reset_index(drop=True), check_dtype=False
    )
    live = scanner.zones("X").to_pandas()
    assert len(live) == (zones["fill"] < 0).sum()


@pytest.mark.parametrize("kind", ["walk", "ties"])
@pytest.mark.parametrize("seed", range(8))
def test_random_markets_equal_the_reference(shared: Shared, kind: str, seed: int) -> None:
    module = reference(shared)
    market = make_market(400, seed, kind)
    columns = [market[name].tolist() for name in COLUMNS]
    parameters = dict(module.P)
    settings: dict[str, float] = {}
    if seed % 2:
        parameters |= {"atr": 9, "N": 11, "L": 2, "K": 3, "zvol": 2.0, "rvol_min": 1.5, "flow_thr": 0.15}
        settings = {
            "range_bars": 9, "window_bars": 11, "pivot_bars": 2, "pivots_kept": 3, "volume_z": 2.0,
            "volume_ratio": 1.5, "flow_frac": 0.15,
        }  # fmt: skip
    names = ["t", "pattern", "kind", "dir", "origin", "lo", "hi", "confidence"]
    found = module.scan(*columns, parameters)
    expected = pd.DataFrame(found, columns=names)
    expected["pattern"] = expected["pattern"].map(NAMES)
    scanner = q.Scanner(**settings)
    panel = q.Panel.from_pandas(market)
    got = events(scanner.scan(panel))
    assert len(got) > 50
    pd.testing.assert_frame_equal(got, in_order(expected), check_exact=False, rtol=1e-12, check_dtype=False)
    zones = pd.DataFrame(module.zones(*columns[:4], found), columns=["p", "t", "dir", "o", "lo", "hi", "touch", "fill"])
    ours = scanner.zones(panel.symbols[0], live=False).to_pandas()
    pairs = sorted(zip(zones["t"], zones["o"], zones["touch"], zones["fill"], strict=True))
    assert pairs == sorted(zip(ours["t"], ours["origin"], ours["touched"], ours["filled"], strict=True))


@pytest.mark.parametrize("name", SETS)
def test_a_prefix_gives_the_events_known_by_then_for_every_length(shared: Shared, name: str) -> None:
    market = read_set(shared, name)
    scanner = q.Scanner()
    whole = scanner.scan(q.Panel.from_pandas(market)).records
    time = market["time"].to_numpy().astype("datetime64[ns]").astype(np.int64)
    codes = np.zeros(len(market), dtype=np.uint32)
    columns = [np.ascontiguousarray(market[column], dtype=np.float64) for column in COLUMNS]
    for bars in range(len(market) + 1):
        part = [column[:bars] for column in columns]
        panel = q._core.Panel(codes[:bars], time[:bars], part, 1, True)
        hits = scanner._core.scan(panel, 1)
        assert hits.tobytes() == whole[whole["t"] < bars].tobytes(), bars


@pytest.mark.parametrize("name", SETS)
def test_live_hits_and_zones_are_those_of_the_oracle_set(shared: Shared, name: str) -> None:
    market = read_set(shared, name)
    whole, live = q.Scanner(), q.Scanner()
    history = whole.scan(q.Panel.from_pandas(market)).records
    columns = {column: market[column].to_numpy() for column in ("symbol", "time", *COLUMNS)}
    bars = ({column: values[t : t + 1] for column, values in columns.items()} for t in range(len(market)))
    assert b"".join(live.update(bar).records.tobytes() for bar in bars) == history.tobytes()
    assert live.zones("X", live=False).records.tolist() == whole.zones("X", live=False).records.tolist()


def make_panel(instruments: int, bars: int, *, ragged: bool = False) -> pd.DataFrame:
    frames = []
    for seed in range(instruments):
        market = make_market(bars, seed, "ties" if seed % 3 == 0 else "walk")
        frames.append(market.iloc[(seed * 37) % bars :: 1 + seed % 2] if ragged else market)
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize("ragged", [False, True])
def test_live_hits_are_the_hits_of_the_history(ragged: bool) -> None:
    market = make_panel(70, 120, ragged=ragged)
    whole = q.Scanner()
    history = whole.scan(q.Panel.from_pandas(market))
    for first in (0, 50):
        live = q.Scanner()
        times = np.unique(market["time"])
        head = market[market["time"] < times[first]]
        hits = [live.scan(q.Panel.from_pandas(head)).to_pandas()]
        hits += [live.update(bars).to_pandas() for _, bars in market[market["time"] >= times[first]].groupby("time")]
        got = pd.concat(hits, ignore_index=True).astype({"symbol": str, "pattern": str, "kind": str})
        want = history.to_pandas().astype({"symbol": str, "pattern": str, "kind": str})
        keys = ["time", "symbol"]
        got = got.sort_values(keys, kind="stable").reset_index(drop=True)
        pd.testing.assert_frame_equal(
            got, want.sort_values(keys, kind="stable").reset_index(drop=True), check_exact=True
        )
        for symbol in whole.symbols:
            for state in (True, False):
                ours, theirs = live.zones(symbol, live=state).records, whole.zones(symbol, live=state).records
                assert ours.tolist() == theirs.tolist()


def test_the_table_is_the_same_for_any_number_of_threads() -> None:
    panel = q.Panel.from_pandas(make_panel(200, 150, ragged=True))
    tables = {q.Scanner(threads=threads).scan(panel).records.tobytes() for threads in (0, 1, 2, 3, 7)}
    assert len(tables) == 1
    records = q.Scanner().scan(panel).records
    keys = np.stack([records["time"], records["instrument"], records["pattern"]])
    assert (np.lexsort(keys[::-1]) == np.arange(len(records))).all() and len(records) > 5000


def test_wanted_patterns_and_strength_are_a_selection_of_all() -> None:
    panel = q.Panel.from_pandas(make_panel(20, 200))
    everything = q.Scanner().scan(panel).to_pandas()
    some = q.Scanner(patterns=["breakout", "FairValueGap", "order_block"], min_confidence=0.6).scan(panel).to_pandas()
    wanted = everything["pattern"].isin(["breakout", "fair_value_gap", "order_block"])
    expected = everything[wanted & (everything["confidence"] >= 0.6)].reset_index(drop=True)
    assert 0 < len(some) < len(everything)
    pd.testing.assert_frame_equal(some, expected)


def test_panels_are_equal_whatever_they_come_from(tmp_path: pathlib.Path) -> None:
    pa = pytest.importorskip("pyarrow")
    market = make_panel(5, 60)
    market.sample(frac=1.0, random_state=1).to_parquet(tmp_path / "bars.parquet")
    panels = [
        q.Panel.from_pandas(market.sample(frac=1.0, random_state=0)),
        q.Panel.from_pandas(market.set_index(["symbol", "time"])),
        q.Panel.from_polars(pl.from_pandas(market)),
        q.Panel.from_arrow(pa.Table.from_pandas(market)),
        q.Panel.read_parquet(tmp_path / "bars.parquet"),
    ]
    tables = [q.Scanner().scan(panel).records.tobytes() for panel in panels]
    assert len(set(tables)) == 1 and len(tables[0]) > 0
    assert len(panels[0].dirty) == int((market["volume"] == 0).sum())
    hits = q.Scanner().scan(panels[0])
    assert hits.to_polars().height == hits.to_arrow().num_rows == len(hits.to_pandas()) == len(hits)


def test_dirty_rows_are_reported_by_symbol_and_time_and_left_out() -> None:
    market = make_market(100, 1)
    broken = market.copy()
    for row, column, value in [
        (10, "close", np.nan), (20, "high", np.inf), (30, "low", -1.0), (40, "high", 1e-3), (50, "volume", 0.0),
        (60, "volume", -5.0), (70, "open", 1e6),
    ]:  # fmt: skip
        broken.loc[row, column] = value
    broken = pd.concat([broken, broken.iloc[[80]]])
    panel = q.Panel.from_pandas(broken)
    dirty = panel.dirty.to_pandas()
    expected = {
        10: ("not finite", False), 20: ("not finite", False), 30: ("price <= 0", False), 40: ("high < low", False),
        50: ("zero volume", True), 60: ("not finite", False), 70: ("open or close outside low..high", True),
        80: ("duplicate time", False),
    }  # fmt: skip
    assert list(dirty["time"]) == [market["time"][row] for row in expected]
    assert list(zip(dirty["reason"], dirty["used"], strict=True)) == list(expected.values())
    assert len(panel) == 95 and len(q.Panel.from_pandas(broken, zero_volume="drop")) == 94
    live = q.Scanner()
    hits = [live.update(bars) for _, bars in broken.iloc[:100].groupby("time", sort=True)]
    assert sum(map(len, hits)) == len(q.Scanner().scan(panel))
    assert len(live.dirty) == 7


@pytest.mark.parametrize("bars", [0, 1, 13])
def test_short_histories_have_no_hits(bars: int) -> None:
    scanner = q.Scanner()
    assert len(scanner.scan(q.Panel.from_pandas(make_market(bars, 1)))) == 0
    assert scanner.symbols == ["S001"][:bars]


@pytest.mark.parametrize("price", [1e-9, 1e9])
def test_hits_do_not_depend_on_the_unit_of_price(price: float) -> None:
    market = make_market(300, 4)
    scaled = market.copy()
    scaled[["open", "high", "low", "close"]] *= 2.0 ** round(np.log2(price))
    one, other = (events(q.Scanner().scan(q.Panel.from_pandas(frame))) for frame in (market, scaled))
    assert len(one) > 50
    pd.testing.assert_frame_equal(one.drop(columns=["lo", "hi"]), other.drop(columns=["lo", "hi"]))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: q.Scanner(["brekout"]), ConfigError, "breakout"),
        (lambda: q.Scanner(min_confidence=2), ConfigError, "from 0 to 1"),
        (lambda: q.Scanner(volume_zz=1), ConfigError, "volume_z"),
        (lambda: q.Scanner(window_bars=0), ConfigError, "from 2 to 1000"),
        (lambda: q.Scanner(pivots_kept=2.5), ConfigError, "whole"),
        (lambda: q.Panel.from_pandas(pd.DataFrame({"symbol": []})), DataError, "time"),
        (lambda: q.Panel.from_pandas(make_market(5, 1).drop(columns="low")), DataError, "no low"),
        (lambda: q.Scanner().zones("A"), DataError, "no symbol 'A'"),
        (lambda: q.Panel.read_parquet("nowhere.parquet"), DataError, "nowhere"),
    ],
)
def test_a_wrong_call_is_told_what_is_right(call: Callable[[], object], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        call()


def test_a_bar_that_is_not_new_is_refused() -> None:
    market = make_market(30, 1)
    scanner = q.Scanner()
    scanner.scan(q.Panel.from_pandas(market))
    with pytest.raises(DataError, match="must be later"):
        scanner.update(market.tail(1))
    with pytest.raises(DataError, match="two rows"):
        scanner.update(market.tail(2))
