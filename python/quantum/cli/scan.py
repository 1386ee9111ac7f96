"""`quantum scan`: patterns in a file or folder of bars, once or as it grows."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

import quantum as q
from quantum.cli.follow import Follower
from quantum.errors import ConfigError, DataError
from quantum.frames import to_nanoseconds
from quantum.progress import Progress
from quantum.scanner.files import NAMES, Rows
from quantum.tables import aligned

OUT_ENDINGS = (".csv", ".csv.gz", ".parquet")
SHOWN = ("time", "symbol", "pattern", "kind", "direction", "confidence", "lo", "hi")
HEADER = [*SHOWN[:-2], "low", "high"]
BAR_WIDTH = 8
EXAMPLES = 3
DIRECTIONS = {1: "▲ up", -1: "▼ down", 0: "·"}
COLOURS = {1: "green", -1: "red", 0: None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line asks for."""

    path: Path
    patterns: str
    top: int
    min_confidence: float
    last: int
    since: str | None
    setting: tuple[str, ...]
    out: Path | None
    watch: bool
    every: float


@click.command()
@click.option(
    "--data",
    "path",
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="Bars: a Parquet or CSV file (gzip or not), of one or many symbols, or a folder of such files.",
)
@click.option("--patterns", default="all", show_default=True, metavar="NAMES", help="Separated by commas.")
@click.option("--top", default=20, show_default=True, type=click.IntRange(min=1), help="How many hits are shown.")
@click.option("--min-confidence", default=0.0, show_default=True, type=float, help="Least strength, 0 to 1.")
@click.option("--last", default=1, show_default=True, type=click.IntRange(min=1), help="Hits of so many last bars.")
@click.option("--since", metavar="TIME", help="Hits from this time on (2024-01-31, or with 15:30), in place of --last.")
@click.option("--set", "setting", multiple=True, metavar="NAME=NUMBER", help="A pattern's number, e.g. volume_z=4.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write all these hits: .csv or .parquet.")
@click.option("--watch", is_flag=True, help="Then follow the data and show the hits of new bars, until Ctrl-C.")
@click.option("--every", default=1.0, show_default=True, type=click.FloatRange(min=0.01), help="Seconds between looks.")
def scan(**options: Any) -> None:
    """Find chart patterns in bars: breakouts, gaps, order blocks, sweeps and more."""
    Scan(Request(**options)).run()


class Scan:
    """One call of the command: its scanner, and what it has found."""

    def __init__(self, request: Request) -> None:
        self.request = request
        if request.out is not None:
            check_out(request.out, request.watch)
        names = [name.strip() for name in request.patterns.split(",") if name.strip()]
        self.scanner = q.Scanner(names, min_confidence=request.min_confidence, **parse_settings(request.setting))
        self.since = None if request.since is None else moment(request.since)
        self.daily = True

    def run(self) -> None:
        """Reads, scans, shows; then follows if asked to."""
        request = self.request
        progress = Progress(None, unit=None)
        follower = Follower(request.path)
        rows = follower.read(progress)
        progress.close()
        panel = q.Panel(rows.symbol, rows.time, rows.columns)
        say_data(rows, panel, request.path)
        say_dirt(panel.dirty, rows.has_volume)
        begin = time.perf_counter()
        hits = self.scanner.scan(panel)
        took = time.perf_counter() - begin
        self.daily = is_daily(rows.time)
        chosen, what = self.choose(hits, rows.time)
        click.echo(f"scan: {took * 1e3:,.0f} ms, {len(hits):,} hits, {len(chosen):,} {what}\n")
        self.show(chosen)
        if not len(chosen) and len(hits):
            click.echo(f"the newest hit is of {self.text(hits['time'][-1])}; --last and --since show older ones")
        if request.out is not None:
            write(chosen, request.out)
            click.echo(f"written: {request.out}, {len(chosen):,} hits")
        if request.watch:
            self.watch(follower)

    def choose(self, hits: q.scanner.Table, times: NDArray[np.int64]) -> tuple[q.scanner.Table, str]:
        """The hits asked for, and what they are."""
        first, what = self.since, f"since {self.request.since}"
        if first is None:
            axis = np.unique(times)[-self.request.last :]
            first = int(axis[0]) if len(axis) else 0
            bars = "the last bar" if len(axis) <= 1 else f"the last {len(axis)} bars"
            what = f"in {bars}" + (f" ({self.text(axis.view('datetime64[ns]')[0])})" if len(axis) == 1 else "")
        return hits[hits["time"].view(np.int64) >= first], what

    def show(self, hits: q.scanner.Table) -> None:
        """The strongest hits as a table, and what there is besides."""
        if not len(hits):
            return
        shown = self.show_strongest([hits])
        counts = zip(*np.unique(hits["pattern"].astype(str), return_counts=True), strict=True)
        said = ", ".join(f"{name} {number:,}" for name, number in counts)
        click.echo(f"\n{shown:,} of {count(len(hits), 'hit')}, the strongest first ({said})")
        click.echo("confidence is the strength of a pattern, not a probability")

    def show_strongest(self, tables: Sequence[q.scanner.Table]) -> int:
        """The strongest hits of several tables as one; how many."""
        top = self.request.top
        best = [hits[np.argsort(-hits["confidence"], kind="stable")[:top]] for hits in tables]
        rows = [row for hits in best for row in cells(hits, self.daily)]
        strength, way = (np.concatenate([hits[name] for hits in best]) for name in ("confidence", "direction"))
        order = np.argsort(-strength, kind="stable")[:top]
        lines = aligned([HEADER, *(rows[number] for number in order)], [False] * 6 + [True] * 2)
        click.echo(click.style(lines[0], bold=True))
        for line, number in zip(lines[1:], order, strict=True):
            click.echo(click.style(line, fg=COLOURS[int(way[number])]))
        return len(order)

    def watch(self, follower: Follower) -> None:
        """Looks for new bars until interrupted; what cannot be read is said once and tried again."""
        click.echo(f"\nwatching {self.request.path} every {self.request.every:g} s; Ctrl-C ends")
        bars, found, said = 0, 0, ""
        with interruption() as stop:
            while not stop.wait(self.request.every):
                try:
                    rows = follower.poll()
                    said = ""
                except (OSError, DataError) as error:  # half written, or away for a moment
                    if str(error) != said:
                        said = str(error)
                        click.echo(f"waiting: {said}", err=True)
                    continue
                if rows is not None:
                    bars += len(rows)
                    found += self.take(rows)
        click.echo(f"\nstopped: {count(bars, 'new bar')}, {count(found, 'hit')}")

    def take(self, rows: Rows) -> int:
        """Scans new bars and shows their hits; how many."""
        known = len(self.scanner.dirty)
        begin = time.perf_counter()
        edges = np.flatnonzero(np.diff(rows.time)) + 1
        tables = []
        for part in np.split(np.arange(len(rows)), edges):
            one = rows.take(part)
            tables.append(self.scanner.update({"symbol": one.symbol.astype(object), "time": one.time, **one.columns}))
        took = time.perf_counter() - begin
        found = sum(map(len, tables))
        clock = time.strftime("%H:%M:%S")
        newest = self.text(rows.time[-1:].view("datetime64[ns]")[0])
        came = f"{count(len(rows), 'new bar')}, the last of {newest}"
        click.echo(f"\n{clock}  {came}: {count(found, 'hit')}, {took * 1e3:.1f} ms")
        say_dirt(self.scanner.dirty[known:], rows.has_volume)
        tables = [hits for hits in tables if len(hits)]
        if tables:
            self.show_strongest(tables)
        for hits in tables if self.request.out is not None else ():
            hits.to_pandas().to_csv(self.request.out, mode="a", header=False, index=False)
        return found

    def text(self, when: np.datetime64) -> str:
        """A time as short as it is exact."""
        return text_of(when, self.daily)


@contextmanager
def interruption() -> Iterator[threading.Event]:
    """An event that Ctrl-C sets, so that what is under way is finished; a second Ctrl-C interrupts as ever."""
    stop = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def on_interrupt(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        stop.set()

    signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def cells(hits: q.scanner.Table, daily: bool) -> list[list[str]]:
    """Hits as text, a list a hit."""
    rows = []
    for when, symbol, pattern, kind, way, confidence, low, high in zip(*(hits[name] for name in SHOWN), strict=True):
        bar = "█" * round(confidence * BAR_WIDTH)
        strength = f"{confidence:.2f} {bar:<{BAR_WIDTH}}"
        rows.append(
            [text_of(when, daily), str(symbol), pattern, kind, DIRECTIONS[int(way)], strength, price(low), price(high)]
        )
    return rows


def count(number: int, noun: str) -> str:
    """A number of things."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def price(value: float) -> str:
    """A price with the digits float32 files have; nothing for NaN."""
    return "" if np.isnan(value) else f"{value:,.7g}"


def text_of(when: np.datetime64, daily: bool) -> str:
    """The date, or the time to the second or finer where that is needed."""
    if daily:
        return str(when.astype("datetime64[D]"))
    coarse = when.astype("datetime64[s]")
    return str(coarse if coarse == when else when).replace("T", " ")


def is_daily(times: NDArray[np.int64]) -> bool:
    """Whether all times are midnights."""
    return bool((times % 86_400_000_000_000 == 0).all())


def say_data(rows: Rows, panel: q.Panel, path: Path) -> None:
    """What was read, and which columns were taken for what."""
    daily, span = is_daily(rows.time), ""
    if len(rows):
        ends = np.array([rows.time.min(), rows.time.max()]).view("datetime64[ns]")
        span = ", " + " .. ".join(text_of(each, daily) for each in ends)
    click.echo(f"data: {path}, {count(len(panel.symbols), 'symbol')}, {count(len(rows), 'row')}{span}")
    said = [
        f"{rows.names[name]} as {name}" if rows.names[name].lower() != name else name
        for name in NAMES
        if name in rows.names
    ]
    alone = "" if "symbol" in rows.names else "; no symbol column, so a file is one symbol, called as the file is"
    without = "" if rows.has_volume else "; no volume column, so patterns of volume find nothing"
    click.echo(f"columns: {', '.join(said)}{alone}{without}")


def say_dirt(dirty: q.scanner.Table, has_volume: bool) -> None:
    """Rows that are not as they should be, a line a reason, with some of them by symbol and time."""
    reasons = dirty["reason"].astype(str)
    for reason in dict.fromkeys(reasons):
        if reason == "zero volume" and not has_volume:
            continue
        some = dirty[reasons == reason]
        daily = is_daily(some["time"].view(np.int64))
        first = some[:EXAMPLES]
        named = [
            f"{symbol} {text_of(when, daily)}" for symbol, when in zip(first["symbol"], first["time"], strict=True)
        ]
        used = "used" if some["used"][0] else "left out"
        more = f" and {len(some) - EXAMPLES:,} more" if len(some) > EXAMPLES else ""
        click.echo(f"dirty: {reason}: {count(len(some), 'row')}, {used}: {', '.join(named)}{more}")


def parse_settings(given: tuple[str, ...]) -> dict[str, Any]:
    """`volume_z=4` as {"volume_z": 4.0}."""
    settings: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        try:
            settings[name.strip()] = float(value)
        except ValueError:
            raise ConfigError(f"a setting is given as name=number, as in volume_z=4, not {text!r}") from None
        if not equals:
            raise ConfigError(f"a setting is given as name=number, as in volume_z=4, not {text!r}")
    return settings


def moment(text: str) -> int:
    """A time on the command line in ns."""
    try:
        return int(to_nanoseconds([text])[0])
    except DataError:
        raise ConfigError(f"--since is {text!r}; it must be a time such as 2024-01-31 or 2024-01-31T15:30") from None


def check_out(path: Path, watch: bool) -> None:
    """Refuses a name that says no format before anything is read."""
    if not path.name.lower().endswith(OUT_ENDINGS):
        raise ConfigError(f"--out is {path}; its name must end in {', '.join(OUT_ENDINGS)}")
    if watch and not path.name.lower().endswith(".csv"):
        raise ConfigError(f"--out is {path}; with --watch hits are added as they come, to a name that ends in .csv")


def write(hits: q.scanner.Table, path: Path) -> None:
    """Hits as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = hits.to_pandas()
    if path.name.lower().endswith(".parquet"):
        from quantum.extras import extra

        extra("pyarrow", "arrow")
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False)
