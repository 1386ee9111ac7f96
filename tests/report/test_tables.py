"""Tables: columns, rows, conversions, one-screen print, and what they say without the library they need."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from fake import raw_run

from quantum.errors import ConfigError
from quantum.report import Run
from quantum.tables import Table


def table(rows: int = 3) -> Table:
    return Table.from_columns(
        {
            "time": np.arange(rows).astype("datetime64[ns]"),
            "side": np.array(["buy", "sell"])[np.arange(rows) % 2],
            "price": np.arange(rows) + 0.5,
        },
        name="things",
    )


def test_columns_rows_slices_and_masks() -> None:
    found = table(10)
    assert found.columns == ("time", "side", "price")
    assert len(found) == 10
    assert found["price"].tolist()[:2] == [0.5, 1.5]
    assert found[-1]["side"] == "sell"
    assert isinstance(found[2:4], Table)
    assert len(found[found["side"] == "buy"]) == 5
    assert found[["price", "side"]].columns == ("price", "side")
    assert np.asarray(found).dtype == found.array.dtype
    with pytest.raises(KeyError, match="no column 'prise'; there are time, side, price"):
        found["prise"]


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_conversions_keep_every_value(library: str) -> None:
    pytest.importorskip(library)
    run = Run(raw_run())
    for source in (run.fills, run.orders, run.equity, run.samples, run.round_trips, run.refusals):
        name = {"pandas": "to_pandas", "polars": "to_polars", "pyarrow": "to_arrow"}[library]
        frame = getattr(source, name)()
        names = list(frame.column_names if library == "pyarrow" else frame.columns)
        assert names == list(source.columns)
        for column in names:
            values = np.asarray(frame[column])
            if source[column].dtype.kind == "M":
                assert np.array_equal(values.astype("datetime64[ns]"), source[column])
            elif source[column].dtype.kind == "f":
                assert np.array_equal(values.astype(float), source[column], equal_nan=True)
            else:
                assert values.tolist() == source[column].tolist()


@pytest.mark.parametrize(("method", "says"), [("to_polars", "polars"), ("to_arrow", "arrow")])
def test_an_absent_library_is_named_with_its_command(method: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("polars", "pyarrow"):
        monkeypatch.setitem(sys.modules, name, None)
    for kind in (ConfigError, ImportError):
        with pytest.raises(kind, match=rf"pip install 'quantum-hft\[{says}\]'"):
            getattr(table(), method)()


@pytest.mark.parametrize("rows", [0, 1, 20, 21, 100_000])
def test_print_is_one_screen(rows: int) -> None:
    lines = repr(table(rows)).splitlines()
    assert len(lines) <= 24
    assert f"{rows:,} things" in lines[-1]
    assert (f"… {rows - 20:,} more …" in lines) == (rows > 20)


def test_html_is_escaped() -> None:
    found = Table.from_columns({"<i>": np.array(["<script>"])}, name="<b>")
    page = found._repr_html_()
    assert not [tag for tag in ("<script>", "<i>", "<b>") if tag in page]
    assert "&lt;script&gt;" in page


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ConfigError, match="column 'b' has shape"):
        Table.from_columns({"a": np.zeros(2), "b": np.zeros(3)})
    with pytest.raises(ConfigError, match="structured"):
        Table(np.zeros(3))
