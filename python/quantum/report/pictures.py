"""A run as the pictures that :mod:`quantum.plot` draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantum.plot import Fills, Market, Pictures

if TYPE_CHECKING:
    from quantum.report.run import Run

__all__ = ["pictures"]


def pictures(run: Run) -> Pictures:
    """Samples and fills of the run, per instrument."""
    samples, fills = run.samples, run.fills
    several = len(run.instruments) > 1
    numbers = run.fill_instruments
    markets = []
    for number, instrument in enumerate(run.instruments):
        suffix = f" {instrument.symbol}" if several else ""
        own = fills[numbers == number]
        markets.append(
            Market(
                symbol=instrument.symbol,
                mid=samples[f"mid{suffix}"],
                position=samples[f"position{suffix}"],
                fills=Fills(
                    times_ns=np.ascontiguousarray(own["time"]).view(np.int64),
                    price=own["price"],
                    qty=own["qty"],
                    fee=own["fee"],
                    buy=own["side"] == "buy",
                ),
            )
        )
    return Pictures(
        times_ns=np.ascontiguousarray(samples["time"]).view(np.int64),
        equity=samples["equity"],
        cash=samples["cash"],
        fees=samples["fees"],
        drawdown=samples["drawdown"],
        currency=run.currency,
        markets=markets,
    )
