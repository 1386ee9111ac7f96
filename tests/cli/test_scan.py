"""`quantum scan`: what a person sees, which hits they are, how mistakes are said, how growing data is followed."""

from __future__ import annotations

import gzip
import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import quantum as q
from markets import make_market
from quantum.cli.app import execute
from quantum.cli.follow import Follower


@pytest.fixture
def market() -> pd.DataFrame:
    return pd.concat([make_market("NA", 120, 1), make_market("BB", 120, 2)], ignore_index=True)


def hits_of(frame: pd.DataFrame, **options: object) -> pd.DataFrame:
    return q.Scanner(**options).scan(q.Panel.from_pandas(frame)).to_pandas().astype({"symbol": str, "pattern": str})


@pytest.mark.parametrize("form", ["parquet", "csv", "csv.gz", "semicolons", "folder"])
def test_the_hits_of_the_last_bars_are_shown_and_written_whatever_the_format(market, tmp_path, capsys, form):
    path = tmp_path / f"bars.{form}"
    if form == "parquet":
        market.to_parquet(path)
    elif form == "folder":
        path.mkdir()
        for symbol, rows in market.groupby("symbol"):
            rows.drop(columns="symbol").to_csv(path / f"{symbol}.csv", index=False)
    else:
        market.to_csv(path, index=False, sep=";" if form == "semicolons" else ",")
    out = tmp_path / "hits.csv"
    assert execute(["scan", "--data", str(path), "--last", "10", "--top", "2", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    every = hits_of(market)
    expected = every[every["time"] >= market["time"].max() - pd.Timedelta(days=9)]
    written = pd.read_csv(out, keep_default_na=False)
    assert list(written["t"]) == list(expected["t"]) and list(written["symbol"]) == list(expected["symbol"])
    np.testing.assert_allclose(written["confidence"], expected["confidence"])
    assert "2 symbols, 240 rows, 2020-01-01 .. 2020-04-29" in said
    assert f"{len(every):,} hits, {len(expected)} in the last 10 bars" in said
    assert f"2 of {len(expected)} hits, the strongest first" in said
    strongest = expected.sort_values("confidence", ascending=False, kind="stable").head(2)
    rows = said[said.index("time  ") :].splitlines()[1:3]
    assert [row.split()[1:3] for row in rows] == strongest[["symbol", "pattern"]].to_numpy().tolist()


def test_since_min_confidence_patterns_and_settings_choose(market, tmp_path, capsys):
    path, out = tmp_path / "bars.parquet", tmp_path / "deep" / "hits.parquet"
    market.rename(columns={"symbol": "Ticker", "time": "Date", "close": "C"}).to_parquet(path)
    options = "--patterns breakout,FairValueGap --since 2020-03-01 --min-confidence 0.5 --set range_bars=9"
    assert execute(["scan", "--data", str(path), *options.split(), "--out", str(out)]) == 0
    expected = hits_of(market, patterns=["breakout", "fair_value_gap"], min_confidence=0.5, range_bars=9)
    expected = expected[expected["time"] >= "2020-03-01"]
    written = pd.read_parquet(out)
    assert len(written) == len(expected) > 3 and (written["confidence"].to_numpy() == expected["confidence"]).all()
    assert "Ticker as symbol, Date as time, open, high, low, C as close, volume" in capsys.readouterr().out


def test_dirty_rows_are_said_by_reason_symbol_and_time(market, tmp_path, capsys):
    market.loc[3, "low"] = -1
    market.loc[[5, 6, 7, 130, 131], "volume"] = 0
    market.loc[9, "close"] = np.nan
    market.to_csv(tmp_path / "bars.csv", index=False)
    assert execute(["scan", "--data", str(tmp_path / "bars.csv")]) == 0
    said = capsys.readouterr().out
    assert "dirty: price <= 0: 1 row, left out: NA 2020-01-04" in said
    assert "dirty: not finite: 1 row, left out: NA 2020-01-10" in said
    assert "dirty: zero volume: 5 rows, used: BB 2020-01-11, BB 2020-01-12, NA 2020-01-06 and 2 more" in said


def test_a_file_without_symbol_or_volume_is_one_instrument(market, tmp_path, capsys):
    path = tmp_path / "6EH4.XCME.csv"
    market.iloc[:120].drop(columns=["symbol", "volume"]).to_csv(path, index=False)
    assert execute(["scan", "--data", str(path), "--last", "120"]) == 0
    said = capsys.readouterr().out
    assert "no volume column, so patterns of volume find nothing" in said and " 6EH4.XCME " in said
    assert "zero volume" not in said and "volume_anomaly" not in said


@pytest.mark.parametrize("bars", [0, 1, 13])
def test_short_histories_are_no_mistake(market, tmp_path, capsys, bars):
    market.iloc[:bars].to_csv(tmp_path / "bars.csv", index=False)
    assert execute(["scan", "--data", str(tmp_path / "bars.csv")]) == 0
    assert "0 hits, 0 in the last bar" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--patterns", "brekout"], 'the nearest is "breakout"'),
        (["--min-confidence", "2"], "from 0 to 1"),
        (["--set", "volume_zz=3"], 'the nearest is "volume_z"'),
        (["--set", "window_bars=0"], "from 2 to 1000"),
        (["--set", "volume_z"], "name=number"),
        (["--since", "yesterday-ish"], "2024-01-31"),
        (["--out", "hits.txt"], ".csv"),
        (["--out", "hits.parquet", "--watch"], ".csv"),
        (["--data", "nowhere.csv"], "nowhere.csv"),
        (["--last", "0"], "x>=1"),
    ],
)
def test_a_mistake_is_said_and_the_exit_code_is_two(market, tmp_path, capsys, options, says):
    path = tmp_path / "bars.csv"
    market.to_csv(path, index=False)
    assert execute(["scan", "--data", str(path), *options]) == 2
    printed = capsys.readouterr()
    assert says in printed.err and "Traceback" not in printed.err


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("bars.csv", b"date,open,high,close,volume\n2020-01-01,1,1,1,1\n", "has no column low; it has 'date', 'open'"),
        ("bars.csv", b"when,open,high,low,close\n", "has no column time"),
        ("bars.csv", b"", "has no column time"),
        ("bars.csv", b"time,open,high,low,close\n2020-01-01,1,1,cheap,1\n", "low cannot be read as numbers"),
        ("bars.csv", b"time,open,high,low,close\nsoon,1,1,1,1\n", "time cannot be read"),
        ("bars.csv", b"\x9c\x9d\xff\n", "cannot be read as CSV"),
        ("bars.parquet", b"PAR1 and nothing more", "cannot be read as Parquet"),
        ("bars.csv.gz", gzip.compress(b"time,open,high,low,close\n" * 99)[:30], "cannot be read as CSV"),
    ],
)
def test_a_file_that_holds_no_bars_is_named_with_what_is_missing(tmp_path, capsys, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    assert execute(["scan", "--data", str(path)]) == 2
    said = capsys.readouterr().err
    assert says in said and str(path) in said and len(said.splitlines()) == 1


def test_a_folder_without_bars_is_said(tmp_path, capsys):
    assert execute(["scan", "--data", str(tmp_path)]) == 2
    assert "no file of bars" in capsys.readouterr().err


def lines_of(frame: pd.DataFrame) -> str:
    return frame.to_csv(index=False, header=False)


def test_a_follower_hands_each_bar_on_once(market, tmp_path):
    path = tmp_path / "bars.csv"
    market = market.sort_values("time", kind="stable").reset_index(drop=True)
    market.iloc[:100].to_csv(path, index=False)
    follower = Follower(path)
    assert len(follower.read()) == 100
    assert follower.poll() is None
    with path.open("a") as file:
        file.write(lines_of(market.iloc[100:104]))
    assert len(follower.poll()) == 4
    text = lines_of(market.iloc[104:106])
    with path.open("a") as file:
        file.write(text[:-30])
    assert len(follower.poll()) == 1, "a line that has no end yet waits"
    with path.open("a") as file:
        file.write(text[-30:])
    late = follower.poll()
    assert list(late.symbol) == ["BB"] or list(late.symbol) == ["NA"]
    np.testing.assert_allclose(late.columns["close"], market["close"][105:106])
    replaced = market.iloc[50:112].copy()
    replaced.iloc[0, 4] = 1.0
    replaced.to_csv(path, index=False)
    fresh = follower.poll()
    assert len(fresh) == 6 and (np.diff(fresh.time) >= 0).all()
    with path.open("a") as file:
        file.write(lines_of(market.iloc[112:114]) + lines_of(market.iloc[112:114]) + lines_of(market.iloc[:2]))
    assert len(follower.poll()) == 2


def test_a_follower_takes_replaced_parquet_and_new_files_of_a_folder(market, tmp_path):
    one, other = (rows.drop(columns="symbol") for _, rows in market.groupby("symbol"))
    one.iloc[:50].to_parquet(tmp_path / "A.parquet")
    follower = Follower(tmp_path)
    assert len(follower.read()) == 50
    one.iloc[:53].to_parquet(tmp_path / "A.parquet")
    other.iloc[:10].to_csv(tmp_path / "B.csv.gz", index=False)
    fresh = follower.poll()
    assert list(fresh.symbol).count("A") == 3 and list(fresh.symbol).count("B") == 10
    assert follower.poll() is None


def test_a_last_line_without_an_end_counts_if_the_file_has_rested(market, tmp_path):
    path = tmp_path / "bars.csv"
    path.write_text(market.iloc[:30].to_csv(index=False).rstrip("\n"))
    os.utime(path, (time.time() - 60, time.time() - 60))
    follower = Follower(path)
    assert len(follower.read()) == 30
    with path.open("a") as file:
        file.write("\n" + lines_of(market.iloc[30:31]))
    assert len(follower.poll()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_watch_shows_the_hits_of_new_bars_and_ends_cleanly_on_interrupt(market, tmp_path):
    path, out = tmp_path / "bars.csv", tmp_path / "hits.csv"
    market = market.sort_values("time", kind="stable").reset_index(drop=True)
    market.iloc[:120].to_csv(path, index=False)
    call = ["scan", "--data", str(path), "--watch", "--every", "0.05", "--last", "60", "--out", str(out)]
    command = [sys.executable, "-u", "-m", "quantum.cli", *call]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            while "watching" not in process.stdout.readline():
                assert process.poll() is None, process.stderr.read()
            with path.open("a") as file:
                file.write(lines_of(market.iloc[120:]))
            line = process.stdout.readline()
            while "120 new bars" not in line:
                assert process.poll() is None, process.stderr.read()
                line = process.stdout.readline()
        finally:
            process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 0 and errors == ""
    expected = hits_of(market)
    assert len(pd.read_csv(out)) == len(expected)
    assert rest.splitlines()[-1] == f"stopped: 120 new bars, {(expected['t'] >= 60).sum()} hits"


def test_the_real_panel_is_scanned(shared: object, capsys):
    path: pathlib.Path = shared("data/us_daily/us_stocks_etfs_daily_2016_2017.parquet")
    assert execute(["scan", "--data", str(path), "--top", "50"]) == 0
    said = capsys.readouterr().out
    assert "8,507 symbols, 3,466,686 rows, 2016-01-04 .. 2017-11-10" in said
    assert "dirty: price <= 0: 1 row, left out: HLG 2017-08-10" in said
    assert "dirty: zero volume: 15,904 rows, used" in said
    assert sum(line.startswith("2017-11-10") for line in said.splitlines()) == 50


def test_a_missing_extra_is_one_line_and_no_traceback(tmp_path, capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    file = tmp_path / "bars.parquet"
    file.write_bytes(b"PAR1" + bytes(40))
    assert execute(["data", "info", str(file)]) == 2
    assert capfd.readouterr().err == "quantum: pyarrow is not installed; pip install 'quantum-hft[arrow]'\n"
