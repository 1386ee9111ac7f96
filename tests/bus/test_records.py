"""Records other than events, hits and signals: each has its topic, its losses are told, and no type takes another's."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import quantum as q
from bus.record_topics import DTYPES, EVERYONE, FREE, HEADS, listed, matches, patterns, records, topic
from quantum.bus import stream
from quantum.dtypes import BAR, COMMAND, EVENT, REPORT

NAMES = sorted(DTYPES)
PNL = q.dtypes.user([("pnl", "f8"), ("delta", "f8")])


def a(name: str, **fields: object) -> np.ndarray:
    """One record of this dtype, of the first instrument, with a topic unless the fields say otherwise."""
    one = np.zeros(1, DTYPES[name])
    one["kind"] = {"EVENT": 1, "BAR": 19, "COMMAND": 1, "REPORT": 4}[name]
    for field, value in fields.items():
        one[field] = value
    return one


def publishers(bus: q.Bus, name: str) -> dict[str, q._core.Publisher]:
    return {head: bus.publisher(head, dtype=DTYPES[name]) for head in HEADS[name]}


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_subscription_gets_what_a_plain_matcher_says(name, data):
    bus = q.Bus(capacity=256, wait="yield")
    listed(bus)
    batch = data.draw(st.lists(records(name), min_size=1, max_size=20))
    names = [topic(record) for record in batch]
    wanted = data.draw(st.lists(patterns(names), min_size=1, max_size=4))
    late = data.draw(st.integers(0, len(batch)))
    out, readers = publishers(bus, name), []
    for number, record in enumerate(batch):
        if number == late:
            readers = [(pattern, bus.subscribe(pattern, dtype=DTYPES[name])) for pattern in wanted]
        record[FREE[name]] = number
        out[names[number].split(".")[0]].publish(record)
    for pattern, reader in readers:
        got = reader.poll()
        assert got.dtype == DTYPES[name]
        due = [number for number in range(late, len(batch)) if matches(pattern, names[number])]
        assert sorted(got[FREE[name]].tolist()) == due, pattern


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_publisher_takes_exactly_what_is_under_its_prefix(name, data):
    bus = q.Bus(capacity=64, wait="yield")
    listed(bus)
    own, other = data.draw(records(name)), data.draw(records(name))
    tokens = topic(own).split(".")
    prefix = ".".join(tokens[: data.draw(st.integers(1, len(tokens)))])
    publisher = bus.publisher(prefix, dtype=DTYPES[name])
    publisher.publish(own)
    if topic(other) == prefix or topic(other).startswith(prefix + "."):
        assert publisher.publish(other) == 2
    else:
        with pytest.raises(q.errors.DataError, match="does not belong"):
            publisher.publish(other)


GAPS = {
    "EVENT": ("order_id", "qty", 11),
    "BAR": ("open_ns", "volume", 11),
    "COMMAND": ("order_id", "qty", 127),
    "REPORT": ("order_id", "qty", 127),
}
POLICIES = {
    "lossy": {"policy": "lossy"},
    "detach": {"policy": "detach", "after": 2},
    "instrument": {"policy": "conflate", "key": "instrument"},
    "topic": {"policy": "conflate", "key": "topic"},
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("policy", sorted(POLICIES))
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_every_record_is_delivered_or_told_of(name, policy, data):
    bus = q.Bus(capacity=4, wait="yield", timeout=5)
    listed(bus)
    head = HEADS[name][0]
    publisher = bus.publisher(head, dtype=DTYPES[name])
    reader = bus.subscribe(f"{head}.>", dtype=DTYPES[name], **POLICIES[policy])
    under = records(name).filter(lambda record: topic(record).startswith(head + "."))
    published, got, position = [], [], 0
    for burst in data.draw(st.lists(st.lists(under, max_size=9), max_size=5)):
        for record in burst:
            record[FREE[name]] = len(published) + 1
            published.append(record)
            publisher.publish(record)
        for record in reader.poll(data.draw(st.integers(1, 9))):
            position = check(name, policy, record, position, published, got)
    while len(rest := reader.poll()):
        for record in rest:
            position = check(name, policy, record, position, published, got)
    row = next(row for row in bus.metrics()["subscriptions"] if row["id"] == reader.id)
    assert row["record"] == name.lower()
    assert row["passed"] == len(published) == row["delivered"] + row["skipped"] + row["lost"]
    assert row["delivered"] == len(got)
    if policy in ("instrument", "topic"):
        last = {key(policy, record): at for at, record in enumerate(published, 1)}
        assert set(last.values()) <= set(got)
    else:
        assert position == len(published)


def key(policy: str, record: np.void) -> object:
    """What makes two records versions of one thing. A topic without an instrument is one for all."""
    number = None if topic(record).startswith("command.all") else int(record["instrument"])
    return number if policy == "instrument" else (topic(record), number)


def check(name, policy, record, position, published, got) -> int:
    sequence, (first, many, kind) = int(record["sequence"]), GAPS[name]
    if int(record["kind"]) == kind and record["instrument"] == EVERYONE:
        assert policy in ("lossy", "detach")
        assert (int(record[first]), int(record[many])) == (position + 1, sequence - position)
        assert name != "BAR" or np.isnan([record[price] for price in ("open", "high", "low", "close")]).all()
        return sequence
    assert sequence == position + 1 or (sequence > position and policy in ("instrument", "topic"))
    assert record[FREE[name]] == sequence
    assert topic(record) == topic(published[sequence - 1])
    got.append(sequence)
    return sequence


@pytest.mark.parametrize("name", NAMES)
def test_a_blocking_subscription_holds_its_publisher(name):
    bus = q.Bus(capacity=4, timeout=0.02)
    listed(bus)
    publisher, reader = bus.publisher(HEADS[name][0], dtype=DTYPES[name]), bus.subscribe(">", dtype=DTYPES[name])
    batch = np.repeat(a(name) if name != "REPORT" else a(name, kind=1), 6)
    assert publisher.try_publish(batch) == 4
    with pytest.raises(q.errors.EngineError, match=">"):
        publisher.publish(batch)
    into = np.zeros(3, DTYPES[name])
    assert [reader.poll_into(into), reader.poll_into(into)] == [3, 1]
    assert publisher.publish(batch[:2]) == 6
    assert [len(batch) for batch in reader.batches(timeout=0.01)] == [2]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("other", NAMES)
def test_a_wrong_dtype_names_the_right_one(name, other):
    bus = q.Bus(capacity=64)
    listed(bus)
    publisher, reader = bus.publisher("mine", dtype=DTYPES[name]), bus.subscribe("mine.*", dtype=DTYPES[name])
    if name == other:
        record = a(name, kind=128, instrument=bus.topic("mine", dtype=DTYPES[name]))
        assert publisher.publish(record) == 1
        return
    for call in (publisher.publish, publisher.try_publish, reader.poll_into):
        with pytest.raises(q.errors.DataError, match=rf"quantum\.dtypes\.{name}"):
            call(np.zeros(3, DTYPES[other]))
    for make in (bus.publisher, bus.subscribe, bus.topic):
        with pytest.raises(q.errors.ConfigError, match=rf"carries {name}, not {other}"):
            make("mine", dtype=DTYPES[other])
    stranger = bus.publisher("stranger", dtype=DTYPES[other])
    with pytest.raises(q.errors.DataError, match=rf"carries {name}, not {other}"):
        stranger.publish(a(other, kind=128, instrument=bus.topic("mine")))


@pytest.mark.parametrize(
    ("verb", "text", "name", "words"),
    [
        ("publisher", "control", "EVENT", "belongs to the bus"),
        ("publisher", "control.bus", "EVENT", "belongs to the bus"),
        ("publisher", "fill.x", "EVENT", r"md\.<venue>\.<symbol>\.<kind>"),
        ("publisher", "md.v.X.trade", "BAR", r"md\.<venue>\.<symbol>\.bar\.<timeframe>"),
        ("publisher", "order.v.X.trade", "REPORT", r"fill\.<venue>"),
        ("publisher", "md", "COMMAND", r"command\.all\.<kind>"),
        ("publisher", "scan.brekout", "EVENT", r"scan\.<pattern>"),
        ("subscribe", "md.*.X.bar.1m", "EVENT", "one of BAR does"),
        ("subscribe", "fill.>", "COMMAND", "one of REPORT does"),
        ("subscribe", "md.*.*", "EVENT", "md"),
        ("subscribe", "command.*.submit", "COMMAND", "command"),
    ],
)
def test_a_name_that_can_be_no_topic_of_the_dtype_is_refused(verb, text, name, words):
    with pytest.raises(q.errors.ConfigError, match=words):
        getattr(q.Bus(capacity=64), verb)(text, dtype=DTYPES[name])
    if verb == "subscribe":
        with pytest.raises(q.errors.ConfigError, match=words):
            q.Bus(capacity=64).handler(text, print, dtype=DTYPES[name])


@pytest.mark.parametrize("kind", [19, 20, 21])
def test_an_event_of_another_records_kind_names_that_record(kind):
    bus = q.Bus(capacity=64)
    listed(bus)
    with pytest.raises(q.errors.DataError, match="BAR" if kind == 19 else "REPORT"):
        bus.publisher("md").publish(a("EVENT", kind=kind))


@pytest.mark.parametrize("head", ["md", "control", "scan", "signal", "order", "fill", "command"])
def test_names_of_the_bus_cannot_be_topics_of_yours(head):
    bus = q.Bus(capacity=64)
    for name in (head, f"{head}.x"):
        with pytest.raises(q.errors.ConfigError, match="belongs to the bus"):
            bus.topic(name)


def test_the_issues_lines_do_what_they_say():
    bus = q.Bus(capacity=64)
    btc = bus.register(q.Instrument("BTCUSDT", venue="binance", tick_size="0.1", lot_size="0.001"))
    assert btc == (0, 0)
    bars = bus.publisher("md.binance.BTCUSDT", dtype=BAR)
    minute = bus.subscribe("md.*.BTCUSDT.bar.1m", dtype=BAR)
    fills = bus.subscribe("fill.binance.>", dtype=REPORT)
    orders = bus.subscribe("order.>", dtype=REPORT, policy="lossy")
    asks = bus.subscribe("command.>", dtype=COMMAND)
    hits, up = bus.subscribe("scan.breakout.>"), bus.subscribe("signal.BTCUSDT")
    bars.publish(np.concatenate([a("BAR", timeframe=1, close=61_800.5), a("BAR", timeframe=2)]))
    bus.publisher("fill.binance", dtype=REPORT).publish(a("REPORT", qty=7))
    bus.publisher("order", dtype=REPORT).publish(a("REPORT", kind=1))
    bus.publisher("command.router", dtype=COMMAND).publish(a("COMMAND", venue=255, order_id=5))
    bus.publisher("scan").publish(np.concatenate([a("EVENT", kind=22, order_id=number) for number in (0, 1)]))
    bus.publisher("signal.BTCUSDT").publish(a("EVENT", kind=23, qty=600_000_000))
    assert minute.poll()["close"].tolist() == [61_800.5]
    assert [s.poll()[f].tolist() for s, f in [(fills, "qty"), (orders, "kind"), (asks, "order_id")]] == [[7], [1], [5]]
    assert hits.poll()["order_id"].tolist() == [0]
    assert up.poll()["qty"].tolist() == [600_000_000]


def test_a_users_dtype_goes_in_and_comes_out():
    bus = q.Bus(capacity=16)
    number = bus.topic("desk.pnl", dtype=PNL)
    told, bound = bus.subscribe("desk.pnl", dtype=PNL), bus.subscribe("desk.pnl", policy="lossy")
    plain = bus.subscribe("desk.>")
    publisher = bus.publisher("desk.pnl")
    rows = np.zeros(3, PNL)
    rows["kind"], rows["instrument"], rows["pnl"], rows["delta"] = 200, number, [1.5, -2.5, np.inf], [1, 2, 3]
    assert publisher.publish(rows) == 3
    assert publisher.publish(rows[0]) == 4
    for got in (told.poll(), bound.poll()):
        assert got.dtype == PNL
        assert got["pnl"].tolist() == [1.5, -2.5, np.inf, 1.5]
        assert got["delta"].tolist() == [1, 2, 3, 1]
    into = np.zeros(4, PNL)
    publisher.publish(rows)
    assert told.poll_into(into) == 3
    assert into["delta"].tolist() == [1, 2, 3, 0]
    assert plain.poll().dtype == EVENT
    for wrong in (np.zeros(1, EVENT), np.zeros(1), np.zeros(6, PNL)[::2]):
        with pytest.raises(q.errors.DataError, match=r"pnl <f8, delta <f8|contiguous"):
            publisher.publish(wrong)
    with pytest.raises(q.errors.DataError, match="pnl <f8"):
        told.poll_into(np.zeros(1, EVENT))
    for other in (EVENT, REPORT, q.dtypes.user([("pnl", "f4")])):
        for make in (bus.topic, bus.publisher, bus.subscribe):
            with pytest.raises(q.errors.ConfigError, match=r"carries EVENT with the fields pnl <f8, delta <f8, not"):
                make("desk.pnl", dtype=other)
    with pytest.raises(q.errors.ConfigError, match="one topic of yours"):
        bus.subscribe("desk.>", dtype=PNL)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["f8", "f4", "i8", "u1", "i2", "S3", "(2,)u4", "U2", "M8[ns]", "?", "(3,)f8"]),
        min_size=1,
        max_size=9,
    )
)
def test_a_users_dtype_keeps_the_events_other_fields_where_they_are(forms):
    fields = [(f"field{number}", form) for number, form in enumerate(forms)]
    if max(kept.itemsize + offset for kept, offset in np.dtype(fields, align=True).fields.values()) > 32:
        with pytest.raises(q.errors.ConfigError, match="32 bytes"):
            q.dtypes.user(fields)
        return
    made = q.dtypes.user(fields)
    assert made.itemsize == 64
    for name in ("sequence", "exchange_ns", "receive_ns", "instrument", "venue", "kind", "side", "flags"):
        assert made.fields[name][:2] == EVENT.fields[name][:2]
    for name, form in fields:
        kept, offset = made.fields[name][:2]
        assert kept == np.dtype(form)
        assert offset >= 24
        assert offset + kept.itemsize <= 56
    record, text = q.dtypes.describe(made)
    assert record == "event"
    assert text == "" or q.dtypes.restore(text) == made


@pytest.mark.parametrize(
    "fields",
    [
        [("kind", "u1")],
        [("x", "O")],
        [("x", ">f8")],
        [("x", "f8")] * 2,
        [("x", [("y", "f8")])],
        [("a b", "f8")],
        "f8",
        [],
        [("x", "f8")] + [(f"y{n}", "f8") for n in range(4)],
        [("x", "nonsense")],
    ],
)
def test_fields_that_cannot_be_are_refused(fields):
    with pytest.raises(q.errors.ConfigError, match="field"):
        q.dtypes.user(fields)


@pytest.mark.parametrize("dtype", ["f8", np.dtype([("x", "f8")]), "nonsense", 7, np.dtype("V64")])
def test_a_dtype_that_is_no_records_is_refused(dtype):
    bus = q.Bus(capacity=64)
    for make in (bus.publisher, bus.subscribe, bus.topic):
        with pytest.raises(q.errors.ConfigError, match=r"quantum\.dtypes"):
            make("mine", dtype=dtype)


@pytest.mark.parametrize("name", NAMES)
def test_a_handler_gets_records_of_its_dtype(name):
    seen, field = [], FREE[name]
    with q.Bus(capacity=64) as bus:
        listed(bus)
        for _ in range(9):
            bus.handler(">", lambda record: seen.append((record.dtype, int(record[field]))), dtype=DTYPES[name])
        publisher = bus.publisher(HEADS[name][0], dtype=DTYPES[name])
        for number in range(5):
            publisher.publish(a(name, **{"kind": 1, field: number} if name == "REPORT" else {field: number}))
        wait_until(lambda: len(seen) >= 45)
        assert {handler["record"] for handler in bus.metrics()["handlers"]} == {name.lower()}
    assert sorted(seen, key=lambda one: one[1]) == [(DTYPES[name], n) for n in range(5) for _ in range(9)]


def test_a_handler_of_a_users_dtype_gets_its_fields():
    seen = []
    with q.Bus(capacity=64) as bus:
        number = bus.topic("desk.pnl", dtype=PNL)
        bus.handler("desk.pnl", lambda record: seen.append(float(record["pnl"])))
        bus.handler("desk.*", lambda record: seen.append(record.dtype == EVENT))
        rows = np.zeros(1, PNL)
        rows["kind"], rows["instrument"], rows["pnl"] = 128, number, 2.5
        bus.publisher("desk.pnl", dtype=PNL).publish(rows)
        wait_until(lambda: len(seen) >= 2)
    assert sorted(seen) == [True, 2.5]


def test_a_compiled_handler_gets_a_report():
    numba = pytest.importorskip("numba")

    @numba.cfunc(numba.types.int32(numba.types.CPointer(numba.types.int64), numba.types.CPointer(numba.types.int64)))
    def add(report, total):
        total[0] += report[8]
        return 0

    assert REPORT.fields["qty"][1] == 64
    total = np.zeros(1, np.int64)
    with q.Bus(capacity=64) as bus:
        listed(bus)
        bus.handler("fill.>", add, data=total.ctypes.data, dtype=REPORT)
        fills = np.repeat(a("REPORT"), 100)
        fills["qty"] = range(100)
        bus.publisher("fill", dtype=REPORT).publish(fills)
        wait_until(lambda: total[0] == 4950)
    assert total[0] == 4950


def wait_until(done) -> None:
    deadline = time.monotonic() + 10
    while not done() and time.monotonic() < deadline:
        time.sleep(0.001)


def test_an_event_loop_gets_bars():
    bus = q.Bus(capacity=64)
    listed(bus)
    reader, publisher = bus.subscribe("md.>", dtype=BAR), bus.publisher("md", dtype=BAR)

    async def main() -> np.ndarray:
        asyncio.get_running_loop().call_later(0.01, publisher.publish, a("BAR", close=3.0))
        return await anext(aiter(stream(reader)))

    got = asyncio.run(asyncio.wait_for(main(), 10))
    assert got.dtype == BAR
    assert got["close"].tolist() == [3.0]


def test_metrics_say_the_record():
    bus = q.Bus(capacity=64)
    ends = [
        (bus.publisher("mine." + name, dtype=DTYPES[name]), bus.subscribe(">", dtype=DTYPES[name])) for name in NAMES
    ]
    found = bus.metrics()
    assert len(ends) == len(found["subscriptions"])
    assert {row["prefix"]: row["record"] for row in found["publishers"]} == {
        "control": "event",
        **{f"mine.{name}": name.lower() for name in NAMES},
    }
    assert [row["record"] for row in found["subscriptions"]] == [name.lower() for name in NAMES]
