"""Recordings as tables and as a screen of text."""

from __future__ import annotations

import html
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from quantum import _core

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from quantum._core import Instrument, Recording
    from quantum.data.info import FileInfo

SIDES = ("", "buy", "sell")


@cache
def kind_names() -> tuple[str, ...]:
    """Names of all 256 event kinds; users' kinds are ``User128`` and above."""
    names = _core.event_kinds()
    return tuple(names.get(kind, f"User{kind}") for kind in range(256))


def columns(recording: Recording) -> dict[str, NDArray[Any]]:
    """The columns of a recording's table but those that name a category.

    Times are datetime64[ns] (UTC), prices and quantities floats, NaN where a kind has none.
    """
    events = recording.events
    prices, qtys = recording.floats()
    return {
        "exchange_time": events["exchange_ns"].astype("datetime64[ns]"),
        "receive_time": events["receive_ns"].astype("datetime64[ns]"),
        "price": prices,
        "qty": qtys,
        "order_id": events["order_id"].copy(),
        "venue_sequence": events["venue_sequence"].copy(),
        "flags": events["flags"].copy(),
    }


def categories(recording: Recording) -> dict[str, tuple[NDArray[Any], tuple[str, ...]]]:
    """The columns that name a category: a code per row, and the names of the codes."""
    events = recording.events
    symbols = tuple(instrument.symbol for instrument in recording.instruments)
    return {
        "symbol": (events["instrument"].astype(np.int32), symbols),
        "kind": (events["kind"].astype(np.int32), kind_names()),
        "side": (events["side"].astype(np.int32), SIDES),
    }


ORDER = [
    "exchange_time",
    "receive_time",
    "symbol",
    "kind",
    "side",
    "price",
    "qty",
    "order_id",
    "venue_sequence",
    "flags",
]


def to_pandas(recording: Recording) -> pd.DataFrame:
    """One row per event; symbol, kind and side are categories."""
    import pandas as pd

    table: dict[str, Any] = dict(columns(recording))
    for name, (codes, names) in categories(recording).items():
        table[name] = pd.Categorical.from_codes(codes, categories=pd.Index(names))
    frame = pd.DataFrame(table, columns=ORDER)
    frame["kind"] = frame["kind"].cat.remove_unused_categories()
    return frame


def to_arrow(recording: Recording) -> pa.Table:
    """One row per event; symbol, kind and side are dictionaries."""
    import pyarrow as pa

    table: dict[str, Any] = dict(columns(recording))
    for name, (codes, names) in categories(recording).items():
        table[name] = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names, type=pa.string()))
    return pa.table({name: table[name] for name in ORDER})


def to_polars(recording: Recording) -> pl.DataFrame:
    """One row per event; symbol, kind and side are text."""
    import polars as pl

    table: dict[str, Any] = dict(columns(recording))
    for name, (codes, names) in categories(recording).items():
        table[name] = pl.Series(name, names, dtype=pl.String).gather(codes)
    return pl.DataFrame({name: table[name] for name in ORDER})


def show(recording: Recording) -> str:
    """A recording on one screen."""
    report = recording.report
    head = f"Recording of {report['source']} ({report['format']})"
    return "\n".join([head, *_body(report, recording.instruments), f"  rows in memory   {len(recording):,}"])


def show_info(info: FileInfo) -> str:
    """A file on one screen."""
    lines = [f"{info.path}: {info.format}"]
    lines += _body(info.report, info.instruments)
    for symbol, kinds in info.kinds.items():
        market = info.markets[symbol]
        shown = ", ".join(f"{kind} {count:,}" for kind, count in sorted(kinds.items(), key=lambda item: -item[1]))
        lines.append(_row("messages", f"{symbol}{f' ({market})' if market else ''}: {shown}"))
    return "\n".join(lines)


def show_html(recording: Recording) -> str:
    """A recording in a notebook."""
    return preformatted(show(recording))


def preformatted(text: str) -> str:
    """Text for a notebook."""
    return f"<pre>{html.escape(text)}</pre>"


def _row(name: str, value: str) -> str:
    return f"  {name:<16} {value}"


def _body(report: dict[str, Any], instruments: list[Instrument]) -> list[str]:
    """What reader and file have in common; what did not happen is left out."""
    rows = [_row("note", note) for note in report["notes"]]
    rows += [_row("instrument", _instrument(one)) for one in instruments]
    rows.append(_row("lines", f"{report['lines']:,}, events {report['events']:,}"))
    for clock in ("exchange", "receive"):
        first, last = report[f"first_{clock}_ns"], report[f"last_{clock}_ns"]
        if first is not None:
            rows.append(_row(f"{clock} time", f"{_time(first)} to {_time(last)}, {(last - first) / 1e9:,.3f} s"))
    rows.append(_row("clock shift", f"{report['clock_shift_ns']:,} ns is added to receive times by a backtest"))
    volume = ", ".join(f"{quantity:,.12g} {symbol}" for symbol, quantity in report["volume"].items())
    rows.append(_row("trades", f"{report['trades']:,}, volume {volume or 0}"))
    if report["bars"]:
        rows.append(_row("bars", f"{report['bars']:,}"))
    rows.append(_row("quotes", f"{report['quotes']:,}"))
    rows.append(_row("levels", f"{report['levels']:,}"))
    rows.append(_row("depth", _depth(report)))
    for name in ("gaps", "malformed"):
        rows += _places(name, report[name])
    for name in ("ignored", "other_symbols"):
        if report[name]:
            shown = ", ".join(f"{key} {count:,}" for key, count in report[name].items())
            rows.append(_row(name.replace("_", " "), shown))
    return rows + [_row(name, text) for name, text in _oddities(report)]


def _instrument(instrument: Instrument) -> str:
    return (
        f"{instrument.symbol}, tick {instrument.tick_size}, lot {instrument.lot_size}, currency {instrument.currency}"
    )


def _depth(report: dict[str, Any]) -> str:
    waiting = report["diffs_waiting"]
    unused = f"; {waiting:,} never applied: no snapshot came after them" if waiting else ""
    return (
        f"{report['diffs_applied']:,} applied, {report['diffs_dropped']:,} older than their snapshot, "
        f"{report['snapshots']:,} snapshots, {report['gaps']['count']:,} gaps{unused}"
    )


def _places(name: str, places: dict[str, Any]) -> list[str]:
    """The count and the first few lines of what went wrong."""
    if not places["count"]:
        return []
    shown = "; ".join(f"line {line}: {what}" for line, what in places["first"][:3])
    return [_row(name, f"{places['count']:,} ({shown}{'; …' if places['count'] > 3 else ''})")]


def _oddities(report: dict[str, Any]) -> list[tuple[str, str]]:
    """What is worth a line only where it happened."""
    seen = [
        ("duplicates", f"{report['duplicates']:,}", report["duplicates"]),
        ("split events", f"{report['split_events']:,} seen in another order by the exchange", report["split_events"]),
        ("stale snapshots", f"{report['snapshots_stale']:,} passed over", report["snapshots_stale"]),
        ("off the grid", f"{report['off_tick']:,} prices, {report['off_lot']:,} quantities", report["off_tick"]),
        ("off the grid", f"{report['off_lot']:,} quantities", report["off_lot"] and not report["off_tick"]),
        (
            "receive time",
            f"stepped back {report['receive_backwards']:,} times, at most {report['max_receive_backwards_ns']:,} ns",
            report["receive_backwards"],
        ),
        ("exchange time", f"raised in {report['exchange_raised']:,} depth messages", report["exchange_raised"]),
    ]
    return [(name, text) for name, text, happened in seen if happened]


def _time(nanoseconds: int) -> str:
    return str(np.datetime64(nanoseconds, "ns"))[:-3].replace("T", " ") + " UTC"
