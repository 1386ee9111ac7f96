"""Pictures, as plotly figures and as HTML files that need no network: a run (``figure``), bars with hits (``chart``).

``chart(bars, hits=hits, indicators=["ema_20", "rsi_14"]).save("chart.html")`` draws candles, volume, indicators, hits
and zones. Needs ``quantum-hft[report]``.
"""

from __future__ import annotations

from quantum.plot.barchart import Chart, chart
from quantum.plot.canvas import extremes
from quantum.plot.run import Fills, Market, Pictures, figure

__all__ = ["Chart", "Fills", "Market", "Pictures", "chart", "extremes", "figure"]
