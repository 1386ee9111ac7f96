"""`quantum sweep`: a strategy with each combination of some parameters; the table and what to think of the best."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

import quantum as q
from quantum.cli.backtest import Request, make_venue, read_data, venue_options
from quantum.cli.strategy import convert, load_strategy, nearest, parse_parameters, type_name
from quantum.config import DEFAULTS
from quantum.errors import ConfigError

OWN = ("grid", "trials", "seed", "metric", "sampling", "workers", "csv")


@click.command()
@click.option("--strategy", required=True, metavar="FILE:CLASS", help="The strategy, e.g. touch.py:Touch.")
@click.option("--data", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A recording.")
@click.option("--grid", multiple=True, required=True, metavar="NAME=V1,V2,…", help="Values to try; repeatable.")
@click.option("--trials", type=int, help="Draw so many combinations at random instead of running all.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draw.")
@click.option("--metric", type=click.Choice(["sharpe", "pnl"]), default="sharpe", show_default=True)
@click.option("--sampling", metavar="TIME", help="Period of the ratios: 1s, 5m, 1d.")
@click.option("--workers", type=int, help="Threads to use with --compile.")
@click.option("--csv", type=click.Path(dir_okay=False, path_type=Path), help="Write the table of runs here.")
@click.option("--cash", type=float, default=DEFAULTS.cash, show_default=True, help="Starting cash.")
@venue_options
def sweep(**options: Any) -> None:
    """Trade a recording, or the built-in market, with many parameters and judge the best of them."""
    own = {name: options.pop(name) for name in OWN}
    request = Request(**options)
    kind = load_strategy(request.strategy)
    fixed = parse_parameters(kind, request.param)
    grid = parse_grid(kind, own["grid"])
    found = q.sweep(
        kind(**fixed) if fixed else kind,
        read_data(request),
        grid=grid,
        venue=make_venue(request),
        cash=request.cash,
        compile=request.compile,
        metric=own["metric"],
        sampling=own["sampling"],
        trials=own["trials"],
        seed=own["seed"],
        workers=own["workers"],
    )
    click.echo(str(found))
    if own["csv"] is not None:
        own["csv"].parent.mkdir(parents=True, exist_ok=True)
        found.to_pandas().to_csv(own["csv"], index=False)
        click.echo(f"table: {own['csv']}")
    if request.report is not None:
        request.report.parent.mkdir(parents=True, exist_ok=True)
        found.report(request.report)
        click.echo(f"report: {request.report}")


def parse_grid(kind: type[q.Strategy], given: Iterable[str]) -> dict[str, list[Any]]:
    """`qty=0.1,0.2` as {"qty": [0.1, 0.2]}, each value of its field's type. Raises ConfigError, naming the nearest."""
    fields = kind.fields()
    grid: dict[str, list[Any]] = {}
    for text in given:
        name, equals, values = text.partition("=")
        name = name.strip()
        if not equals or not values.strip():
            raise ConfigError(f"values to try are given as name=value,value, not {text!r}")
        if name not in fields:
            raise ConfigError(f"{kind.__name__} has no parameter {name!r}{nearest(name, fields)}")
        if name in grid:
            raise ConfigError(f"--grid names {name!r} twice: give all its values at once")
        what = f"{kind.__name__}.{name}"
        grid[name] = [convert(value.strip(), type_name(fields[name]), what) for value in values.split(",")]
    return grid
