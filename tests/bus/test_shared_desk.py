"""What a dashboard asks of the bus over a shared mapping: the newest of each key, handlers, an event loop."""

from __future__ import annotations

import asyncio
import os
import random
import select
import threading
import time

import numpy as np
import pytest

import quantum as q
from bus import shared_peer
from bus.test_shared import KILLS, SEED, Peer, drain, exact, joined, name, peer, pytestmark, run, until
from quantum.bus import stream
from quantum.dtypes import EVENT

__all__ = ["name", "peer", "pytestmark"]

FAULTED, PUBLISHER_DIED, SUBSCRIBER_DIED = 101, 103, 104


def newest(events: np.ndarray, key: str) -> dict[int, int]:
    """The last price of each key; within a key prices only rise."""
    last: dict[int, int] = {}
    for number, price in zip(events[key].tolist(), events["price"].tolist(), strict=True):
        assert price > last.get(number, -1)
        last[number] = price
    return last


def row_of(bus, policy: str) -> dict:
    return next(row for row in exact(bus) if row["policy"] == policy)


@pytest.mark.parametrize("pause", [0.0, 0.3])
def test_the_last_of_each_key_of_another_process_arrives_after_laps(name, peer, pause):
    bus = q.Bus.shared(name, capacity=64)
    everything, conflating = bus.subscribe("x.>"), bus.subscribe("x.>", policy="conflate", key="instrument")
    peer("once", name, 7, SEED).go()
    whole: list[np.ndarray] = []
    got: list[np.ndarray] = []
    began = time.monotonic()

    def over() -> bool:
        drain(everything, whole)
        if time.monotonic() - began > pause:
            got.append(conflating.poll(17))
        return row_of(bus, "conflate")["passed"] == 10_000

    until(over)
    drain(conflating, got)
    events = joined(got)
    shared_peer.assert_whole(events)
    expected = joined(whole)
    assert len(expected) == 10_000
    assert newest(events, "instrument") == newest(expected, "instrument")
    assert bus.topic("x.t199") in events["instrument"], "said once, at the beginning"
    row = row_of(bus, "conflate")
    assert (row["delivered"], row["lost"], row["pending"]) == (len(events), 0, 0)
    assert row["skipped"] == 10_000 - len(events)


def test_a_conflating_subscription_is_counted_by_others_with_what_it_skipped_and_still_has(name):
    bus = q.Bus.shared(name, capacity=16)
    publisher, subscription = bus.publisher("md.v.S"), bus.subscribe("md.>", policy="conflate", key="topic")
    publisher.publish(shared_peer.vary(shared_peer.trades(0, 0, 1000), 0))
    assert subscription.poll(2)["kind"].tolist() == [3, 4]
    seen = eval(run("print(q.Bus.shared(sys.argv[1]).metrics())", name))["subscriptions"]
    assert seen == exact(bus)
    counts = {count: seen[0][count] for count in ("policy", "passed", "delivered", "skipped", "lost", "pending")}
    assert counts == {
        "policy": "conflate",
        "passed": 1000,
        "delivered": 2,
        "skipped": 994,
        "lost": 0,
        "pending": 4,
    }
    assert subscription.poll()["kind"].tolist() == [5, 6, 1, 2]


def of_kinds(published: int) -> dict[int, int]:
    """The last price of each kind of what a peer in mode ``kinds`` has published."""
    events = shared_peer.vary(np.zeros(published, EVENT), 0)
    events["price"] = np.arange(published)
    return newest(events, "kind")


def test_publishers_killed_while_they_keep_the_table_lose_no_key_of_what_they_published(name, capsys):
    with capsys.disabled():
        print(f"\n{KILLS} kills of a publisher (kinds), QUANTUM_SEED={SEED}")
    rng = random.Random(SEED)
    bus = q.Bus.shared(name, capacity=64)
    control = bus.subscribe("control.>")
    fast = bus.subscribe("md.>", policy="conflate", key="topic")
    skipped = 0
    peers = [Peer("kinds", name, each, rng.randrange(10**9)) for each in range(2)]
    for each in range(KILLS):
        slow = bus.subscribe("md.>", policy="conflate", key="topic")
        victim = peers.pop(0)
        victim.go()
        quick: list[np.ndarray] = []
        late: list[np.ndarray] = []
        if each % 4:
            until(lambda quick=quick: (quick.append(fast.poll(3)), len(quick[-1]))[1])
        stop = time.monotonic() + rng.uniform(0, 0.03)
        while time.monotonic() < stop:
            quick.append(fast.poll(rng.choice((1, 100))))
        victim.kill()
        if each + 2 < KILLS:
            peers.append(Peer("kinds", name, each + 2, rng.randrange(10**9)))
        # Once it is told dead, all there is of it is in its ring and its table.
        until(lambda: not any(row["open"] for row in bus.metrics()["publishers"][1:]))
        drain(fast, quick)
        drain(slow, late)
        told = control.poll()
        published = int(told["price"][told["order_id"] == PUBLISHER_DIED].sum())
        for events in (joined(quick), joined(late)):
            shared_peer.assert_whole(events)
            assert set(events["order_id"]) <= {each}
            assert newest(events, "kind") == of_kinds(published), each
        row = next(row for row in exact(bus) if row["id"] == slow.id)
        assert (row["passed"], row["lost"], row["pending"]) == (published, 0, 0)
        skipped += row["skipped"]
        slow.close()
    for left in peers:
        left.kill()
    assert skipped > 1000 * KILLS, "they were lapped"


def test_killed_conflating_subscribers_hold_nobody_and_the_others_miss_no_key(name, capsys):
    with capsys.disabled():
        print(f"\n{KILLS} kills of a subscriber (conflate), QUANTUM_SEED={SEED}")
    rng = random.Random(SEED)
    bus = q.Bus.shared(name, capacity=64)
    publisher, control = bus.publisher("md.v.S"), bus.subscribe("control.>", policy="lossy")
    survivor = bus.subscribe("md.>", policy="conflate", key="topic")
    got: list[np.ndarray] = []
    notices: list[np.ndarray] = []
    published = 0
    peers = [Peer("conflate", name, each, rng.randrange(10**9)) for each in range(2)]
    for each in range(KILLS):
        victim = peers.pop(0)
        victim.go()
        end = time.monotonic() + rng.uniform(0, 0.04)
        while time.monotonic() < end:
            count = rng.choice((1, 3, 40, 700))
            publisher.publish(shared_peer.vary(shared_peer.trades(0, published, count), published))
            published += count
            if rng.random() < 0.2:
                got.append(survivor.poll(3))
        victim.kill()
        if each + 2 < KILLS:
            peers.append(Peer("conflate", name, each + 2, rng.randrange(10**9)))
        drain(control, notices)
    for left in peers:
        left.kill()
    publisher.publish(shared_peer.vary(shared_peer.trades(0, published, 1000), published))
    published += 1000
    drain(survivor, got)
    until(lambda: len(bus.metrics()["subscriptions"]) == 2)
    drain(control, notices)
    events, told = joined(got), joined(notices)
    shared_peer.assert_whole(events)
    assert newest(events, "kind") == of_kinds(published)
    row = row_of(bus, "conflate")
    assert (row["passed"], row["lost"], row["pending"]) == (published, 0, 0)
    died = bus.metrics()["subscribers_died"]
    assert died == np.count_nonzero(told["order_id"] == SUBSCRIBER_DIED) > 0
    # Nobody conflates any more, and the publisher goes on without the table.
    survivor.close()
    publisher.publish(shared_peer.trades(0, published, 1000))


def test_handlers_get_what_other_processes_publish(name, peer):
    seen: list[int] = []
    kinds: list[int] = []
    with q.Bus.shared(name, capacity=64) as bus:
        bus.handler("x.>", lambda event: seen.append(int(event["price"])))
        bus.handler("x.t0", lambda event: kinds.append(int(event["instrument"])))
        assert [row["pattern"] for row in bus.metrics()["subscriptions"]] == ["x.> x.t0"]
        peer("once", name, 7, SEED).go()
        until(lambda: len(seen) == 10_000)
        handlers = bus.metrics()["handlers"]
        assert [(row["pattern"], row["calls"], row["fault"]) for row in handlers] == [
            ("x.>", 10_000, None),
            ("x.t0", len(kinds), None),
        ]
        assert handlers[0]["latency_ns"]["min"] <= handlers[0]["latency_ns"]["p99.9"]
        assert q.Bus.shared(name).metrics()["handlers"] == [], "of this process"
        threads = threads_named("bus handlers")
    assert seen == list(range(10_000))
    assert set(kinds) == {0}
    assert (threads, threads_named("bus handlers")) == (1, 0), "close stops them"
    assert q.Bus.shared(name).metrics()["subscriptions"] == []


def threads_named(title: str) -> int:
    """Threads of this process that have this name."""
    names = []
    for thread in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{thread}/comm") as file:
                names.append(file.read().strip())
        except OSError:
            continue
    return names.count(title[:15])


def test_a_handler_that_raises_is_taken_out_and_told_and_the_others_go_on(name):
    with q.Bus.shared(name, capacity=64) as bus:
        control = bus.subscribe("control.>", policy="lossy")
        seen: list[int] = []

        def picky(event: np.void) -> None:
            if event["price"] == 50:
                raise ValueError("fifty is enough")

        bus.handler("md.>", picky)
        bus.handler("md.>", lambda event: seen.append(int(event["price"])))
        publisher = bus.publisher("md.v.S")
        for n in range(200):
            publisher.publish(shared_peer.trades(0, n, 1))
        until(lambda: len(seen) == 200)
        assert seen == list(range(200))
        first, second = bus.metrics()["handlers"]
        assert "fifty is enough" in first["fault"]
        assert "picky" in first["fault"]
        assert (first["calls"], second["calls"], second["fault"]) == (51, 200, None)
        notices = control.poll()
        assert notices["order_id"].tolist() == [FAULTED]
        # Its place is another's: eight at a time, however many failed.
        for _ in range(20):
            bus.handler("md.>", picky)
            publisher.publish(shared_peer.trades(0, 50, 1))
            until(lambda: bus.metrics()["handlers"][-1]["fault"])
        assert threads_named("bus handlers") == 1


def test_nine_handlers_need_two_threads_and_each_gets_all_from_when_it_came(name):
    with q.Bus.shared(name, capacity=64) as bus:
        publisher, counts = bus.publisher("md.v.S"), [0] * 9

        def counter(each: int):
            def count(_event: np.void) -> None:
                counts[each] += 1

            return count

        for each in range(9):
            bus.handler("md.>", counter(each))
            publisher.publish(shared_peer.trades(0, 0, 100))
            # A handler that comes while its thread has something to read gets some of that, too.
            until(lambda each=each: counts[: each + 1] == [100 * (each + 1 - n) for n in range(each + 1)])
        assert counts == [900, 800, 700, 600, 500, 400, 300, 200, 100]
        assert threads_named("bus handlers") == 2


def test_a_compiled_handler_runs_by_address_with_its_data(name, peer):
    numba = pytest.importorskip("numba")

    @numba.cfunc(numba.types.int32(numba.types.CPointer(numba.types.int64), numba.types.CPointer(numba.types.int64)))
    def add(event, total):
        total[0] += event[3]
        return 0

    total = np.zeros(1, np.int64)
    with q.Bus.shared(name, capacity=64) as bus:
        bus.handler("x.>", add, data=total.ctypes.data)
        peer("once", name, 7, SEED).go()
        until(lambda: total[0] == 49_995_000)


def test_an_event_loop_wakes_once_a_burst_of_another_process_and_looks_at_nothing_in_between(name, peer, monkeypatch):
    bus = q.Bus.shared(name, capacity=65_536)
    pings, pongs = bus.publisher("ping"), bus.subscribe("pong")
    peer("echo", name).go()
    until(lambda: pings.subscriptions)
    events = shared_peer.trades(1, 0, 10)
    events["kind"], events["instrument"] = 200, bus.topic("ping")
    polls, sleeps = 0, 0

    class Counting:
        """The subscription, and how often the loop looks at it."""

        def poll(self, size: int) -> np.ndarray:
            nonlocal polls
            polls += 1
            return pongs.poll(size)

        def fileno(self) -> int:
            return pongs.fileno()

        def arm(self) -> bool:
            return pongs.arm()

    sleep = asyncio.sleep

    async def counted(seconds: float) -> None:
        nonlocal sleeps
        sleeps += seconds > 0
        await sleep(seconds)

    monkeypatch.setattr(asyncio, "sleep", counted)

    async def main() -> int:
        def burst() -> None:
            for _ in range(20):
                time.sleep(0.02)
                pings.publish(events)

        thread = threading.Thread(target=burst)
        thread.start()
        got = 0
        async for batch in stream(Counting()):
            got += len(batch)
            if got == 200:
                break
        thread.join()
        return got

    assert asyncio.run(asyncio.wait_for(main(), 20)) == 200
    assert sleeps == 0, "no polling"
    # A burst is one batch of the echo, and costs two polls: its events, and that there are no more. The directory's
    # changes, and a burst that a busy machine cuts in two, cost a few.
    assert polls <= 60, polls
    assert threads_named("bus descriptor") == 1
    pongs.close()
    assert threads_named("bus descriptor") == 0


def test_a_descriptor_is_readable_once_for_many_publications_and_costs_nothing_unasked(name):
    bus = q.Bus.shared(name, capacity=64)
    publisher, subscription = bus.publisher("md.v.S"), bus.subscribe("md.>", policy="conflate")
    assert not subscription.arm()
    assert threads_named("bus descriptor") == 0
    descriptor = subscription.fileno()
    assert subscription.fileno() == descriptor
    publisher.publish(shared_peer.trades(0, 0, 1))
    time.sleep(0.05)
    with pytest.raises(BlockingIOError):
        os.read(descriptor, 8)
    subscription.poll()
    for first in range(1, 20):
        assert not subscription.arm()
        for each in range(5):
            publisher.publish(shared_peer.trades(0, first * 5 + each, 1))
        until(lambda: readable(descriptor))
        time.sleep(0.005)
        assert int.from_bytes(os.read(descriptor, 8), "little") == 1
        assert subscription.arm()
        assert subscription.poll()["price"].tolist() == [first * 5 + 4]
    subscription.close()
    assert threads_named("bus descriptor") == 0


def readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


def test_a_child_of_a_fork_leaves_its_parents_handlers_and_descriptors_alone(name):
    said = run(
        """
        bus = q.Bus.shared(sys.argv[1], capacity=64)
        publisher, subscription, seen = bus.publisher("md.v.S"), bus.subscribe("md.>"), []
        descriptor = subscription.fileno()
        subscription.arm()
        bus.handler("md.>", lambda event: seen.append(int(event["price"])))
        child = os.fork()
        if child == 0:
            for late in (subscription.fileno, lambda: bus.handler("md.>", print)):
                try:
                    late()
                except q.errors.EngineError as error:
                    assert "fork" in str(error), error
                else:
                    os._exit(1)
            subscription.arm()
            subscription.close()
            bus.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        publisher.publish(shared_peer.trades(0, 0, 3))
        import select
        print(bool(select.select([descriptor], [], [], 5)[0]), subscription.poll()["price"].tolist())
        while len(seen) < 3:
            time.sleep(0.001)
        print(seen)
        """,
        name,
    )
    assert said == "True [0, 1, 2]\n[0, 1, 2]\n"
