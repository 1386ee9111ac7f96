"""Files that are not what they should be: an error that says so, or a counted refusal with the line number."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

import quantum as q
from quantum.errors import ConfigError, DataError, MissingFileError

BTC = q.Instrument("BTCUSDT", venue="binance", tick_size="0.1", lot_size="0.001", currency="USDT")
ETH = q.Instrument("ETHUSDT", venue="binance", tick_size="0.01", lot_size="0.001", currency="USDT")
RECEIVED = 1_723_161_255_000_000_000


def trade(number: int, *, price: str = "61800.10", qty: str = "0.002") -> str:
    milliseconds = 1_723_161_255_000 + number
    message = {"e": "trade", "E": milliseconds, "T": milliseconds, "s": "BTCUSDT", "t": 1000 + number}
    message |= {"p": price, "q": qty, "X": "MARKET", "m": False}
    return f"{RECEIVED + number * 1_000_000} {json.dumps(message, separators=(',', ':'))}\n"


TRADES = [trade(number) for number in range(1, 101)]


@pytest.fixture
def written(tmp_path):
    def write(content: str | bytes) -> Path:
        file = tmp_path / "recording"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return write


def every_way_in(file):
    """All calls that read a file."""
    yield lambda: q.data.read(file, instrument=BTC)
    yield lambda: q.data.read(file)
    yield lambda: list(q.data.stream(file, BTC))
    yield lambda: list(q.data.stream(file))
    yield lambda: q.data.info(file)


NO_RECORDINGS = {
    "nothing": (b"", "the file is empty"),
    "white space": (b" \n\n\t\n", "nothing but white space"),
    "an empty gzip file": (gzip.compress(b""), "the file is empty"),
    "random bytes": (random.Random(7).randbytes(100_000), "binary data of an unknown format"),
    "random bytes in gzip": (gzip.compress(random.Random(7).randbytes(100_000)), "binary data of an unknown format"),
    "one line without end": (b"x" * 1_000_000, "the first line is"),
    "HTML": (b"<!DOCTYPE html>\n<html><body>404</body></html>\n", "this is HTML"),
    "DBN": (b"\x28\xb5\x2f\xfd\x00", "zstd data"),
    "CSV": (b"timestamp,price\n1723161255,1.0\n", 'the first line is "timestamp,price"'),
    "seconds": (b'1626992741.06217: {"stream":"btcusdt@trade"}\n', "known formats"),
    "milliseconds": (b'1723161255030 {"e":"trade"}\n', "not a time in nanoseconds"),
    "JSON alone": (b'{"e":"trade"}\n', "known formats"),
}


@pytest.mark.parametrize("name", NO_RECORDINGS)
def test_what_is_no_recording_is_refused_with_what_it_is(name, written):
    content, said = NO_RECORDINGS[name]
    file = written(content)
    for call in every_way_in(file):
        with pytest.raises(DataError) as caught:
            call()
        assert said in str(caught.value)
        assert str(file) in str(caught.value)


def test_a_missing_file_is_both_ours_and_pythons_error(tmp_path):
    for call in every_way_in(tmp_path / "absent"):
        with pytest.raises(MissingFileError, match=r"no such file.*absent"):
            call()
        with pytest.raises(FileNotFoundError):
            call()
        with pytest.raises(DataError):
            call()


def test_a_directory_and_things_that_are_no_path_are_refused(tmp_path):
    for call in every_way_in(tmp_path):
        with pytest.raises(DataError, match="is a directory"):
            call()
    for call in every_way_in(5):
        with pytest.raises(ConfigError, match="path must be a str or Path, not int"):
            call()


@pytest.mark.parametrize("recording", ["OKX.ws.1.0", "COINBASE.ws.28.0", "DERIBIT.ws.1.0", "KRAKEN.ws.50.0"])
def test_another_venues_recording_is_refused(recording, shared, written):
    text = gzip.decompress(shared(f"data/ws/{recording}.gz").read_bytes())
    for call in every_way_in(written(text)):
        with pytest.raises(DataError, match="known formats"):
            call()
    # In our framing it is only its messages that give it away.
    payloads = [line.partition(b": ")[2] for line in text.splitlines() if b": {" in line[:40]]
    framed = b"".join(b"%d %s\n" % (RECEIVED + number, payload) for number, payload in enumerate(payloads))
    for call in every_way_in(written(framed)):
        with pytest.raises(DataError, match="no depth, trade or quote"):
            call()


def test_a_real_file_of_another_symbol_is_refused_with_the_symbol_it_holds(shared):
    with pytest.raises(DataError, match=r"could be read for BTCUSDT: it holds messages of .*ETHUSDT \(74654\)"):
        q.data.read(shared("data/binance/usdm_ethusdt_20240808.gz"), instrument=BTC)


@pytest.mark.parametrize("keep", [0.02, 0.5, 0.9, 0.9999])
def test_a_truncated_gzip_file_says_how_many_lines_could_be_read(keep, shared, written):
    packed = shared("data/binance/usdm_btcusdt_20240808.gz").read_bytes()
    file = written(packed[: int(len(packed) * keep)])
    for call in every_way_in(file):
        with pytest.raises(DataError, match=r"end too early \(a truncated file\?\): [\d,]+ complete lines"):
            call()
    stream = q.data.stream(file, BTC, batch=1000)
    with pytest.raises(DataError, match="truncated"):
        list(stream)
    assert stream.report["lines"] > 0.8 * keep * 93_954


def test_a_damaged_gzip_file_is_refused(shared, written):
    packed = bytearray(shared("data/binance/usdm_btcusdt_20240808.gz").read_bytes())
    packed[1_000_000:1_000_100] = bytes(100)
    for call in every_way_in(written(bytes(packed))):
        with pytest.raises(DataError, match=r"damaged|end too early"):
            call()


def test_half_a_line_at_the_end_is_counted_and_the_rest_read(written):
    text = "".join(TRADES)
    recording = q.data.read(written(text[:-30]), instrument=BTC)
    assert recording.report["trades"] == 99
    malformed = recording.report["malformed"]
    assert malformed == {"count": 1, "first": [(100, "the file ends in the middle of this line")]}
    assert "line 100" in str(recording)
    whole = q.data.read(written(text[:-1]), instrument=BTC)
    assert (whole.report["trades"], whole.report["malformed"]["count"]) == (100, 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (trade(50, price="NaN"), "not a number"),
        (trade(50, price="-61800.1"), "negative"),
        (trade(50, qty="-1"), "negative"),
        (trade(50, price="0.0"), "price or quantity is 0"),
        (trade(50, price=""), "a number is empty"),
        (trade(50, price="1e5"), "not a number"),
        (trade(50, price="12345678901234567890"), "more than 18 digits"),
        (trade(50).replace('"t":', '"T":'), "twice"),
        (trade(50).replace('"61800.10"', "61800.10"), "without its price"),
        (trade(50).replace('"m":false', '"m":0'), "without m"),
        (trade(50)[:60] + "\n", "cut off"),
        (trade(50).replace("\n", "}\n"), "after the JSON object"),
        (trade(50).replace(" ", "", 1), "receive time"),
        (trade(50)[9:], "receive time"),
        ("complete nonsense\n", "receive time"),
        (f"{RECEIVED} []\n", "not a JSON object"),
        (trade(50).replace('"T":1723161255050', '"T":17231612550'), "neither ms nor"),
        (trade(50).replace('"T":1723161255050', '"T":1623161255050'), "more than a day apart"),
        (trade(50).replace('"T":1723161255050', '"T":-1723161255050'), "without its time"),
        (b"\xff\xfe\x00\n", "receive time"),
    ],
)
def test_a_malformed_line_is_counted_by_number_and_never_traded(line, said, written):
    line = line.encode() if isinstance(line, str) else line
    lines = [text.encode() for text in TRADES]
    lines[49] = line
    file = written(b"".join(lines))
    recording = q.data.read(file, instrument=BTC)
    assert recording.report["trades"] == 99
    assert 1050 not in recording.events["order_id"]
    malformed = recording.report["malformed"]
    assert malformed["count"] == 1
    assert malformed["first"][0][0] == 50
    assert said in malformed["first"][0][1]
    assert "line 50" in str(q.data.info(file))


def test_a_wrong_tick_or_lot_is_refused_with_the_one_that_fits_the_file(shared, written):
    file = shared("data/binance/usdm_btcusdt_20240808.gz")
    fits = r'All of the file fits tick_size="0.1", lot_size="0.001"'
    for tick, lot, what in [("1", "0.001", "price"), ("0.1", "0.01", "qty"), ("0.25", "0.001", "price")]:
        wrong = q.Instrument("BTCUSDT", tick_size=tick, lot_size=lot)
        with pytest.raises(DataError, match=f"line 1: {what} .* {what}_increment {tick if what == 'price' else lot}"):
            q.data.read(file, instrument=wrong)
        with pytest.raises(DataError, match=fits):
            list(q.data.stream(file, wrong))
    finer = q.Instrument("BTCUSDT", tick_size="0.1", lot_size="0.001", price_increment="0.01", qty_increment="0.0001")
    report = q.data.read(file, instrument=finer).report
    assert (report["off_tick"], report["off_lot"], report["trades"]) == (0, 0, 21_313)


def test_data_off_the_order_grid_is_counted_where_the_increments_are_fine_enough(written):
    file = written("".join([*TRADES, trade(101, price="61800.15"), trade(102, qty="0.0005")]))
    with pytest.raises(DataError, match=r'line 101: price 61800\.15 .* 0\.05 would fit.*"0\.05", lot_size="0\.0005"'):
        q.data.read(file, instrument=BTC)
    finer = q.Instrument("BTCUSDT", tick_size="0.1", lot_size="0.001", price_increment="0.01", qty_increment="0.0001")
    recording = q.data.read(file, instrument=finer)
    assert (recording.report["off_tick"], recording.report["off_lot"]) == (1, 1)
    assert "off the grid" in str(recording)


def test_a_finer_price_after_the_part_that_was_looked_at_is_an_error_with_the_right_tick(written):
    text = "".join(trade(number, qty="1.0") for number in range(1, 300_001)) + trade(300_001, price="61800.11")
    file = written(gzip.compress(text.encode(), 1))
    found = q.data.infer(file)
    assert (found.tick_size, found.complete) == ("0.1", False)
    assert "the first" in str(found)
    with pytest.raises(DataError, match=r'line 300001: .*tick_size="0\.01", lot_size="0\.002"'):
        q.data.read(file)
    assert q.data.info(file).instruments[0].tick_size == "0.01"


def test_time_running_backwards_is_refused_and_a_step_back_put_up_with(written):
    far = [trade(1), trade(2000), trade(999)]
    with pytest.raises(DataError, match=r"time runs backwards: line 3 .*1\.001 s later"):
        q.data.read(written("".join(far)), instrument=BTC)
    near = [trade(1), trade(20), trade(12), trade(21)]
    recording = q.data.read(written("".join(near)), instrument=BTC)
    report = recording.report
    assert (report["trades"], report["receive_backwards"]) == (4, 1)
    assert report["max_receive_backwards_ns"] == report["max_exchange_backwards_ns"] == 8_000_000
    local = recording.events[(recording.events["flags"] & 16) == 0]
    assert (local["receive_ns"] - RECEIVED).tolist() == [1_000_000, 20_000_000, 20_000_000, 21_000_000]
    assert "stepped back 1 times" in str(recording)


def test_arguments_that_make_no_sense_are_refused(written, shared):
    file = written("".join(TRADES))
    wrong = [([], "at least one instrument"), (["BTCUSDT"], r"quantum\.Instrument"), ([BTC, BTC], "twice")]
    for instrument, said in wrong:
        with pytest.raises(ConfigError, match=said):
            q.data.read(file, instrument=instrument)
    for batch in (0, -1, 1.5, True, "x"):
        with pytest.raises(ConfigError, match="batch must be a whole number"):
            q.data.stream(file, BTC, batch=batch)
    with pytest.raises(ConfigError, match="format must be"):
        q.data.read(file, instrument=BTC, format="csv")
    with pytest.raises(DataError, match="holds binance data, not hftbacktest"):
        q.data.read(file, instrument=BTC, format="hftbacktest")
    with pytest.raises(ConfigError, match="only raw recordings are streamed"):
        q.data.stream(shared("oracles/backtest/usdm_btcusdt_20240808.hftbacktest.npz"), BTC)
    with pytest.raises(ConfigError, match="of one instrument, 2 were given"):
        q.data.read(shared("oracles/backtest/usdm_btcusdt_20240808.hftbacktest.npz"), instrument=[BTC, ETH])
    with pytest.raises(DataError, match="holds BTCUSDT, not ETHUSDT"):
        q.data.infer(file, symbol="ETHUSDT")
