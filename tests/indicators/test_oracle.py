"""Every indicator against the recorded oracle sets: 1e-9, the same NaN mask, exact where whole numbers are."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import quantum as q

Shared = Callable[[str], pathlib.Path]
OUTPUTS = {"hist": "histogram", "u": "upper", "m": "middle", "l": "lower"}
EXACT = ("CDL", "AROON", "DONCHIAN")


def compute(bars: pd.DataFrame, column: str) -> np.ndarray:
    """Our series for a column of the oracle, as in ``MACD_12_26_9.macd``."""
    for written, dotted in (("T3_5_0.7", "T3_5_0,7"), ("SAR_0.02_0.2", "SAR_0,02_0,2")):
        column = column.replace(written, dotted)
    name, _, output = column.partition(".")
    if name == "CORREL_hl_20":
        return np.asarray(q.ta.correl(bars.high, bars.low, 20))
    row, arguments = q.ta.parse(name.lower().replace(",", "."))
    result = q.ta.run(row.name, bars, *arguments)
    return np.asarray(getattr(result, OUTPUTS.get(output, output)) if output else result)


@pytest.mark.parametrize("name", ["goog_1d", "adv_flat", "adv_ties"])
def test_every_indicator_equals_the_oracle(shared: Shared, name: str) -> None:
    bars = pd.read_csv(shared(f"oracles/scanner/{name}.csv"))
    expected = pd.read_csv(shared(f"oracles/scanner/{name}.talib.csv.gz"))
    first_valid = json.loads(shared("oracles/scanner/meta.json").read_text())["sets"][name]["first_valid"]
    wrong = []
    for column in expected.columns[1:]:
        got, want = compute(bars, column), expected[column].to_numpy(np.float64)
        limit = 0.0 if column.startswith(EXACT) else 1e-9
        error = np.abs(got - want) / np.maximum(1.0, np.abs(want))
        first = int(np.argmax(~np.isnan(got))) if not np.isnan(got).all() else -1
        same_mask = bool((np.isnan(got) == np.isnan(want)).all())
        if not same_mask or first != first_valid[column] or np.nanmax(error, initial=0.0) > limit:
            wrong.append((column, same_mask, first, np.nanmax(error, initial=0.0)))
    assert len(expected.columns) == 71
    assert wrong == []


def test_lookback_is_the_first_valid_index(shared: Shared) -> None:
    bars = pd.read_csv(shared("oracles/scanner/goog_1d.csv"))
    for row in q.ta.catalog():
        frame = {label: bars[label] for label in ("open", "high", "low", "close", "volume")}
        frame |= {"first": bars.high, "second": bars.low}
        if not set(row.inputs) <= set(frame):
            continue
        result = q.ta.run(row.name, *[frame[label] for label in row.inputs])
        series = result[0] if isinstance(result, tuple) else result
        assert int(np.argmax(series.notna().to_numpy())) == row.lookback(), row.name
