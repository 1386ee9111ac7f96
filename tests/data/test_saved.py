"""Saved recordings: the same events in place, the same runs, and files that are not what they should be."""

import json
from pathlib import Path

import numpy as np
import pytest

import quantum as q
from quantum.errors import DataError


class Taker(q.Strategy):
    def on_start(self, ctx):
        ctx.every("5s")

    def on_timer(self, ctx):
        if ctx.position > 0:
            ctx.close()
        else:
            ctx.buy(1)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    data = q.data.sample("2m")
    return data, data.save(tmp_path_factory.mktemp("saved") / "sample.events")


def test_a_saved_recording_is_the_same_recording(saved):
    data, file = saved
    again = q.data.read(file)
    assert again.events.tobytes() == data.events.tobytes()
    assert again.instruments == data.instruments
    kept = ("events", "trades", "levels", "quotes", "volume", "clock_shift_ns", "first_exchange_ns", "split_events")
    assert {name: again.report[name] for name in kept} == {name: data.report[name] for name in kept}
    assert again.synthetic == data.synthetic
    assert q.data.info(file).report["events"] == data.report["events"]


def test_its_runs_are_the_same(saved):
    data, file = saved
    one, other = (q.backtest(Taker(), each, venue=q.SimVenue(latency="10ms")) for each in (data, q.data.read(file)))
    assert len(one.fills) > 10
    assert one.fills.to_pandas().equals(other.fills.to_pandas())


def test_bars_and_real_recordings_are_saved_whole(shared, tmp_path):
    bars = q.data.read(shared("data/bars/btc-perp-20211231-20220201_1m.csv.gz"))
    again = q.data.read(bars.save(tmp_path / "bars"))
    assert again.bars.tobytes() == bars.bars.tobytes()
    assert again.bar_span_ns == bars.bar_span_ns == 60_000_000_000
    raw = q.data.read(shared("data/binance/usdm_btcusdt_20240808.gz"))
    again = q.data.read(raw.save(tmp_path / "raw"))
    assert again.events.tobytes() == raw.events.tobytes()
    assert again.report["clock_shift_ns"] == raw.report["clock_shift_ns"] == 1_272_402_468


def test_its_events_are_mapped_and_not_copied(saved):
    again = q.data.read(saved[1])
    maps = Path("/proc/self/maps")
    if maps.exists():
        assert str(saved[1]) in maps.read_text()
    assert not again.events.flags.writeable


def test_an_older_file_is_replaced_only_by_a_whole_one(saved, tmp_path):
    data, file = saved
    target = tmp_path / "twice"
    data.save(target)
    data.save(target)
    assert target.read_bytes() == file.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["twice"]
    with pytest.raises(OSError, match="No such file"):
        data.save(tmp_path / "absent" / "file")


def damaged(file, tmp_path, change):
    target = tmp_path / "damaged"
    content = bytearray(file.read_bytes())
    target.write_bytes(bytes(change(content)))
    return target


def head(content, **changes):
    end = content.index(b"\n", 17)
    told = json.loads(content[17:end]) | changes
    page = (content[:17] + json.dumps(told).encode() + b"\n").ljust(4096)
    return page + content[4096:]


def changed_event(content, row, field, value):
    events = np.frombuffer(content, q.dtypes.EVENT, offset=4096)
    events[field][row] = value
    return content


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content[:-1], "make"),
        (lambda content: content + b"x", "make"),
        (lambda content: head(content, events=3), "make"),
        (lambda content: content.replace(b"EVENTS 1", b"EVENTS 2", 1), "of this version"),
        (lambda content: content[:17] + b"{" + content[17:], "damaged"),
        (lambda content: content.replace(b'"bars"', b'"barn"', 1), "lacks bars"),
        (lambda content: head(content, byteorder="big"), "big-endian"),
        (lambda content: changed_event(content, 5, "kind", 24), "row 5: kind 24"),
        (lambda content: changed_event(content, 5, "kind", 19), "row 5: bar"),
        (lambda content: changed_event(content, 5, "exchange_ns", 1), "backwards"),
        (lambda content: changed_event(content, 5, "instrument", 9), "instrument 9"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(saved, tmp_path, change, said):
    file = damaged(saved[1], tmp_path, change)
    with pytest.raises(DataError, match=said) as caught:
        q.data.read(file)
    assert str(file) in str(caught.value)
