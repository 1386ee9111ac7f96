"""What a user of the bus relies on: nothing lost uncounted, nothing changed silently, no mistake that hangs."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
import warnings

import numpy as np
import pytest

import quantum as q
from quantum.bus import stream
from quantum.dtypes import EVENT

TRADE, QUOTE_BID, GAP, CONTROL = 1, 3, 11, 18
TOPIC = "md.binance.BTCUSDT"


def trades(prices: range) -> np.ndarray:
    events = np.zeros(len(prices), EVENT)
    events["kind"] = TRADE
    events["price"] = prices
    return events


def prices(batches) -> list[int]:
    return [int(price) for batch in batches for price in batch["price"]]


def exact(bus: q.Bus) -> dict:
    rows = bus.metrics()["subscriptions"]
    for row in rows:
        assert row["passed"] == row["delivered"] + row["filtered"] + row["skipped"] + row["lost"] + row["pending"]
    return rows


def test_batches_arrive_in_order_and_end_when_nothing_comes():
    bus = q.Bus(capacity=1024)
    publisher, subscription = bus.publisher(TOPIC), bus.subscribe("md.*.BTCUSDT.>")
    assert publisher.publish(trades(range(100))) == 100
    assert publisher.publish(trades(range(100, 101))[0]) == 101
    assert prices(subscription.batches(max=30, timeout=0.01)) == list(range(101))
    began = time.perf_counter()
    assert list(subscription.batches(timeout=0.05)) == []
    assert 0.04 < time.perf_counter() - began < 1.0


def test_a_batch_kept_past_its_slots_does_not_change():
    bus = q.Bus(capacity=8)
    publisher, subscription = bus.publisher(TOPIC), bus.subscribe("md.>", policy="lossy")
    publisher.publish(trades(range(4)))
    kept = subscription.poll()
    before = kept.copy()
    for n in range(100):
        publisher.publish(trades(range(n, n + 4)))
        subscription.poll()
    del subscription
    gc.collect()
    assert (kept == before).all()
    assert kept["price"].tolist() == [0, 1, 2, 3]


def test_a_slow_subscription_holds_a_publisher_on_another_thread_and_loses_nothing():
    bus = q.Bus(capacity=64)
    publisher, subscription = bus.publisher(TOPIC), bus.subscribe("md.>")
    total = 20_000
    writer = threading.Thread(target=lambda: [publisher.publish(trades(range(n, n + 50))) for n in range(0, total, 50)])
    writer.start()
    assert prices(subscription.batches(max=33, timeout=1.0)) == list(range(total))
    writer.join()
    assert exact(bus)[0]["delivered"] == total


def test_publishing_without_a_reader_ends_with_the_name_of_the_slow_one():
    bus = q.Bus(capacity=8, timeout=0.05)
    publisher, _slow = bus.publisher(TOPIC), bus.subscribe("md.*.BTCUSDT.trade")
    with pytest.raises(q.errors.EngineError, match=r"md\.\*\.BTCUSDT\.trade"):
        publisher.publish(trades(range(9)))
    assert publisher.published == 8
    assert publisher.try_publish(trades(range(3))) == 0
    # The three of `try_publish`, and the ninth event before it waited.
    assert next(p for p in bus.metrics()["publishers"] if p["prefix"] == TOPIC)["refused"] == 4


def test_a_lossy_subscription_is_told_what_it_missed():
    bus = q.Bus(capacity=16)
    publisher, subscription = bus.publisher(TOPIC), bus.subscribe("md.>", policy="lossy")
    publisher.publish(trades(range(1000)))
    batch = subscription.poll()
    assert batch[0]["kind"] == GAP
    assert batch[0]["instrument"] == 2**32 - 1
    assert batch[0]["order_id"] == 1
    assert batch[0]["qty"] + len(batch) - 1 == 1000
    assert batch["price"][1:].tolist() == list(range(int(batch[0]["qty"]), 1000))
    assert exact(bus)[0]["lost"] == batch[0]["qty"]


@pytest.mark.parametrize(("key", "expected"), [("instrument", [999]), ("topic", [5, 999])])
def test_a_conflating_subscription_gets_the_last_of_each_key_even_if_lapped(key, expected):
    bus = q.Bus(capacity=16)
    publisher, subscription = bus.publisher(TOPIC), bus.subscribe("md.>", policy="conflate", key=key)
    rare = trades(range(5, 6))
    rare["kind"] = QUOTE_BID
    publisher.publish(rare)
    publisher.publish(trades(range(1000)))
    assert prices(subscription.batches(timeout=0.01)) == expected
    assert exact(bus)[0]["skipped"] == 1001 - len(expected)


def test_detachment_is_announced_on_the_control_topic():
    bus = q.Bus(capacity=16)
    control = bus.subscribe("control.>")
    publisher, slow = bus.publisher(TOPIC), bus.subscribe("md.>", policy="detach", after=4)
    publisher.publish(trades(range(50)))
    notice = control.poll()
    assert notice["kind"].tolist() == [CONTROL]
    assert notice["order_id"].tolist() == [100]
    assert notice["instrument"].tolist() == [slow.id]
    assert slow.detached
    slow.rejoin()
    assert not slow.detached
    slow.poll()
    assert exact(bus)[1]["passed"] == 50


def test_a_handler_that_raises_is_taken_out_with_its_traceback_and_the_others_go_on():
    bus = q.Bus(capacity=64)
    seen: list[int] = []

    def picky(event: np.void) -> None:
        if event["price"] == 50:
            raise ValueError("fifty is enough")

    bus.handler("md.>", picky)
    bus.handler("md.>", lambda event: seen.append(int(event["price"])))
    publisher = bus.publisher(TOPIC)
    for n in range(200):
        publisher.publish(trades(range(n, n + 1)))
    deadline = time.monotonic() + 10
    while len(seen) < 200 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert seen == list(range(200))
    first, second = bus.metrics()["handlers"]
    assert "fifty is enough" in first["fault"]
    assert "picky" in first["fault"]
    assert first["calls"] == 51
    assert second["fault"] is None
    assert second["calls"] == 200
    assert second["latency_ns"]["min"] <= second["latency_ns"]["p50"] <= second["latency_ns"]["p99.9"]
    bus.close()


def test_a_compiled_handler_runs_by_address_with_its_data():
    numba = pytest.importorskip("numba")

    @numba.cfunc(numba.types.int32(numba.types.CPointer(numba.types.int64), numba.types.CPointer(numba.types.int64)))
    def add(event, total):
        total[0] += event[3]
        return 0

    total = np.zeros(1, np.int64)
    with q.Bus(capacity=64) as bus:
        bus.handler("md.>", add, data=total.ctypes.data)
        bus.publisher(TOPIC).publish(trades(range(1000)))
        deadline = time.monotonic() + 10
        while total[0] < 499_500 and time.monotonic() < deadline:
            time.sleep(0.001)
    assert total[0] == 499_500


def test_poll_into_fills_an_array_and_says_how_much():
    bus = q.Bus(capacity=64)
    publisher, subscription = bus.publisher(TOPIC), bus.subscribe("md.>")
    publisher.publish(trades(range(10)))
    batch = np.zeros(7, EVENT)
    assert subscription.poll_into(batch) == 7
    assert batch["price"].tolist() == list(range(7))
    assert subscription.poll_into(batch) == 3
    assert batch["price"][:3].tolist() == [7, 8, 9]
    assert subscription.poll_into(batch) == 0
    for wrong in (np.zeros(7, np.int64), np.zeros(14, EVENT)[::2], [1, 2]):
        with pytest.raises(q.errors.DataError, match="poll_into"):
            subscription.poll_into(wrong)


def test_an_event_loop_wakes_once_a_burst():
    bus = q.Bus(capacity=1024)
    publisher, subscription = bus.publisher(TOPIC), bus.subscribe("md.>")

    async def main() -> list[int]:
        def publish() -> None:
            for n in range(5):
                time.sleep(0.01)
                publisher.publish(trades(range(10 * n, 10 * n + 10)))

        thread = threading.Thread(target=publish)
        thread.start()
        got: list[int] = []
        async for batch in stream(subscription):
            got += batch["price"].tolist()
            if len(got) == 50:
                break
        thread.join()
        return got

    assert asyncio.run(asyncio.wait_for(main(), 20)) == list(range(50))


@pytest.mark.parametrize("capacity", [0, 1, 6, 2**40, -1])
def test_a_capacity_that_makes_no_sense_is_refused(capacity):
    with pytest.raises(q.errors.ConfigError, match="power of two"):
        q.Bus(capacity=capacity)


@pytest.mark.parametrize(
    ("mistake", "error", "words"),
    [
        (lambda bus: bus.subscribe("md..x"), q.errors.ConfigError, "empty token"),
        (lambda bus: bus.subscribe("md.>.x"), q.errors.ConfigError, "wildcard"),
        (lambda bus: bus.subscribe("md.>", policy="hope"), q.errors.ConfigError, "hope"),
        (lambda bus: bus.subscribe("md.>", key="instrument"), q.errors.ConfigError, "conflate"),
        (lambda bus: bus.subscribe("md.>", policy="conflate", key="day"), q.errors.ConfigError, "day"),
        (lambda bus: bus.subscribe("control.>", policy="conflate"), q.errors.ConfigError, "notices"),
        (lambda bus: bus.subscribe("md.>", policy="detach"), q.errors.ConfigError, "after="),
        (lambda bus: bus.subscribe("md.>", start="soon"), q.errors.ConfigError, "soon"),
        (lambda bus: bus.subscribe("md.>").batches(max=0), q.errors.ConfigError, "max"),
        (lambda bus: bus.subscribe("md.>").wait(-1.0), q.errors.ConfigError, "timeout"),
        (lambda bus: bus.publisher("md.*"), q.errors.ConfigError, "wildcards"),
        (lambda bus: bus.handler("md.>", object()), q.errors.ConfigError, "callable"),
        (lambda bus: bus.handler("md.>", 0), q.errors.ConfigError, "address"),
        (lambda bus: bus.publisher(TOPIC).publish(np.zeros(3)), q.errors.DataError, "float64"),
        (lambda bus: bus.publisher(TOPIC).publish(np.zeros(6, EVENT)[::2]), q.errors.DataError, "contiguous"),
        (lambda bus: bus.publisher(TOPIC).publish(np.zeros(1, EVENT)), q.errors.DataError, "kind"),
        (lambda bus: q.Bus(wait="hope"), q.errors.ConfigError, "adaptive"),
    ],
)
def test_mistakes_are_errors_in_our_words_and_take_no_time(mistake, error, words):
    bus = q.Bus(capacity=64)
    began = time.perf_counter()
    with pytest.raises(error, match=words):
        mistake(bus)
    assert time.perf_counter() - began < 1.0


def test_publishing_and_reading_after_close_are_errors():
    bus = q.Bus(capacity=64)
    publisher, subscription = bus.publisher(TOPIC), bus.subscribe("md.>")
    publisher.publish(trades(range(3)))
    publisher.close()
    with pytest.raises(q.errors.EngineError, match="closed"):
        publisher.publish(trades(range(1)))
    assert prices(subscription.batches(timeout=0.01)) == [0, 1, 2]
    subscription.close()
    with pytest.raises(q.errors.EngineError, match="closed"):
        subscription.poll()


def test_registered_instruments_give_events_their_topics():
    bus = q.Bus(capacity=64)
    numbers = [
        bus.register(q.Instrument(symbol, venue=venue, tick_size="0.1", lot_size="1"))
        for venue, symbol in [("nyse", "BRK.B"), ("nyse", "IBM"), ("arca", "IBM")]
    ]
    assert numbers == [(0, 0), (1, 0), (2, 1)]
    ibm, brk = bus.subscribe("md.*.IBM.trade"), bus.subscribe("md.nyse.BRK/B.>")
    publisher = bus.publisher("md")
    events = trades(range(3))
    events["instrument"], events["venue"] = [n[0] for n in numbers], [n[1] for n in numbers]
    publisher.publish(events)
    assert (prices([ibm.poll()]), prices([brk.poll()])) == ([1, 2], [0])
    events["venue"] = 7
    with pytest.raises(q.errors.DataError, match="venue number 7"):
        bus.publisher("md").publish(events)


def test_more_spinning_subscriptions_than_cores_are_a_warning_once_per_bus():
    def wait(bus: q.Bus) -> list:
        subscriptions = [bus.subscribe("md.>") for _ in range((os.cpu_count() or 1) + 3)]
        for subscription in subscriptions:
            assert not subscription.wait(0.0)
            assert list(subscription.batches(timeout=0.0)) == []
        return subscriptions

    spinning = q.Bus(capacity=64, wait="busy_spin")
    control = spinning.subscribe("control.>")
    with pytest.warns(RuntimeWarning, match="more than there are cores") as caught:
        wait(spinning)
    assert len(caught) == 1
    assert control.poll()["order_id"].tolist() == [105]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wait(spinning)
        wait(q.Bus(capacity=64))
