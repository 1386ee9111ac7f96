"""What the bus costs from Python, per event of a batch of 256: `make bench AREA=bus`.

Each round publishes a batch and reads it, on one thread, so that nothing is waited for; the side that is not measured
runs unseen by the clock.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from rounds import Spread

import quantum as q
from quantum.dtypes import EVENT

BATCH = 256
ROUNDS = 4001


@pytest.fixture
def per_event(benchmark, capsys) -> Callable[[str, Callable[[], object], Callable[[], object]], None]:
    """Times `work` with `before` run first in each round; prints nanoseconds an event."""

    def run(what: str, work: Callable[[], object], before: Callable[[], object]) -> None:
        def setup() -> None:  # what it returned would be taken for arguments
            before()

        benchmark.pedantic(work, setup=setup, rounds=ROUNDS, warmup_rounds=200)
        ns = Spread.of([taken / BATCH * 1e9 for taken in benchmark.stats.stats.data])
        with capsys.disabled():
            print(f"\n  {what:24s}{ns.median:6.2f} ns an event   10..90 %: {ns.low:.2f}..{ns.high:.2f}", end="")

    return run


@pytest.fixture
def side() -> tuple[Callable[[], object], q.Bus, np.ndarray]:
    bus = q.Bus(capacity=4096)
    events = np.zeros(BATCH, EVENT)
    events["kind"], events["price"] = 1, range(BATCH)
    publisher = bus.publisher("md.v.X")
    return lambda: publisher.publish(events), bus, events


def test_poll(per_event, side):
    publish, bus, events = side
    subscription = bus.subscribe("md.>")
    publish()
    assert (subscription.poll(BATCH)["price"] == events["price"]).all()
    per_event("poll(256)", lambda: subscription.poll(BATCH), publish)


def test_poll_into(per_event, side):
    publish, bus, events = side
    subscription = bus.subscribe("md.>")
    array = np.zeros(BATCH, EVENT)
    publish()
    assert subscription.poll_into(array) == BATCH
    assert (array["price"] == events["price"]).all()
    per_event("poll_into(array of 256)", lambda: subscription.poll_into(array), publish)


def test_publish(per_event, side):
    publish, bus, _ = side
    subscription = bus.subscribe("md.>")
    per_event("publish(array of 256)", publish, lambda: subscription.poll(BATCH))
