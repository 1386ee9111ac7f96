"""`quantum backtest` and `quantum run`: a strategy, some data, a simulated venue; a summary and a report come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

import quantum as q
from quantum.cli.strategy import load_strategy, parse_instrument, parse_parameters
from quantum.config import DEFAULTS
from quantum.errors import ConfigError

Command = TypeVar("Command", bound=Callable[..., None])

# What `quantum run` trades on unless told otherwise: a venue with every part of it at work.
TOUCH, CROSS = "examples/touch.py:Touch", "examples/cross.py:Cross"
RUN_VENUE = {"latency": "10ms", "queue": "power", "maker_bps": -0.5, "taker_bps": 7.0}
RUN_CASH = 1_000_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line asks for; None where it is left to the callee's default."""

    strategy: str
    data: Path | None
    instrument: str | None
    report: Path | None
    param: tuple[str, ...]
    cash: float
    latency: str | None
    feed_latency: str | None
    queue: str | None
    maker_bps: float | None
    taker_bps: float | None
    fills: str | None
    compile: bool


def venue_options(command: Command) -> Command:
    """The options `backtest` and `run` share."""
    file = click.Path(dir_okay=False, path_type=Path)
    for option in reversed(
        [
            click.option("--instrument", metavar="SYMBOL:TICK:LOT", help="The listing, e.g. BTCUSDT:0.1:0.001."),
            click.option("--param", multiple=True, metavar="NAME=VALUE", help="A strategy's parameter; repeatable."),
            click.option("--venue-latency", "latency", metavar="TIME", help="To the venue and back, each: 10ms."),
            click.option("--feed-latency", metavar="TIME", help="Added to the data's receive times."),
            click.option("--queue", help="Queue model: risk_averse or power."),
            click.option("--maker-bps", type=float, help="Maker fee in bps of notional; negative is a rebate."),
            click.option("--taker-bps", type=float, help="Taker fee in bps of notional."),
            click.option("--fills", type=click.Choice(["partial", "whole"]), help="How a resting order is filled."),
            click.option(
                "--compile", is_flag=True, help="Run the callbacks as machine code; needs the extra `compile`."
            ),
            click.option("--report", type=file, help="Write the tear sheet, one HTML file, here."),
        ]
    ):
        command = option(command)
    return command


@click.command()
@click.option("--strategy", required=True, metavar="FILE:CLASS", help="The strategy, e.g. touch.py:Touch.")
@click.option(
    "--data", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A recording."
)
@click.option("--cash", type=float, default=DEFAULTS.cash, show_default=True, help="Starting cash.")
@venue_options
def backtest(**options: Any) -> None:
    """Trade a recording with a strategy and print the result."""
    trade(Request(**options))


@click.command()
@click.option(
    "--strategy", default="", metavar="FILE:CLASS", help=f"By default {TOUCH}; where the data are bars, {CROSS}."
)
@click.option("--data", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A recording.")
@click.option("--cash", type=float, default=RUN_CASH, show_default=True, help="Starting cash.")
@venue_options
def run(**options: Any) -> None:
    """Trade the built-in market, or a recording, at a venue with latency, queue and fees; write the tear sheet."""
    given = {name: value for name, value in options.items() if value is not None}
    trade(Request(**{**dict.fromkeys(options), **RUN_VENUE, **given}), report="out")


def trade(request: Request, *, report: str | None = None) -> None:
    """Runs what was asked for, prints the summary, writes the report; by default into the folder ``report``, if any."""
    strategy_class = load_strategy(request.strategy) if request.strategy else None
    venue = make_venue(request)
    data = read_data(request)
    if strategy_class is None:
        strategy_class = load_strategy(CROSS if data.bar_span_ns else TOUCH)
    strategy = strategy_class(**parse_parameters(strategy_class, request.param))
    result = q.backtest(strategy, data, venue=venue, cash=request.cash, compile=request.compile)
    click.echo(str(result))
    page = request.report
    if page is None and report is not None:
        page = Path(report) / f"{strategy_class.__name__.lower()}.html"
    if page is not None:
        page.parent.mkdir(parents=True, exist_ok=True)
        result.report(page)
        click.echo(f"report: {page}")


def read_data(request: Request) -> q.data.Recording:
    """The recording, or the built-in market; says which, and what was inferred."""
    if request.data is None:
        if request.instrument is not None:
            raise ConfigError("--instrument describes a recording: give --data too, or leave both out")
        click.echo("data: the built-in market (synthetic order flow from a seed, not a recording)")
        return q.data.sample()
    given = None if request.instrument is None else parse_instrument(request.instrument)
    recording = q.data.read(request.data, instrument=given)
    said = "inferred from the data; --instrument overrides" if given is None else "as given"
    for each in recording.instruments:
        click.echo(f"data: {request.data}, {each.symbol} tick {each.tick_size} lot {each.lot_size} ({said})")
    return recording


def make_venue(request: Request) -> q.SimVenue:
    """The simulated venue; what was not asked for is left to its own defaults."""
    fees = {name: getattr(request, name) for name in ("maker_bps", "taker_bps") if getattr(request, name) is not None}
    names = ("latency", "feed_latency", "queue", "fills")
    given = {name: getattr(request, name) for name in names if getattr(request, name) is not None}
    if fees:
        given["fees"] = q.Fees(**fees)
    return q.SimVenue(**given)
