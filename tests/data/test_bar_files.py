"""Tables of bars as recordings: formats, columns, times, and rows that cannot be."""

import gzip

import numpy as np
import pandas as pd
import polars as pl
import pytest

import quantum as q

MINUTE = 60_000_000_000
BTC = q.Instrument("BTC", tick_size="0.5", lot_size="0.001", currency="USDT")
START = pd.Timestamp("2024-03-01 09:30", tz="UTC")


def table(count=5, **changes):
    close = 100.0 + np.arange(count)
    frame = pd.DataFrame({
        "time": pd.date_range(START, periods=count, freq="1min"),
        "open": close, "high": close + 1, "low": close - 1, "close": close + 0.5, "volume": 10.0 + np.arange(count),
    })  # fmt: skip
    return frame.assign(**changes)


def starts(recording):
    return pd.to_datetime(recording.bars["open_ns"], utc=True).tolist()


@pytest.mark.parametrize("name", ["1m.csv.gz", "bid-2012.csv.gz", "ask-2012.csv.gz", "20240131.csv.gz"])
def test_the_recorded_bars_are_read_whole(shared, name):
    file = next(shared("data/bars").glob(f"*{name}"))
    with gzip.open(file, "rt") as lines:
        rows = sum(1 for _ in lines) - 1
    recording = q.data.read(file)
    assert recording.report["bars"] + recording.report["malformed"]["count"] == rows
    assert recording.report["malformed"]["count"] <= rows // 100
    frame = pd.read_csv(file)
    assert recording.bars["close"].sum() == pytest.approx(frame["close"].sum(), rel=1e-3)
    assert "columns: " in recording.report["notes"][0]
    assert q.data.info(file).report["bars"] == recording.report["bars"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("timestamp,open,high,low,close,volume\n2024-03-01 09:30:00,1,2,1,2,5\n2024-03-01 09:31:00,2,2,1,1,5\n", START),
        ("Date;Open;High;Low;Close\n2024-03-01T09:30:00Z;1;2;1;2\n2024-03-01T09:31:00Z;2;2;1;1\n", START),
        ("<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\n2024.03.01\t09:30:00\t1\t2\t1\t2\t5\n"
         "2024.03.01\t09:31:00\t2\t2\t1\t1\t5\n", START),
        ("unix,o,h,l,c,v\n1709285400,1,2,1,2,5\n1709285460,2,2,1,1,5\n", START),
        ("1709285400000,1,2,1,2,5,1709285459999,9,3,1,1,0\n1709285460000,2,2,1,1,5,1709285519999,9,3,1,1,0\n", START),
        ("1709285400000000,1,2,1,2,5\n1709285460000000,2,2,1,1,5\n", START),
        ("date,open,high,low,close\n20240301,1,2,1,2\n20240302,2,2,1,1\n", START.normalize()),
        ("timestamp,open,high,low,close,Volume BTC,Volume USDT\n2024-03-01 09:31:00,2,2,1,1,5,7\n"
         "2024-03-01 09:30:00,1,2,1,2,5,8\n2024-03-01 09:29:00,1,2,1,2,5,8\n", START - pd.Timedelta("1min")),
    ],
    ids=["plain", "semicolon", "metatrader", "seconds", "klines", "microseconds", "days", "newest first"],
)  # fmt: skip
def test_usual_files_are_understood(tmp_path, text, first):
    file = tmp_path / "BTCUSDT.csv"
    file.write_text(text)
    recording = q.data.read(file)
    assert starts(recording)[0] == first
    assert recording.instrument.symbol == "BTCUSDT"
    packed = tmp_path / "BTCUSDT.csv.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert q.data.read(packed).bars.tobytes() == recording.bars.tobytes()


def test_frames_files_and_arrays_give_the_same_bars(tmp_path):
    frame = table()
    frame.to_parquet(tmp_path / "bars.parquet")
    indexed = frame.set_index("time")
    forms = [
        q.data.from_bars(frame, BTC),
        q.data.from_bars(indexed, BTC),
        q.data.from_bars(pl.from_pandas(frame), BTC),
        q.data.from_bars({name: frame[name].to_numpy() for name in frame}, BTC),
        q.data.from_bars(frame.to_records(index=False).view(np.ndarray), BTC),
        q.data.read(tmp_path / "bars.parquet", instrument=BTC),
    ]
    for form in forms:
        assert (form.bars == forms[0].bars).all()
    again = q.data.from_bars(forms[0].bars, BTC)
    assert (again.bars == forms[0].bars).all()


def test_times_without_a_zone_are_in_the_one_given_and_labels_at_the_close_move():
    naive = table().assign(time=pd.date_range("2024-03-01 09:30", periods=5, freq="1min"))
    zoned = q.data.from_bars(naive, BTC, zone="America/New_York")
    assert starts(zoned)[0] == pd.Timestamp("2024-03-01 14:30", tz="UTC")
    closing = q.data.from_bars(table(), BTC, label="close")
    assert starts(closing)[0] == START - pd.Timedelta("1min")
    assert starts(q.data.from_bars(table(), BTC, label="close", timeframe="5m"))[0] == START - pd.Timedelta("5min")


def test_bars_without_volume_say_so():
    recording = q.data.from_bars(table().drop(columns="volume"), BTC)
    assert np.isnan(recording.bars["volume"]).all()
    assert "no volume" in recording.report["notes"][0]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("open", -1.0, "positive"), ("close", np.nan, "positive"), ("high", np.inf, "positive"),
        ("high", 50.0, "below low"), ("close", 500.0, "between"), ("volume", -1.0, "negative"),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_are_left_out_and_counted(column, value, said):
    frame = table()
    frame.loc[2, column] = value
    recording = q.data.from_bars(frame, BTC)
    assert len(recording.bars) == 4
    malformed = recording.report["malformed"]
    assert malformed["count"] == 1
    assert malformed["first"][0][0] == 3
    assert said in malformed["first"][0][1]


def test_repeated_and_backward_times_are_left_out():
    frame = table(6)
    frame.loc[3, "time"] = frame.loc[2, "time"]
    frame.loc[4, "time"] = frame.loc[0, "time"]
    recording = q.data.from_bars(frame, BTC)
    assert [line for line, _ in recording.report["malformed"]["first"]] == [4, 5]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (table().drop(columns="high"), "no column high"),
        (table().drop(columns="time"), "no column time"),
        (table().assign(symbol=list("AABBB")), "2 symbols"),
        (table(0), "no row is a bar|how long"),
        (table(1), "how long"),
        (table().assign(open="x"), "open cannot be read"),
        (table().assign(open=-1.0), "how long|no row"),
        (table().assign(open=100.25), 'tick_size="0.25"'),
        (7, "must be a frame"),
    ],
)
def test_tables_that_are_no_bars_are_refused(rows, said):
    with pytest.raises(q.errors.DataError, match=said):
        q.data.from_bars(rows, BTC)


def test_arguments_that_make_no_sense_are_refused(tmp_path):
    for wrong in ({"label": "middle"}, {"timeframe": "0m"}, {"timeframe": "soon"}):
        with pytest.raises(q.errors.ConfigError):
            q.data.from_bars(table(), BTC, **wrong)
    file = tmp_path / "bars.csv"
    file.write_text("time,open,high,low,close\nx,1,2,1,1\n")
    with pytest.raises(q.errors.DataError):
        q.data.read(file, instrument=BTC)
    with pytest.raises(q.errors.ConfigError, match="only raw recordings are streamed"):
        q.data.stream(file)
    with pytest.raises(q.errors.DataError, match="holds bars data"):
        q.data.read(file, instrument=BTC, format="binance")


def test_a_broken_parquet_file_is_named(tmp_path):
    file = tmp_path / "bars.parquet"
    file.write_bytes(b"PAR1\x15\x04\x15\x10" + bytes(100))
    with pytest.raises(q.errors.DataError, match="not a readable table"):
        q.data.read(file, instrument=BTC)
