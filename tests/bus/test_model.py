"""Random joins, leaves, publications and reads against a list per subscription."""

from __future__ import annotations

import fnmatch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import quantum as q
from quantum.dtypes import EVENT

SYMBOLS = ("A", "B", "C")
PATTERNS = {"md.v.A.>": "A", "md.*.B.trade": "B", "md.>": "*", "md.v.[AC].>": "[AC]"}

steps = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.lists(st.integers(0, 2), min_size=1, max_size=9)),
        st.tuples(st.just("join"), st.sampled_from(sorted(PATTERNS)[:3])),
        st.tuples(st.just("leave"), st.integers(0, 9)),
        st.tuples(st.just("read"), st.tuples(st.integers(0, 9), st.integers(1, 12))),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(steps, st.sampled_from([2, 4, 16, 256]))
def test_subscriptions_agree_with_a_list_each(operations, capacity):
    bus = q.Bus(capacity=capacity, wait="yield", timeout=5)
    for symbol in SYMBOLS:
        bus.publisher(f"md.v.{symbol}")
    publisher = bus.publisher("md.v")
    readers: list[tuple[q.Bus, str, list[int]]] = []
    value = 0
    for operation, argument in operations:
        if operation == "publish":
            events = np.zeros(len(argument), EVENT)
            events["kind"], events["instrument"] = 1, argument
            events["price"] = range(value, value + len(argument))
            done = publisher.try_publish(events)
            # Never more than the slowest reader leaves room for, and everything where nobody reads.
            assert done == len(argument) or readers
            for _, pattern, due in readers:
                wanted = (n for n in range(done) if fnmatch.fnmatch(SYMBOLS[argument[n]], PATTERNS[pattern]))
                due.extend(value + n for n in wanted)
            value += done
        elif operation == "join":
            readers.append((bus.subscribe(argument), argument, []))
        elif operation == "leave" and readers:
            readers.pop(argument % len(readers))[0].close()
        elif operation == "read" and readers:
            index, most = argument
            subscription, _, due = readers[index % len(readers)]
            got = subscription.poll(most)["price"].tolist()
            assert got == due[: len(got)]
            del due[: len(got)]
    for subscription, _, due in readers:
        rest = []
        while len(batch := subscription.poll()):
            rest += batch["price"].tolist()
        assert rest == due
    for row in bus.metrics()["subscriptions"]:
        assert row["lost"] == row["skipped"] == 0
        assert row["passed"] == row["delivered"] + row["filtered"]


LAPPED = {
    "lossy": {"policy": "lossy"},
    "detach": {"policy": "detach", "after": 2},
    "instrument": {"policy": "conflate", "key": "instrument"},
    "topic": {"policy": "conflate", "key": "topic"},
}
publications = st.lists(st.tuples(st.integers(0, 2), st.sampled_from([1, 3])), min_size=1, max_size=20)
lapping = st.lists(st.one_of(publications, st.integers(1, 12)), max_size=40)


@settings(max_examples=150, deadline=None)
@given(lapping, st.sampled_from([2, 4, 16]), st.sampled_from(sorted(LAPPED)))
def test_a_lapped_subscription_gets_or_is_told_of_every_event(operations, capacity, policy):
    bus = q.Bus(capacity=capacity, wait="yield", timeout=5)
    for symbol in SYMBOLS:
        bus.publisher(f"md.v.{symbol}")
    publisher, subscription = bus.publisher("md.v"), bus.subscribe("md.>", **LAPPED[policy])
    published: list[tuple[int, int]] = []
    got: list[int] = []
    position = 0

    def read(most: int) -> int:
        nonlocal position
        batch = subscription.poll(most)
        for event in batch:
            sequence = int(event["sequence"])
            if event["kind"] == 11:
                assert (int(event["order_id"]), policy in ("lossy", "detach")) == (position + 1, True)
                assert int(event["qty"]) == sequence - position
            else:
                assert (int(event["instrument"]), int(event["kind"])) == published[sequence - 1]
                assert int(event["price"]) == sequence
                assert sequence == position + 1 or (sequence > position and policy in ("instrument", "topic"))
                got.append(sequence)
            position = sequence
        return len(batch)

    for operation in operations:
        if isinstance(operation, int):
            read(operation)
            continue
        events = np.zeros(len(operation), EVENT)
        events["instrument"], events["kind"] = zip(*operation, strict=True)
        events["price"] = range(len(published) + 1, len(published) + len(operation) + 1)
        published += operation
        publisher.publish(events)
    while read(7):
        pass
    row = bus.metrics()["subscriptions"][0]
    assert row["passed"] == len(published) == row["delivered"] + row["skipped"] + row["lost"]
    assert row["delivered"] == len(got)
    if policy in ("lossy", "detach"):
        assert position == len(published)
    else:
        key = (lambda event: event[0]) if policy == "instrument" else (lambda event: event)
        last = {key(event): sequence for sequence, event in enumerate(published, 1)}
        assert set(last.values()) <= set(got)
