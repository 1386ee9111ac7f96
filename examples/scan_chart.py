"""Scans a file of bars, shows the strongest hits, and draws the chart of one symbol with its hits and zones.

Run: ``python examples/scan_chart.py ../shared/data/us_daily/us_stocks_etfs_daily_2016_2017.parquet AAPL``. The file is
Parquet or CSV with time, open, high, low, close and maybe symbol and volume. The last column, ``p``, is how often
hits of that strength were right five bars later in the first two thirds of the data: a probability, which
``confidence`` is not.
"""

from __future__ import annotations

import argparse

import quantum as q


def main() -> None:
    """Reads, scans, calibrates, draws."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("symbol", nargs="?", help="whose chart to draw; the strongest last hit's if left out")
    parser.add_argument("--out", default="out/chart.html")
    options = parser.parse_args()

    panel = q.Panel.read(options.file)
    scanner = q.Scanner(["breakout", "fair_value_gap", "order_block", "liquidity_sweep"])
    hits = scanner.scan(panel)
    if not len(hits):
        raise SystemExit(f"no hits in {panel}")
    known = q.scanner.Calibration.fit(hits, panel, horizon=5, until=hits["time"][len(hits) * 2 // 3])
    late = known.apply(hits)
    last = late[late["time"] == late["time"][-1]].to_pandas()
    print(panel)
    print(last.sort_values("confidence", ascending=False).head(10).to_string(index=False))

    symbol = options.symbol or str(last.sort_values("confidence")["symbol"].iloc[-1])
    strong = hits[hits["confidence"] >= 0.6]
    chart = q.plot.chart(panel, symbol=symbol, hits=strong, indicators=["ema_20", "bbands_20_2", "rsi_14"])
    print(chart)
    print(f"written: {chart.save(options.out)}; zones still open: {len(scanner.zones(symbol))}")


if __name__ == "__main__":
    main()
