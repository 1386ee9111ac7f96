"""The bus over a shared mapping: what holds between processes, whoever of them dies."""

from __future__ import annotations

import os
import random
import signal
import struct
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import quantum as q
from bus import shared_peer
from quantum.bus import SharedBus
from quantum.dtypes import EVENT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="shared mappings are Linux's")

PEER = Path(__file__).with_name("shared_peer.py")
KILLS = int(os.environ.get("QUANTUM_KILLS", "10"))
SEED = int(os.environ.get("QUANTUM_SEED", time.time_ns() % 1_000_000))
DETACHED, CLOSED, PUBLISHER_DIED, SUBSCRIBER_DIED = 100, 102, 103, 104


@pytest.fixture
def name() -> Iterator[str]:
    """A bus's name, taken away afterwards."""
    name = f"test-{os.getpid()}-{random.randrange(10**9)}"
    yield name
    q.Bus.unlink(name)


def path(name: str) -> Path:
    folder = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(os.environ.get("TMPDIR", "/tmp"))
    return folder / f"quantum-{os.geteuid()}-{name}"


class Peer:
    """Another process, imported and waiting until it is told to begin."""

    def __init__(self, mode: str, name: str, run: int = 0, seed: int = 0):
        arguments = [sys.executable, str(PEER), mode, name, str(run), str(seed)]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def go(self) -> None:
        assert self.process.stdout.readline() == "ready\n"
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def peer() -> Iterator[Callable[..., Peer]]:
    """Makes other processes, which end with the test."""
    peers: list[Peer] = []

    def make(*arguments) -> Peer:
        peers.append(Peer(*arguments))
        return peers[-1]

    yield make
    for each in peers:
        each.kill()


def run(program: str, *arguments: str) -> str:
    """What a program says that runs in a process of its own."""
    text = "import os, sys, time\nimport quantum as q\nimport shared_peer\n" + textwrap.dedent(program)
    environment = os.environ | {"PYTHONPATH": str(PEER.parent)}
    outcome = subprocess.run(
        [sys.executable, "-c", text, *arguments], capture_output=True, text=True, timeout=60, env=environment
    )
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


def until(happens: Callable[[], object], seconds: float = 20.0) -> None:
    """Waits for something that another process does."""
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.001)


def drain(subscription, into: list[np.ndarray]) -> None:
    while len(batch := subscription.poll()):
        into.append(batch)


def joined(batches: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, EVENT), *batches])


def exact(bus: SharedBus) -> list[dict]:
    rows = bus.metrics()["subscriptions"]
    for row in rows:
        parts = row["delivered"] + row["filtered"] + row["skipped"] + row["lost"] + row["pending"]
        assert row["passed"] == parts, row
    return rows


def test_a_message_goes_to_another_process_and_back(name, peer):
    bus = q.Bus.shared(name, capacity=64)
    pings, pongs = bus.publisher("ping"), bus.subscribe("pong")
    peer("echo", name).go()
    until(lambda: pings.subscriptions)
    events = shared_peer.trades(1, 0, 1000)
    events["kind"], events["instrument"] = 200, bus.topic("ping")
    writer = threading.Thread(target=lambda: pings.publish(events))
    writer.start()
    got: list[np.ndarray] = []
    until(lambda: (drain(pongs, got), len(joined(got)) == 1000)[1])
    writer.join()
    assert joined(got)["price"].tolist() == list(range(1000))
    shared_peer.assert_whole(joined(got))
    assert set(joined(got)["instrument"]) == {bus.topic("pong")}


def test_the_bus_outlives_the_process_that_made_it(name):
    made = run(
        """
        bus = q.Bus.shared(sys.argv[1], capacity=128)
        print(bus.register(q.Instrument("ETHUSDT", venue="binance", tick_size="0.1", lot_size="1")), bus.topic("mine"))
        """,
        name,
    )
    assert made.split("\n")[0] == "(0, 0) 0"
    bus = q.Bus.shared(name)
    assert bus.capacity == 128
    assert bus.name == name
    assert bus.topic("mine") == 0
    publisher, subscription = bus.publisher("md.binance.BTCUSDT"), bus.subscribe("md.*.BTCUSDT.trade")
    events = shared_peer.trades(0, 0, 9)
    events["instrument"] = 1
    publisher.publish(events)
    assert subscription.poll()["price"].tolist() == list(range(9))


def test_metrics_are_the_same_from_everywhere_and_name_the_processes(name):
    bus = q.Bus.shared(name, capacity=64)
    publisher, subscription = bus.publisher("md.v.S"), bus.subscribe("md.>", policy="lossy")
    publisher.publish(shared_peer.trades(0, 0, 1000))
    subscription.poll()
    seen = run("print(q.Bus.shared(sys.argv[1]).metrics())", name)
    metrics = eval(seen)
    assert metrics["messages"] == 1000
    row = next(row for row in metrics["publishers"] if row["prefix"] == "md.v.S")
    assert (row["pid"], row["published"], row["capacity"], row["open"]) == (os.getpid(), 1000, 64, True)
    assert metrics["subscriptions"] == exact(bus)
    assert metrics["subscriptions"][0]["pid"] == os.getpid()
    assert metrics["subscriptions"][0]["lost"] > 0


def test_close_leaves_in_order_and_the_bus_stays(name):
    bus, other = q.Bus.shared(name, capacity=64), q.Bus.shared(name)
    control = other.subscribe("control.>")
    with bus:
        publisher, subscription = bus.publisher("md.v.S"), bus.subscribe("md.>")
        publisher.publish(shared_peer.trades(0, 0, 5))
    for late in (lambda: publisher.publish(shared_peer.trades(0, 0, 1)), subscription.poll, bus.metrics):
        with pytest.raises(q.errors.EngineError, match="closed"):
            late()
    assert control.poll()["order_id"].tolist() == [CLOSED]
    assert [row["pattern"] for row in exact(other)] == ["control.>"]
    run("bus = q.Bus.shared(sys.argv[1]); s = bus.subscribe('md.>'); p = bus.publisher('md.v.S')", name)
    assert other.metrics()["publishers_died"] == other.metrics()["subscribers_died"] == 0


def test_unlink_gives_the_name_to_a_new_bus(name):
    old = q.Bus.shared(name, capacity=64)
    assert q.Bus.unlink(name)
    assert not q.Bus.unlink(name)
    new = q.Bus.shared(name, capacity=128)
    subscription = new.subscribe("md.>")
    old.publisher("md.v.S").publish(shared_peer.trades(0, 0, 5))
    assert len(subscription.poll()) == 0
    assert (old.capacity, new.capacity) == (64, 128)


@pytest.mark.parametrize(
    ("mistake", "error", "words"),
    [
        (lambda name: q.Bus.shared("a/b"), q.errors.ConfigError, "letters"),
        (lambda name: q.Bus.shared(""), q.errors.ConfigError, "letters"),
        (lambda name: q.Bus.shared("x" * 65), q.errors.ConfigError, "64"),
        (lambda name: q.Bus.unlink("../x"), q.errors.ConfigError, "letters"),
        (lambda name: q.Bus.shared(name, capacity=6), q.errors.ConfigError, "power of two"),
        (lambda name: q.Bus.shared(name, capacity=-1), q.errors.ConfigError, "power of two"),
        (lambda name: q.Bus.shared(name, capacity=128), q.errors.ConfigError, "64 slots, not 128"),
        (lambda name: q.Bus.shared(name, wait="hope"), q.errors.ConfigError, "adaptive"),
        (lambda name: q.Bus.shared(name, timeout=-1), q.errors.ConfigError, "timeout"),
        (lambda name: q.Bus.shared(name).subscribe("control.>", policy="conflate"), q.errors.ConfigError, "lossy"),
        (
            lambda name: q.Bus.shared(name).subscribe("md.>", policy="conflate", start="oldest"),
            q.errors.ConfigError,
            "latest",
        ),
        (lambda name: q.Bus.shared(name).handler("md..x", print), q.errors.ConfigError, "empty token"),
        (lambda name: q.Bus.shared(name).handler("md.>", "print"), q.errors.ConfigError, "callable"),
        (lambda name: q.Bus.shared(name).handler("md.>", 0), q.errors.ConfigError, "address"),
        (lambda name: q.Bus.shared(name).subscribe("md..x"), q.errors.ConfigError, "empty token"),
        (lambda name: q.Bus.shared(name).publisher("md.*"), q.errors.ConfigError, "wildcards"),
        (lambda name: q.Bus.shared(name).publisher("control.bus"), q.errors.ConfigError, "belongs"),
        (lambda name: q.Bus.shared(name).publisher("md.v.S").publish(np.zeros(1, EVENT)), q.errors.DataError, "kind"),
    ],
)
def test_mistakes_are_errors_in_our_words_and_take_no_time(name, mistake, error, words):
    bus = q.Bus.shared(name, capacity=64)
    began = time.perf_counter()
    with pytest.raises(error, match=words):
        mistake(name)
    assert time.perf_counter() - began < 1.0
    assert bus.capacity == 64


def damage(offset: int, value: int) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        with file.open("r+b") as stream:
            stream.seek(offset)
            stream.write(struct.pack("<Q", value))

    return write


def replace(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        file.unlink()
        make(file)

    return write


def strange(file: Path) -> None:
    file.write_bytes(b"not a bus" * 1000)
    file.chmod(0o600)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (replace(strange), "magic number"),
        (replace(lambda file: (file.touch(), file.chmod(0o600))), "0 bytes, expected at least 4096"),
        (lambda file: os.truncate(file, file.stat().st_size // 2), "cut or grown"),
        (lambda file: os.truncate(file, file.stat().st_size + 4096), "cut or grown"),
        (damage(8, 1), "layout version 1, expected 3"),
        (damage(16, 128), "bytes of an Event 128, expected 64"),
        (damage(40, 64), "bytes of a Report 64, expected 128"),
        (damage(88, 128), "topics of a ring's table 128, expected 16384"),
        (damage(96, 128), "damaged header"),
        (damage(0, int.from_bytes(b"QUANTBUS", "big")), "byte order"),
        (lambda file: file.chmod(0o644), "mode 0644, expected 0600"),
        (replace(lambda file: file.symlink_to("/etc/passwd")), "symbolic link"),
        (replace(lambda file: os.mkfifo(file, 0o600)), "a pipe"),
    ],
)
def test_what_is_no_bus_of_ours_is_refused_at_once_and_named(name, spoil, words):
    q.Bus.shared(name, capacity=64)
    spoil(path(name))
    began = time.perf_counter()
    with pytest.raises(q.errors.DataError, match=words) as caught:
        q.Bus.shared(name)
    assert str(path(name)) in str(caught.value)
    assert time.perf_counter() - began < 1.0
    assert q.Bus.unlink(name)
    assert q.Bus.shared(name, capacity=64).capacity == 64


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_another_users_bus_is_refused(name):
    q.Bus.shared(name, capacity=64)
    os.chown(path(name), 12_345, 12_345)
    with pytest.raises(q.errors.DataError, match=r"belongs to user 12345, expected user 0"):
        q.Bus.shared(name)


def test_a_bus_is_for_its_user_alone_whatever_the_mask(name):
    before = os.umask(0)
    try:
        q.Bus.shared(name, capacity=64)
    finally:
        os.umask(before)
    assert path(name).stat().st_mode & 0o777 == 0o600


def test_a_ring_that_memory_has_no_room_for_is_an_error_not_a_crash(name):
    space = os.statvfs(path(name).parent)
    capacity = 1 << (space.f_blocks * space.f_frsize // 64).bit_length()
    if capacity > 1 << 30:
        pytest.skip("no ring is larger than this memory")
    bus = q.Bus.shared(name, capacity=capacity)
    with pytest.raises(q.errors.EngineError, match="no room"):
        bus.publisher("md.v.S")
    assert [row["prefix"] for row in bus.metrics()["publishers"]] == ["control"]


def test_a_child_of_a_fork_is_told_to_open_the_bus_itself_and_harms_nobody(name):
    said = run(
        """
        bus = q.Bus.shared(sys.argv[1], capacity=64)
        publisher, subscription = bus.publisher("md.v.S"), bus.subscribe("md.>")
        publisher.publish(shared_peer.trades(0, 0, 3))
        child = os.fork()
        if child == 0:
            for late in (lambda: publisher.publish(shared_peer.trades(0, 0, 1)), subscription.poll,
                         lambda: bus.topic("x")):
                try:
                    late()
                except q.errors.EngineError as error:
                    assert "fork" in str(error), error
                else:
                    os._exit(1)
            own = q.Bus.shared(sys.argv[1])
            own.publisher("md.v.S").publish(shared_peer.trades(1, 0, 2))
            own.close()
            bus.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        publisher.publish(shared_peer.trades(0, 3, 3))
        print(sorted(subscription.poll()["order_id"].tolist()), bus.metrics()["publishers_died"])
        """,
        name,
    )
    assert said == "[0, 0, 0, 0, 0, 0, 1, 1] 0\n"


def test_a_dead_parent_is_found_dead_though_its_child_still_has_its_file(name):
    bus = q.Bus.shared(name, capacity=64)
    publisher = bus.publisher("md.v.S")
    child = int(
        run(
            """
            subscription = q.Bus.shared(sys.argv[1]).subscribe("md.>")
            child = os.fork()
            if child == 0:
                os.close(1), os.close(2)
                time.sleep(60)
                os._exit(0)
            print(child, flush=True)
            os.kill(os.getpid(), 9)
            """.replace("os.kill(os.getpid(), 9)", "os._exit(0)"),
            name,
        )
    )
    try:
        assert publisher.subscriptions == 1
        publisher.publish(shared_peer.trades(0, 0, 100))
        assert publisher.subscriptions == 0
        assert bus.metrics()["subscribers_died"] == 1
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_process_that_only_sleeps_is_not_taken_for_dead(name, peer):
    bus = q.Bus.shared(name, capacity=64, timeout=0.3)
    publisher, control = bus.publisher("md.v.S"), bus.subscribe("control.>", policy="lossy")
    sleeper = peer("read", name)
    sleeper.go()
    until(lambda: publisher.subscriptions == 1)
    sleeper.process.send_signal(signal.SIGSTOP)
    with pytest.raises(q.errors.EngineError, match=r"md\.>"):
        publisher.publish(shared_peer.trades(0, 0, 2000))
    assert bus.metrics()["subscribers_died"] == 0
    done = publisher.published
    sleeper.process.send_signal(signal.SIGCONT)
    publisher.publish(shared_peer.trades(0, done, 2000 - done))
    until(lambda: exact(bus)[1]["delivered"] == 2000)
    assert len(control.poll()) == 0


def survivor_check(events: np.ndarray, runs: int, *, ordered: bool = True) -> list[int]:
    """How many events of each run came; each run's are whole, and a prefix without holes or repetitions.

    Between the publishers of one run, if it has several, there is no order.
    """
    shared_peer.assert_whole(events)
    counts = []
    for each in range(runs):
        prices = events["price"][events["order_id"] == each]
        if not ordered:
            prices = np.sort(prices)
        assert (prices == np.arange(len(prices))).all(), each
        counts.append(len(prices))
    return counts


@pytest.mark.parametrize("mode", ["publish", "come"])
def test_killed_publishers_stop_nobody_and_what_they_published_arrives(name, mode, capsys):
    with capsys.disabled():
        print(f"\n{KILLS} kills of a publisher ({mode}), QUANTUM_SEED={SEED}")
    rng = random.Random(SEED)
    bus = q.Bus.shared(name, capacity=1024)
    gating, lossy, control = bus.subscribe("md.>"), bus.subscribe("md.>", policy="lossy"), bus.subscribe("control.>")
    got: list[np.ndarray] = []
    notices: list[np.ndarray] = []
    seeds = [rng.randrange(10**9) for _ in range(KILLS)]
    peers = [Peer(mode, name, each, seeds[each]) for each in range(2)]
    for each in range(KILLS):
        victim = peers.pop(0)
        victim.go()
        stop = time.monotonic() + rng.uniform(0, 0.04)
        while time.monotonic() < stop:
            drain(gating, got)
            drain(control, notices)
            if rng.random() < 0.1:
                lossy.poll(200)
        victim.kill()
        if each + 2 < KILLS:
            peers.append(Peer(mode, name, each + 2, seeds[each + 2]))

        def over() -> bool:
            drain(gating, got)
            drain(control, notices)
            # Everything before the notice has arrived: nothing comes after the publisher is gone.
            return all(not row["open"] for row in bus.metrics()["publishers"][1:])

        until(over)
        drain(gating, got)
    for left in peers:
        left.kill()
    drain(lossy, [])
    drain(control, notices)
    events, told = joined(got), joined(notices)
    counts = survivor_check(events, KILLS, ordered=mode == "publish")
    died = told[told["order_id"] == PUBLISHER_DIED]
    metrics = bus.metrics()
    assert metrics["publishers_died"] == len(died)
    assert metrics["unpublished"] == died["qty"].sum()
    rows = {row["policy"]: row for row in exact(bus) if row["pattern"] == "md.>"}
    assert rows["block"]["passed"] == rows["block"]["delivered"] == len(events) == sum(counts)
    assert rows["lossy"]["passed"] == rows["lossy"]["delivered"] + rows["lossy"]["lost"] == len(events)
    ends = told[np.isin(told["order_id"], (PUBLISHER_DIED, CLOSED))]
    assert metrics["publishers"][0]["refused"] == 0, "every notice found room"
    # One that was killed as it closed may be told of twice, with the same count.
    ends = ends[np.unique(ends["instrument"], return_index=True)[1]]
    assert ends["price"].sum() == len(events), "what they published is what arrived"
    if mode == "publish":
        assert len(died) >= KILLS // 2
        assert [n for n in died["price"].tolist() if n] == [n for n in counts if n], "each of them, in their order"
        batches = died[died["price"] > 0]
        seeds_used = [seed for seed, n in zip(seeds, counts, strict=True) if n]
        for seed, published, unpublished in zip(seeds_used, batches["price"], batches["qty"], strict=True):
            assert published + unpublished in shared_peer.batch_ends(seed, int(published)), "a whole batch was taken on"


@pytest.mark.parametrize("mode", ["read", "join"])
def test_killed_subscribers_hold_nobody_and_the_others_miss_nothing(name, mode, capsys):
    with capsys.disabled():
        print(f"\n{KILLS} kills of a subscriber ({mode}), QUANTUM_SEED={SEED}")
    rng = random.Random(SEED)
    bus = q.Bus.shared(name, capacity=256)
    publisher, control = bus.publisher("md.v.S"), bus.subscribe("control.>", policy="lossy")
    survivor = bus.subscribe("md.>")
    got: list[np.ndarray] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            got.extend(survivor.batches(timeout=0.01))

    reader = threading.Thread(target=read)
    reader.start()
    notices: list[np.ndarray] = []
    published = 0
    peers = [Peer(mode, name, each, rng.randrange(10**9)) for each in range(2)]
    try:
        for each in range(KILLS):
            victim = peers.pop(0)
            victim.go()
            end = time.monotonic() + rng.uniform(0, 0.04)
            while time.monotonic() < end:
                count = rng.choice((1, 3, 40, 700))
                publisher.publish(shared_peer.trades(0, published, count))
                published += count
            victim.kill()
            if each + 2 < KILLS:
                peers.append(Peer(mode, name, each + 2, rng.randrange(10**9)))
            # More than a ring: without the dead one's leave it would not fit.
            publisher.publish(shared_peer.trades(0, published, 1000))
            published += 1000
            drain(control, notices)
    finally:
        stop.set()
        reader.join()
        for left in peers:
            left.kill()
    drain(survivor, got)
    until(lambda: len(bus.metrics()["subscriptions"]) == 2)
    drain(control, notices)
    events, told = joined(got), joined(notices)
    assert survivor_check(events, 1) == [published]
    assert (events["sequence"] == np.arange(1, published + 1)).all()
    row = next(row for row in exact(bus) if row["pattern"] == "md.>")
    assert row["passed"] == row["delivered"] == published == publisher.published
    died = bus.metrics()["subscribers_died"]
    assert died == np.count_nonzero(told["order_id"] == SUBSCRIBER_DIED)
    if mode == "read":
        assert died >= KILLS // 2


def test_a_two_slot_ring_between_processes_never_gives_a_torn_event(name, peer):
    bus = q.Bus.shared(name, capacity=2)
    lossy = bus.subscribe("md.>", policy="lossy")
    peer("publish", name, 7, SEED).go()
    whole = lost = 0
    deadline = time.monotonic() + 20
    while (whole < 20_000 or lost < 20_000) and time.monotonic() < deadline:
        batch = lossy.poll()
        gaps = batch["kind"] == 11
        shared_peer.assert_whole(batch[~gaps])
        whole += np.count_nonzero(~gaps)
        lost += int(batch["qty"][gaps].sum())
    assert whole
    assert lost
    row = exact(bus)[0]
    assert (row["delivered"], row["lost"]) == (whole, lost)
