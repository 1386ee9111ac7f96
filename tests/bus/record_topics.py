"""The names of topics, derived the slow way from what a record says, and random records that have one."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from hypothesis import strategies as st

import quantum as q
from quantum.dtypes import BAR, COMMAND, EVENT, REPORT

# By instrument number: venue's name and number, symbol.
LISTED = (("nyse", 0, "BRK/B"), ("nyse", 0, "IBM"), ("arca", 1, "IBM"))
MARKET = [
    "trade",
    "level_set",
    "quote_bid",
    "quote_ask",
    "order_add",
    "order_modify",
    "order_cancel",
    "order_delete",
    "order_execute",
    "clear",
    "gap",
    "status",
    "mark",
    "index",
    "funding",
    "open_interest",
    "timer",
]
SCANNED = ["breakout", "volume_anomaly", "fair_value_gap", "choch_bos", "order_block", "liquidity_sweep", "imbalance"]
FRAMES = ["tick", "1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w"]
ASKED = ["submit", "cancel", "replace", "cancel_all", "timer"]
TOLD = [
    "new",
    "rejected",
    "denied",
    "trade",
    "canceled",
    "replaced",
    "expired",
    "cancel_rejected",
    "triggered",
    "bust",
    "correction",
    "liquidation",
]
EVERYONE, ROUTER = 2**32 - 1, 255
HEADS = {"EVENT": ("md", "scan", "signal"), "BAR": ("md",), "COMMAND": ("command",), "REPORT": ("order", "fill")}
DTYPES = {"EVENT": EVENT, "BAR": BAR, "COMMAND": COMMAND, "REPORT": REPORT}
# A field of each record that the bus does not look at, for a number of its own.
FREE = {"EVENT": "price", "BAR": "open_ns", "COMMAND": "price", "REPORT": "price"}


def listed(bus: Any) -> None:
    for venue, _, symbol in LISTED:
        bus.register(q.Instrument(symbol.replace("/", "."), venue=venue, tick_size="0.01", lot_size="1"))


def topic(record: np.void) -> str:
    """What a record's topic is called."""
    kind, number = int(record["kind"]), int(record["instrument"])
    if record.dtype == COMMAND and (number == EVERYONE or ASKED[kind - 1] == "timer"):
        return f"command.all.{ASKED[kind - 1]}"
    if record.dtype == EVENT and kind == 18:
        return "control.bus"
    venue, _, symbol = LISTED[number]
    if record.dtype == BAR:
        frame = int(record["timeframe"])
        return f"md.{venue}.{symbol}.bar.{FRAMES[frame] if frame < len(FRAMES) else 'other'}"
    if record.dtype == COMMAND:
        return f"command.{'router' if record['venue'] == ROUTER else venue}.{symbol}.{ASKED[kind - 1]}"
    if record.dtype == REPORT:
        fill = TOLD[kind - 1] in ("trade", "bust", "correction", "liquidation")
        return f"{'fill' if fill else 'order'}.{venue}.{symbol}.{TOLD[kind - 1]}"
    if kind == 22:
        pattern = int(record["order_id"]) & 255
        return f"scan.{SCANNED[pattern] if pattern < len(SCANNED) else f'custom{pattern - len(SCANNED) + 1}'}.{symbol}"
    return f"signal.{symbol}" if kind == 23 else f"md.{venue}.{symbol}.{MARKET[kind - 1]}"


def made(name: str, rng: random.Random) -> np.void:
    """A record of this dtype that has a topic of the bus's own."""
    record = np.zeros(1, DTYPES[name])[0]
    number = rng.randrange(len(LISTED))
    record["instrument"] = number
    if name == "BAR":
        record["kind"], record["timeframe"] = 19, rng.randrange(13)
        return record
    record["venue"] = LISTED[number][1]
    if name == "REPORT":
        record["kind"] = rng.randint(1, len(TOLD))
    elif name == "COMMAND":
        record["kind"] = rng.randint(1, len(ASKED))
        if rng.random() < 0.5:
            record["venue"] = ROUTER
        if record["kind"] == 5 or (record["kind"] == 4 and rng.random() < 0.5):
            record["instrument"] = rng.choice([EVERYONE, number])
    else:
        record["kind"] = rng.choice([*range(1, 18), 22, 22, 22, 23])
        record["order_id"] = rng.getrandbits(64) if record["kind"] == 22 else 0
    return record


def records(name: str) -> st.SearchStrategy[np.void]:
    """Random ones of them."""
    return st.randoms(use_true_random=False).map(lambda rng: made(name, rng))


def matches(pattern: str, name: str) -> bool:
    """The plain matcher."""
    wanted, given = pattern.split("."), name.split(".")
    if wanted[-1] == ">":
        return len(given) >= len(wanted) and all(w in ("*", g) for w, g in zip(wanted[:-1], given, strict=False))
    return len(given) == len(wanted) and all(w in ("*", g) for w, g in zip(wanted, given, strict=True))


@st.composite
def patterns(draw: st.DrawFn, names: list[str]) -> str:
    """A pattern made of one of the names: some tokens wild, perhaps the rest."""
    tokens = [draw(st.sampled_from([token, token, "*"])) for token in draw(st.sampled_from(names)).split(".")]
    cut = draw(st.integers(1, len(tokens)))
    return ".".join([*tokens[: cut - 1], ">"] if draw(st.booleans()) else tokens)
