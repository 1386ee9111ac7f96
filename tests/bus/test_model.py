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
