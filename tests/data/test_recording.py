"""Recordings as arrays and tables, a user's own events, and streams in bounded memory."""

from __future__ import annotations

import gc
import gzip
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import quantum as q
from quantum.dtypes import EVENT
from quantum.errors import ConfigError, DataError

BTC = q.Instrument("BTCUSDT", venue="binance", tick_size="0.1", lot_size="0.001", currency="USDT")
ETH = q.Instrument("ETHUSDT", venue="binance", tick_size="0.01", lot_size="0.5", currency="USDT")
T0 = 1_700_000_000_000_000_000
TRADE, LEVEL, CLEAR, GAP = 1, 2, 10, 11
FILE = "data/binance/usdm_btcusdt_20240808.gz"


def events(*given: dict) -> np.ndarray:
    array = np.zeros(len(given), EVENT)
    for number, fields in enumerate(given):
        defaults = {"exchange_ns": T0 + number, "receive_ns": T0 + number, "kind": TRADE, "price": 10, "qty": 1}
        for name, value in (defaults | fields).items():
            array[number][name] = value
    return array


def test_a_users_events_are_copied_and_come_back_the_same():
    mine = events({"side": 1}, {"side": 2}, {"kind": 200, "price": -5})
    recording = q.data.from_events(mine, BTC)
    kept = mine.copy()
    mine["price"] = 0
    np.testing.assert_array_equal(recording.events, kept)
    assert (len(recording), recording.instrument) == (3, BTC)
    assert recording.report["trades"] == 2


def test_events_are_put_into_both_time_orders():
    mine = events({"exchange_ns": T0 + 5}, {"exchange_ns": T0 + 3}, {"exchange_ns": T0 + 9})
    recording = q.data.from_events(mine, BTC)
    assert recording.events["flags"].tolist() in ([16, 0, 32, 0], [32, 0, 16, 0])
    again = q.data.from_events(recording.events, BTC)
    np.testing.assert_array_equal(again.events, recording.events)
    assert (again.report["split_events"], again.report["events"]) == (1, 3)
    assert again.report["clock_shift_ns"] == recording.report["clock_shift_ns"] == 7


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"price": 0}, "row 1: price of a Trade must be positive, not 0"),
        ({"qty": -1}, "row 1: qty of a Trade must be positive, not -1"),
        ({"side": 9}, "row 1: side of a Trade must be 0 to 2, not 9"),
        ({"kind": 77}, "row 1: kind 77"),
        ({"kind": 17}, "row 1: Timer events are made by the engine"),
        ({"instrument": 1}, "row 1 is of instrument 1, but there are only 1"),
        ({"receive_ns": T0 - 1}, "time runs backwards: row 1"),
        ({"flags": 48}, "row 1 is flagged for neither side"),
        ({"exchange_ns": -1}, "row 1: times are ns since 1970"),
    ],
)
def test_events_no_venue_could_have_sent_are_refused_by_row(wrong, said):
    with pytest.raises(DataError) as caught:
        q.data.from_events(events({}, wrong), BTC)
    assert said in str(caught.value)


def test_arrays_of_another_kind_are_refused():
    for wrong in (np.zeros(3), np.zeros((2, 2), EVENT), [1, 2], events({}).view(np.uint8)):
        with pytest.raises(DataError, match=r"quantum\.dtypes\.EVENT"):
            q.data.from_events(wrong, BTC)
    with pytest.raises(ConfigError, match=r"quantum\.Instrument"):
        q.data.from_events(events({}), ["BTCUSDT"])
    strided = events({}, {}, {}, {})[::2]
    assert len(q.data.from_events(strided, BTC)) == 2


def test_the_events_are_read_only_shared_and_outlive_the_recording(shared):
    recording = q.data.read(shared(FILE), instrument=BTC)
    array = recording.events
    assert array.dtype == EVENT
    assert array.ctypes.data == recording.events.ctypes.data
    with pytest.raises(ValueError, match="read-only"):
        array["price"][0] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        array.flags.writeable = True
    total = int(array["price"].sum())
    del recording
    gc.collect()
    assert int(array["price"].sum()) == total


def test_tables_hold_decimals_times_and_names(shared):
    mine = events(
        {"side": 1, "price": 618_001, "qty": 14},
        {"instrument": 1, "price": 268_137, "qty": 3},
        {"kind": CLEAR, "price": 0, "qty": 0},
    )
    recording = q.data.from_events(mine, [BTC, ETH])
    frame = recording.to_pandas()
    assert frame["price"].tolist()[:2] == [61_800.1, 2_681.37]
    assert frame["qty"].tolist()[:2] == [0.014, 1.5]
    assert frame["price"].isna().tolist() == [False, False, True]
    assert frame["symbol"].tolist() == ["BTCUSDT", "ETHUSDT", "BTCUSDT"]
    assert frame["kind"].tolist() == ["Trade", "Trade", "Clear"]
    assert frame["side"].tolist() == ["buy", "", ""]
    assert frame["exchange_time"].dtype == "datetime64[ns]"
    assert frame["exchange_time"].astype("int64").tolist() == mine["exchange_ns"].tolist()


def test_polars_and_arrow_hold_what_pandas_holds(shared):
    polars, arrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    recording = q.data.read(shared(FILE), instrument=BTC)
    frame = recording.to_pandas()
    as_polars, as_arrow = recording.to_polars(), recording.to_arrow()
    assert isinstance(as_polars, polars.DataFrame)
    assert isinstance(as_arrow, arrow.Table)
    assert list(frame) == as_polars.columns == as_arrow.column_names
    for name in ("exchange_time", "receive_time", "price", "qty", "order_id", "venue_sequence", "flags"):
        np.testing.assert_array_equal(frame[name].to_numpy(), as_polars[name].to_numpy())
        np.testing.assert_array_equal(frame[name].to_numpy(), as_arrow[name].to_numpy())
    for name in ("symbol", "kind", "side"):
        assert frame[name].tolist() == as_polars[name].to_list() == as_arrow[name].to_pylist()


def test_floats_are_the_decimals_of_the_file(shared):
    recording = q.data.read(shared(FILE), instrument=BTC)
    prices, qtys = recording.floats()
    priced = ~np.isnan(prices)
    assert np.count_nonzero(~priced) == np.count_nonzero(recording.events["kind"] == CLEAR) == 1
    np.testing.assert_array_equal(prices[priced], recording.events["price"][priced] / 10)
    np.testing.assert_array_equal(qtys[priced], recording.events["qty"][priced] / 1000)


def test_a_screen_says_what_there_is(shared):
    recording = q.data.read(shared(FILE))
    shown = str(recording)
    for part in ["inferred from all 93,954 lines", "6,547 applied, 4 older", "1,272,402,468 ns", "2,429.366 BTCUSDT"]:
        assert part in shown
    assert len(shown.splitlines()) <= 20
    assert recording._repr_html_().startswith("<pre>Recording of")
    info = str(q.data.info(shared(FILE)))
    for part in ["raw Binance messages", "bookTicker 66,089, trade 21,313, depthUpdate 6,551, snapshot 1", "(futures)"]:
        assert part in info
    assert len(info.splitlines()) <= 20


def test_a_streams_report_grows_with_it(shared):
    stream = q.data.stream(shared(FILE), BTC, batch=1)
    first = next(stream)
    assert first["flags"][-1] & 1
    assert stream.report["lines"] < 10
    rest = sum(len(batch) for batch in stream)
    assert stream.report["events"] == len(first) + rest
    assert list(stream) == []
    report = q.data.read(shared(FILE), instrument=BTC).report
    differing = {name for name, value in stream.report.items() if report[name] != value}
    assert differing == {"split_events"}


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """300 MB of text, gzipped, and its first 10,000 lines; how many lines it has."""
    received, milliseconds, lines = 1_723_161_255_000_000_000, 1_723_161_255_000, 2_000_000
    folder = tmp_path_factory.mktemp("large")
    small, large = folder / "small", folder / "large"
    with gzip.open(large, "wb", compresslevel=1) as file:
        for start in range(0, lines, 10_000):
            text = "".join(
                f'{received + n * 1000} {{"stream":"btcusdt@trade","data":{{"e":"trade","E":{milliseconds + n // 1000},'
                f'"T":{milliseconds + n // 1000},"s":"BTCUSDT","t":{n},"p":"{60_000 + n * 7919 % 999}.{n % 10}0",'
                f'"q":"0.{n % 997 + 1:03}","X":"MARKET","m":true}}}}\n'
                for n in range(start, start + 10_000)
            )
            file.write(text.encode())
            if start == 0:
                small.write_bytes(gzip.compress(text.encode()))
    yield small, large, lines
    large.unlink()


MEASURE = """
    import resource, sys
    import quantum as q
    instrument = q.Instrument("BTCUSDT", tick_size="0.1", lot_size="0.001")
    def drain(path):
        return sum(len(batch) for batch in q.data.stream(path, instrument))
    few = drain(sys.argv[1])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    many = drain(sys.argv[2])
    print(few, many, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_large_file_is_streamed_in_a_few_megabytes(large):
    small, large, lines = large
    command = [sys.executable, "-c", textwrap.dedent(MEASURE), str(small), str(large)]
    few, many, grown_mb = map(int, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    assert (few, many) == (10_000, lines)
    assert grown_mb <= 16, f"streaming 300 MB of text took {grown_mb} MB"


INTERRUPTED = """
    import signal, sys, threading, time
    import quantum as q
    calls = {
        "read": lambda: q.data.read(sys.argv[1], instrument=q.Instrument("BTCUSDT", tick_size="0.1", lot_size="0.001")),
        "info": lambda: q.data.info(sys.argv[1]),
    }
    pressed = []
    def press():
        pressed.append(time.monotonic())
        signal.raise_signal(signal.SIGINT)
    threading.Timer(0.1, press).start()
    try:
        calls[sys.argv[2]]()
    except KeyboardInterrupt:
        print(time.monotonic() - pressed[0])
"""


@pytest.mark.parametrize("call", ["read", "info"])
def test_a_long_reading_can_be_interrupted(call, large):
    command = [sys.executable, "-c", textwrap.dedent(INTERRUPTED), str(large[1]), call]
    waited = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert waited < 10.0  # 0.1 s on a machine of its own
