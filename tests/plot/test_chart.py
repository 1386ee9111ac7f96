"""Charts: the same from any kind of bars, hits and zones where the scanner says, pages that hold every bar."""

from __future__ import annotations

import base64
import gzip
import json
import re

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import markets
import quantum as q
from quantum.errors import ConfigError, DataError
from quantum.plot.barchart import CANDLES, MARKS, ZONES
from quantum.plot.series import OVERLAYS


def make_market(bars: int, seed: int = 1, symbol: str | None = "AAA") -> pd.DataFrame:
    frame = markets.make_market("AAA", bars, seed, step="h")
    return frame.drop(columns="symbol") if symbol is None else frame.assign(symbol=symbol)


def scan(market: pd.DataFrame) -> q.scanner.Table:
    return q.Scanner().scan(q.Panel.from_pandas(market))


def traces(chart: q.plot.Chart, role: str) -> list[object]:
    return [trace for trace in chart.figure.data if trace.meta["role"] == role]


def as_numpy(chart: q.plot.Chart) -> list[bytes]:
    (candles,) = traces(chart, "candles")
    lines = [trace.y for trace in traces(chart, "line")]
    return [
        np.asarray(each, float).tobytes() for each in (candles.open, candles.high, candles.low, candles.close, *lines)
    ]


def test_the_chart_is_the_same_whatever_the_bars_come_from():
    market = make_market(300)
    plain = market.drop(columns="symbol")
    numbers = plain[["open", "high", "low", "close", "volume"]]
    sources = [
        market, plain, plain.set_index("time"), pl.from_pandas(plain), pa.Table.from_pandas(plain),
        {name: plain[name].to_numpy() for name in plain}, plain.to_records(index=False), numbers.to_numpy(),
        q.Panel.from_pandas(market), q.data.bars(plain, "1h"), q.data.bars(pl.from_pandas(plain), "1h"),
        plain.rename(columns=str.upper), plain.assign(time=plain["time"].dt.tz_localize("UTC")),
    ]  # fmt: skip
    drawn = [as_numpy(q.plot.chart(bars, indicators=["ema_20", "rsi_14", "bbands_20_2"])) for bars in sources]
    assert all(each == drawn[0] for each in drawn)
    assert len(drawn[0]) == 9


def test_an_indicator_lies_on_the_candles_if_it_moves_with_the_price():
    market = make_market(300, symbol=None)
    frame = {name: market[name].to_numpy() for name in market if name != "time"} | {
        "session": np.repeat(np.arange(10.0), 30)
    }
    frame |= {"first": frame["high"], "second": frame["low"]}
    frame |= {"buy_volume": frame["volume"] * 0.6, "sell_volume": frame["volume"] * 0.4}
    prices = {"open", "high", "low", "close", "first", "second"}
    moved = {name: values + 50 if name in prices else values for name, values in frame.items()}
    follows = set()
    for row in q.ta.catalog():
        before, after = (q.ta.run(row.name, *[f[label] for label in row.inputs]) for f in (frame, moved))
        one, other = (each[0] if isinstance(each, tuple) else each for each in (before, after))
        if np.nanmedian(np.abs(other - one - 50)) < 0.5:
            follows.add(row.name)
    assert follows == set(OVERLAYS)


def test_lines_on_the_candles_and_panels_of_their_own():
    chart = q.plot.chart(make_market(200), indicators=["ema_20", "rsi_14", "macd_12_26_9", "supertrend", "rsi_14"])
    axes = {trace.name: trace.yaxis for trace in chart.figure.data if trace.meta["role"] in ("line", "columns")}
    assert axes == {"EMA 20": "y", "SUPERTREND": "y", "RSI 14": "y3", "MACD 12 26 9": "y4"}
    assert [trace.type for trace in chart.figure.data if trace.yaxis == "y4"] == ["scatter", "scatter", "bar"]
    assert [shape.y0 for shape in chart.figure.layout.shapes if shape.yref == "y3"] == [30, 70]
    expected = q.ta.ema(make_market(200)["close"].to_numpy(), 20)
    np.testing.assert_array_equal(traces(chart, "line")[0].y[19:], expected[19:])


def test_marks_stand_at_their_bar_and_say_what_they_are():
    market = make_market(250)
    hits = scan(market)
    chart = q.plot.chart(market, hits=hits)
    assert len(chart.marks) == len(hits) > 50
    np.testing.assert_array_equal(chart.marks.bar, hits["t"])
    drawn = traces(chart, "marks")
    assert sum(len(trace.x) - 1 for trace in drawn) == len(hits)
    assert [trace.name.rsplit(" ", 1)[0].replace(" ", "_") for trace in drawn] == list(q.scanner.PATTERNS)
    low, high = market["low"].to_numpy(), market["high"].to_numpy()
    for trace in drawn:
        for bar, price, shape, text in list(zip(trace.x, trace.y, trace.marker.symbol, trace.text, strict=True))[1:]:
            assert price < low[bar] if shape != "triangle-down" else price > high[bar]
            assert str(market["time"][bar])[:10] in text and "confidence 0." in text
    places = [(x, y) for trace in drawn for x, y in zip(trace.x[1:], trace.y[1:], strict=True)]
    assert len(set(places)) == len(places), "marks of one bar do not hide each other"


@pytest.mark.parametrize("seed", range(4))
def test_zones_live_as_long_as_the_scanner_says(seed):
    market = make_market(600, seed)
    scanner = q.Scanner(["fair_value_gap", "order_block"])
    hits = scanner.scan(q.Panel.from_pandas(market))
    marks = q.plot.chart(market, hits=hits).marks
    zones = scanner.zones("AAA", live=False).records
    expected = sorted((z["t"], z["lo"], z["hi"], z["origin"], z["filled"] if z["filled"] >= 0 else 600) for z in zones)
    assert sorted(zip(marks.bar, marks.lo, marks.hi, marks.origin, marks.until, strict=True)) == expected
    assert 0 < (marks.until == 600).sum() < len(marks)


def test_hits_of_more_bars_and_symbols_are_told_apart():
    market = pd.concat([make_market(200, 1, "AAA"), make_market(200, 2, "BBB")])
    hits = scan(market)
    panel = q.Panel.from_pandas(market)
    chart = q.plot.chart(panel, hits=hits, symbol="BBB")
    assert len(chart.marks) == (hits["symbol"] == "BBB").sum()
    tail = market[market["symbol"] == "BBB"].tail(50)
    late = q.plot.chart(tail, hits=hits.to_polars())
    own = hits.to_pandas()[lambda frame: (frame["symbol"] == "BBB") & (frame["t"] >= 150)]
    np.testing.assert_array_equal(late.marks.bar, own["t"] - 150)
    np.testing.assert_array_equal(late.marks.origin, (own["origin"].astype(int) - 150).clip(lower=0))
    numbered = tail[["open", "high", "low", "close"]].to_numpy()
    only = hits.to_pandas()[lambda frame: frame["symbol"] == "AAA"]
    assert len(q.plot.chart(numbered, hits=only).marks) == (only["t"] < 50).sum()
    with pytest.raises(ConfigError, match="hold 2 symbols"):
        q.plot.chart(tail.drop(columns="symbol"), hits=hits)
    assert len(q.plot.chart(tail.drop(columns="symbol"), hits=hits, symbol="BBB").marks) == len(own)


def arrays_of(page: str) -> tuple[dict[str, np.ndarray], list[str]]:
    def text(name: str) -> str:
        return re.search(rf'<script [^>]*id="{name}">(.*?)</script>', page, re.DOTALL)[1]

    raw = gzip.decompress(base64.b64decode(text("arrays")))
    about = json.loads(text("about"))
    held = {each["name"]: np.frombuffer(raw, each["type"], each["length"], each["offset"]) for each in about["arrays"]}
    return held, gzip.decompress(base64.b64decode(text("texts"))).decode().split("\n")


def test_a_page_holds_every_bar_and_loads_nothing(tmp_path):
    market = make_market(3_000)
    hits = scan(market)
    chart = q.plot.chart(market, hits=hits, indicators=["rsi_14"], title="</script><b>A & B")
    page = chart.save(tmp_path / "deep" / "chart.html").read_text()
    held, texts = arrays_of(page)
    for name in ("open", "high", "low", "close"):
        np.testing.assert_array_equal(held[name], market[name])
    np.testing.assert_array_equal(held["time"], market["time"].to_numpy().astype("M8[ms]").astype(float))
    np.testing.assert_allclose(held["series0"], q.ta.rsi(market["close"].to_numpy(), 14), rtol=1e-6)
    np.testing.assert_array_equal(held["mark_bar"], hits["t"])
    assert len(texts) == len(hits)
    assert "default-src 'none'" in page and "<b>A" not in page
    assert not re.search(r'(src|href)="', re.sub(r'<script type="text/plain".*?</script>', "", page, flags=re.DOTALL))
    again = q.plot.chart(market, hits=hits, indicators=["rsi_14"], title="</script><b>A & B")
    assert again.save(tmp_path / "again.html").read_text() == page


def test_a_hundred_thousand_bars_are_reduced_and_it_is_said():
    market = make_market(100_000)
    chart = q.plot.chart(market, hits=scan(market), indicators=["ema_20"])
    figure = chart.figure
    (candles,) = traces(chart, "candles")
    assert len(candles.x) <= CANDLES and len(traces(chart, "line")[0].x) <= 2 * CANDLES
    assert max(candles.high) == market["high"].max() and min(candles.low) == market["low"].min()
    np.testing.assert_allclose(sum(traces(chart, "volume")[0].y), market["volume"].sum())
    assert sum(len(trace.x) - 1 for trace in traces(chart, "marks")) == MARKS
    assert sum(len(trace.x) // 6 for trace in traces(chart, "zones")) == ZONES
    notes = " ".join(figure.layout.meta["notes"])
    assert "125 of 100,000 bars" in notes and "400 of" in notes and "250 of" in notes


@pytest.mark.parametrize("bars", [1, 2, 13])
@pytest.mark.parametrize("price", [1e-9, 1.0, 1e9])
def test_few_bars_of_any_price_are_drawn(tmp_path, bars, price):
    market = make_market(bars)
    market[["open", "high", "low", "close"]] *= price
    chart = q.plot.chart(market, indicators=["sma_20", "rsi_14", "cdldoji"], hits=scan(market))
    assert len(traces(chart, "candles")[0].x) == bars
    chart.save(tmp_path / "chart.html")


def test_holes_and_flat_bars_are_drawn(tmp_path):
    market = make_market(50)
    market.loc[[3, 17], ["open", "high", "low", "close"]] = np.nan
    market["volume"] = 0.0
    chart = q.plot.chart(market, indicators=["ema_5"])
    assert traces(chart, "volume") == [] and len(traces(chart, "candles")[0].x) == 50
    chart.save(tmp_path / "holes.html")
    flat = market.assign(open=5.0, high=5.0, low=5.0, close=5.0)
    q.plot.chart(flat, hits=scan(flat)).save(tmp_path / "flat.html")


def test_times_are_shown_on_the_clock_of_their_zone():
    market = make_market(48, symbol=None)
    market["time"] = market["time"].dt.tz_localize("UTC").dt.tz_convert("America/New_York")
    chart = q.plot.chart(market)
    assert chart.candles.zone == "America/New_York"
    assert chart.figure.layout.xaxis.ticktext[0] == "2019-12-31 19:00:00"


def hits_elsewhere() -> pd.DataFrame:
    return scan(make_market(100)).to_pandas().assign(time=pd.Timestamp("1999-01-01"))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda m: q.plot.chart(m, indicators=["emma_20"]), ConfigError, 'nearest is "ema"'),
        (lambda m: q.plot.chart(m, indicators=["ema_0"]), ConfigError, "from 1 to"),
        (lambda m: q.plot.chart(m, indicators="ema_20"), ConfigError, "a list of names"),
        (lambda m: q.plot.chart(m, indicators=["correl_20"]), DataError, "has no 'first'"),
        (lambda m: q.plot.chart(m.drop(columns="low")), DataError, "no low"),
        (lambda m: q.plot.chart(m.iloc[:0].drop(columns="symbol")), DataError, "no bars"),
        (lambda m: q.plot.chart(m.iloc[::-1]), DataError, "in order of time"),
        (lambda m: q.plot.chart(pd.concat([m, m.tail(1)])), DataError, "in order of time"),
        (lambda m: q.plot.chart(pd.concat([m, m.assign(symbol="B")])), ConfigError, "hold 2 symbols"),
        (lambda m: q.plot.chart(m, symbol="B"), ConfigError, "no symbol 'B'"),
        (lambda m: q.plot.chart(np.ones((5, 3))), DataError, r"\(n, 4\)"),
        (lambda m: q.plot.chart([1, 2, 3]), DataError, "named columns"),
        (lambda m: q.plot.chart(m, hits=m), DataError, "no pattern, direction, confidence"),
        (lambda m: q.plot.chart(m, hits=hits_elsewhere()), DataError, "none of the"),
        (lambda m: q.plot.chart(m).save("chart.bmp"), ConfigError, "saved as .html"),
    ],
)
def test_a_wrong_call_is_told_what_is_right(call, error, says):
    with pytest.raises(error, match=says):
        call(make_market(100))
