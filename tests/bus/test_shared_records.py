"""Records of every type over a shared mapping: topics, losses and users' dtypes are the same in all processes."""

from __future__ import annotations

import random

import numpy as np
import pytest

import quantum as q
from bus.record_topics import DTYPES, EVERYONE, FREE, HEADS, listed, made, matches, topic
from bus.test_shared import SEED, drain, exact, name, peer, pytestmark, run, until
from quantum.dtypes import BAR, EVENT, REPORT

__all__ = ["name", "peer", "pytestmark"]

NAMES = sorted(DTYPES)
PNL = q.dtypes.user([("pnl", "f8"), ("delta", "f8")])
WANTED = {
    "EVENT": (">", "md.*.IBM.>", "scan.*.IBM", "signal.>"),
    "BAR": (">", "md.arca.>", "md.*.*.bar.1m", "md.*.*.bar.other"),
    "COMMAND": (">", "command.>", "command.router.>", "command.all.*", "command.*.IBM.submit"),
    "REPORT": (">", "fill.>", "order.nyse.>", "*.*.IBM.trade", "order.*.*.new"),
}


def made_by(seed: int, count: int) -> dict[str, list[np.void]]:
    """What the other process publishes with this seed."""
    rng = random.Random(seed)
    return {dtype: [made(dtype, rng) for _ in range(count)] for dtype in DTYPES}


def test_every_record_of_another_process_comes_under_its_topic(name, peer):
    count = 300
    bus = q.Bus.shared(name, capacity=1024)
    readers = [
        (dtype, pattern, bus.subscribe(pattern, dtype=DTYPES[dtype])) for dtype in NAMES for pattern in WANTED[dtype]
    ]
    peer("records", name, count, SEED).go()
    got: list[list[np.ndarray]] = [[] for _ in readers]

    def over() -> bool:
        for (_, _, reader), into in zip(readers, got, strict=True):
            # Without the bus's own notices.
            into += [batch[batch["kind"] != 18] for batch in reader.batches(timeout=0.0)]
        everything = [into for (_, pattern, _), into in zip(readers, got, strict=True) if pattern == ">"]
        return all(sum(map(len, into)) == count for into in everything)

    until(over)
    assert over()
    published = made_by(SEED, count)
    for (dtype, pattern, _), into in zip(readers, got, strict=True):
        due = [number for number, record in enumerate(published[dtype]) if matches(pattern, topic(record))]
        assert all(batch.dtype == DTYPES[dtype] for batch in into)
        assert sorted(number for batch in into for number in batch[FREE[dtype]].tolist()) == due, pattern
    exact(bus)


@pytest.mark.parametrize("dtype", NAMES)
@pytest.mark.parametrize("policy", ["lossy", "instrument", "topic"])
def test_what_is_missed_is_told_and_the_last_of_each_key_arrives(name, dtype, policy):
    first, many, kind = {
        "BAR": ("open_ns", "volume", 11),
        "EVENT": ("order_id", "qty", 11),
    }.get(dtype, ("order_id", "qty", 127))
    bus = q.Bus.shared(name, capacity=8)
    listed(bus)
    head, rng = HEADS[dtype][0], random.Random(SEED)
    how = {"policy": "lossy"} if policy == "lossy" else {"policy": "conflate", "key": policy}
    reader = q.Bus.shared(name).subscribe(f"{head}.>", dtype=DTYPES[dtype], **how)
    publisher = bus.publisher(head, dtype=DTYPES[dtype])
    published: list[np.void] = []
    got: list[np.void] = []
    while len(published) < 300:
        record = made(dtype, rng)
        if topic(record).startswith(head + "."):
            published.append(record)
            record[FREE[dtype]] = len(published)
            publisher.publish(record)
        if rng.random() < 0.02:
            got += list(reader.poll(5))
    while len(batch := reader.poll()):
        got += list(batch)
    position = 0
    kept = []
    for record in got:
        if record["kind"] == kind and record["instrument"] == EVERYONE:
            assert (policy, int(record[first])) == ("lossy", position + 1)
            assert record[many] == record["sequence"] - position
        else:
            assert record[FREE[dtype]] == record["sequence"]
            kept.append(int(record["sequence"]))
        position = int(record["sequence"])
    row = next(row for row in exact(bus) if row["policy"] != "block")
    assert (row["record"], row["passed"], row["delivered"]) == (dtype.lower(), 300, len(kept))
    if policy == "lossy":
        assert position == 300
        assert row["lost"] > 0
        return
    last = {}
    for at, record in enumerate(published, 1):
        everyone = topic(record).startswith("command.all")
        number = None if everyone else int(record["instrument"])
        last[number if policy == "instrument" else (topic(record), number)] = at
    assert set(last.values()) <= set(kept)
    assert row["lost"] == 0


def test_slots_of_one_size_are_never_taken_for_those_of_another(name):
    bus = q.Bus.shared(name, capacity=8)
    listed(bus)
    published = 0
    for dtype, head, kind, count in [(REPORT, "fill", 4, 8), (EVENT, "md", 1, 5), (BAR, "md", 19, 6)] * 5:
        one = np.zeros(1, dtype)
        one["kind"] = kind
        # Payload that looks like a sequence that is due when this publisher is gone, where smaller slots begin.
        due = published + count + 1
        for field in set(one.dtype.names) - {"instrument", "venue", "kind"}:
            one[field] = due + 1 - due % 2
        reader, publisher = bus.subscribe(f"{head}.>", dtype=dtype), bus.publisher(head, dtype=dtype)
        for _ in range(count):
            assert len(reader.poll()) == 0
            published += 1
            assert publisher.publish(one) == published
            assert reader.poll()["sequence"].tolist() == [published]
        assert len(reader.poll()) == 0
        publisher.close()
        reader.close()


def test_a_users_dtype_crosses_processes(name, peer):
    bus = q.Bus.shared(name, capacity=64)
    for own in ("desk.pnl", "desk.back"):
        bus.topic(own, dtype=PNL)
    publisher, back = bus.publisher("desk.pnl"), bus.subscribe("desk.back")
    peer("reflect", name).go()
    until(lambda: publisher.subscriptions)
    rows = np.zeros(50, PNL)
    rows["kind"], rows["instrument"] = 200, bus.topic("desk.pnl")
    rows["pnl"], rows["delta"] = np.arange(50) / 4, np.arange(50)
    publisher.publish(rows)
    got: list[np.ndarray] = []
    until(lambda: (drain(back, got), sum(map(len, got)) == 50)[1])
    assert all(batch.dtype == PNL for batch in got)
    assert [x for batch in got for x in batch["pnl"].tolist()] == (np.arange(50) / 4).tolist()
    assert [x for batch in got for x in batch["delta"].tolist()] == (-np.arange(50.0)).tolist()


def test_what_a_topic_carries_is_the_same_in_all_processes(name):
    bus = q.Bus.shared(name, capacity=64)
    numbers = [bus.topic("mine.report", dtype=REPORT), bus.topic("mine.pnl", dtype=PNL), bus.topic("mine.event")]
    said = run(
        """
        bus = q.Bus.shared(sys.argv[1])
        print([bus.topic(name) for name in ("mine.report", "mine.pnl", "mine.event")])
        print(bus.subscribe("mine.pnl").poll().dtype.names[3:5])
        for name, dtype in [("report", q.dtypes.EVENT), ("pnl", q.dtypes.EVENT), ("event", q.dtypes.BAR)]:
            for make in (bus.topic, bus.publisher, bus.subscribe):
                try:
                    make("mine." + name, dtype=dtype)
                except q.errors.ConfigError as error:
                    print(error)
        """,
        name,
    )
    lines = said.splitlines()
    assert lines[:2] == [str(numbers), "('pnl', 'delta')"]
    for line, words in zip(
        lines[2:],
        ["carries REPORT, not EVENT"] * 3
        + ["carries EVENT with the fields pnl <f8, delta <f8, not EVENT"] * 3
        + ["carries EVENT, not BAR"] * 3,
        strict=True,
    ):
        assert words in line


def test_a_name_that_can_be_no_topic_of_the_dtype_is_refused(name):
    bus = q.Bus.shared(name, capacity=64)
    for make in (bus.publisher, bus.subscribe, lambda text, dtype: bus.handler(text, print, dtype=dtype)):
        for text, dtype, words in [("fill.v", "EVENT", "scan"), ("md.v.X.trade", "BAR", "timeframe")]:
            with pytest.raises(q.errors.ConfigError, match=words):
                make(text, dtype=DTYPES[dtype])
    with pytest.raises(q.errors.ConfigError, match="belongs to the bus"):
        bus.topic("order.x")
    publisher = bus.publisher("mine", dtype=REPORT)
    for wrong in (np.zeros(1, EVENT), np.zeros(1)):
        with pytest.raises(q.errors.DataError, match=r"quantum\.dtypes\.REPORT"):
            publisher.publish(wrong)


@pytest.mark.parametrize("dtype", NAMES)
def test_a_handler_gets_records_of_its_dtype(name, dtype):
    seen = []
    with q.Bus.shared(name, capacity=64) as bus:
        listed(bus)
        bus.handler(">", lambda record: seen.append((record.dtype, int(record[FREE[dtype]]))), dtype=DTYPES[dtype])
        publisher = bus.publisher(HEADS[dtype][0], dtype=DTYPES[dtype])
        rng, sent = random.Random(SEED), 0
        while sent < 20:
            record = made(dtype, rng)
            if topic(record).startswith(HEADS[dtype][0] + "."):
                record[FREE[dtype]] = sent
                sent = publisher.publish(record)
        until(lambda: len(seen) == 20)
        rows = bus.metrics()
    assert seen == [(DTYPES[dtype], number) for number in range(20)]
    assert [row["record"] for row in rows["publishers"]] == ["event", dtype.lower()]
