"""The other process of the shared bus's tests: ``python shared_peer.py MODE NAME RUN SEED``.

Says ``ready`` once everything is imported, and begins when a line comes in.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import numpy as np

import quantum as q
from quantum.bus import SharedBus
from quantum.dtypes import EVENT

# As a program it lies beside the other one, as a module in the package of tests.
sys.path.insert(0, str(Path(__file__).parents[1]))
from bus.record_topics import DTYPES, FREE, HEADS, listed, made, topic

MULTIPLIER = 0x9E37_79B9
BATCHES = (1, 3, 40, 700)


def trades(run: int, first: int, count: int) -> np.ndarray:
    """Events that carry who made them, which they are, and a word that both of these determine."""
    events = np.zeros(count, EVENT)
    events["kind"] = 1
    events["price"] = np.arange(first, first + count)
    events["order_id"] = run
    events["qty"] = events["price"] * MULTIPLIER ^ run
    events["exchange_ns"] = events["receive_ns"] = events["venue_sequence"] = events["qty"]
    return events


def assert_whole(events: np.ndarray) -> None:
    """A torn or foreign event fails."""
    expected = events["price"] * MULTIPLIER ^ events["order_id"].astype(np.int64)
    for field in ("qty", "exchange_ns", "receive_ns", "venue_sequence"):
        assert (events[field].astype(np.int64) == expected).all(), field


def publish(bus: SharedBus, run: int, rng: random.Random) -> None:
    """One publisher that never stops."""
    publisher = bus.publisher("md.v.S")
    done = 0
    while True:
        count = rng.choice(BATCHES)
        publisher.publish(trades(run, done, count))
        done += count


def batch_ends(seed: int, published: int) -> list[int]:
    """The counts at which a publisher with this seed has published whole batches, up to the first one above."""
    rng, ends = random.Random(seed), [0]
    while ends[-1] <= published:
        ends.append(ends[-1] + rng.choice(BATCHES))
    return ends


def vary(events: np.ndarray, total: int) -> np.ndarray:
    """Gives every event one of the kinds 1 to 6; the first ones ever are of kinds that never come again."""
    number = np.arange(total, total + len(events))
    events["kind"] = np.where(number < 4, 3 + number % 4, 1 + number % 2)
    return events


def publish_kinds(bus: SharedBus, run: int, rng: random.Random) -> None:
    """One publisher that never stops, of two topics that are busy and four that speak once."""
    publisher = bus.publisher("md.v.S")
    done = 0
    while True:
        count = rng.choice(BATCHES)
        publisher.publish(vary(trades(run, done, count), done))
        done += count


def publish_once(bus: SharedBus, run: int, rng: random.Random) -> None:
    """Ten thousand events of 200 topics, some of them rare; the last topic speaks once, at the beginning."""
    numbers = np.array([bus.topic(f"x.t{n}") for n in range(200)])
    publisher = bus.publisher("x")
    for first in range(0, 10_000, 500):
        events = trades(run, first, 500)
        events["kind"] = 128
        events["instrument"] = numbers[[min(rng.randrange(199), rng.randrange(199)) for _ in range(500)]]
        if first == 0:
            events["instrument"][0] = numbers[199]
        publisher.publish(events)


def conflate(bus: SharedBus, _run: int, rng: random.Random) -> None:
    """A conflating subscription that is slow."""
    subscription = bus.subscribe("md.>", policy="conflate", key="topic")
    while True:
        assert_whole(subscription.poll(rng.choice((1, 10, 1000))))
        time.sleep(rng.choice((0, 0, 0.001)))


def come_and_go(bus: SharedBus, run: int, rng: random.Random) -> None:
    """Publishers that open, publish a little and close."""
    done = 0
    while True:
        try:
            publisher = bus.publisher("md.v.S")
        except q.errors.ConfigError as full:
            if "not read to their ends" not in str(full):
                raise
            time.sleep(0.001)
            continue
        for _ in range(rng.randrange(3)):
            publisher.publish(trades(run, done, 5))
            done += 5
        publisher.close()


def read(bus: SharedBus, _run: int, rng: random.Random) -> None:
    """A gating subscription that is slow."""
    subscription = bus.subscribe("md.>")
    while True:
        assert_whole(subscription.poll(rng.choice((1, 10, 1000))))
        time.sleep(rng.choice((0, 0, 0.001)))


def join_and_leave(bus: SharedBus, _run: int, rng: random.Random) -> None:
    """Gating subscriptions that come, read a little and go."""
    while True:
        subscription = bus.subscribe("md.>")
        for _ in range(rng.randrange(3)):
            assert_whole(subscription.poll(100))
        subscription.close()


def echo(bus: SharedBus, _run: int, _rng: random.Random) -> None:
    """Publishes under ``pong`` what comes under ``ping``."""
    number = bus.topic("pong")
    publisher = bus.publisher("pong")
    for batch in bus.subscribe("ping").batches(timeout=20):
        back = batch.copy()
        back["instrument"] = number
        publisher.publish(back)


def publish_records(bus: SharedBus, run: int, rng: random.Random) -> None:
    """So many records of every dtype, numbered, by a publisher of each head."""
    listed(bus)
    for name, dtype in DTYPES.items():
        publishers = {head: bus.publisher(head, dtype=dtype) for head in HEADS[name]}
        for number in range(run):
            record = made(name, rng)
            record[FREE[name]] = number
            publishers[topic(record).split(".")[0]].publish(record)


def reflect(bus: SharedBus, _run: int, _rng: random.Random) -> None:
    """Publishes under ``desk.back`` what comes under ``desk.pnl``, in the dtype that the other process gave them."""
    reader, writer = bus.subscribe("desk.pnl"), bus.publisher("desk.back")
    number = bus.topic("desk.back")
    for batch in reader.batches(timeout=20):
        batch["instrument"], batch["delta"] = number, -batch["delta"]
        writer.publish(batch)


def main() -> None:
    """Runs a mode until it ends or the process is killed."""
    mode, name, run, seed = sys.argv[1:]
    print("ready", flush=True)
    sys.stdin.readline()
    bus = q.Bus.shared(name)
    modes = {
        "publish": publish,
        "kinds": publish_kinds,
        "once": publish_once,
        "come": come_and_go,
        "read": read,
        "conflate": conflate,
        "join": join_and_leave,
        "echo": echo,
        "records": publish_records,
        "reflect": reflect,
    }
    modes[mode](bus, int(run), random.Random(int(seed)))


if __name__ == "__main__":
    main()
