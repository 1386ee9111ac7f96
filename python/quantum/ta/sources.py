"""Where the formula of each indicator comes from."""

from __future__ import annotations

__all__ = ["source"]

WILDER = "J. W. Wilder, New Concepts in Technical Trading Systems (1978)"
CHANDE = "T. Chande and S. Kroll, The New Technical Trader (1994)"
EHLERS = "J. Ehlers, Rocket Science for Traders (2001)"
MULLOY = "P. Mulloy, Technical Analysis of Stocks & Commodities (1994)"
CANDLES = "S. Nison, Japanese Candlestick Charting Techniques (1991), with TA-Lib's settings of short, long and near"
COMMON = "common use"

#: Who described it.
AUTHORS: dict[str, str] = {
    "sma": COMMON, "ema": COMMON, "wma": COMMON, "trima": COMMON, "vwma": COMMON, "stddev": COMMON, "mom": COMMON,
    "roc": COMMON, "min": COMMON, "max": COMMON, "midprice": COMMON, "cvd": COMMON,
    "session_vwap": COMMON, "linearreg": "least squares", "linearreg_slope": "least squares",
    "correl": "Pearson's correlation", "dema": MULLOY, "tema": MULLOY,
    "kama": "P. Kaufman, Smarter Trading (1995)",
    "t3": "T. Tillson, Technical Analysis of Stocks & Commodities (1998)",
    "hma": "A. Hull (2005)",
    "zlema": "J. Ehlers and R. Way, Technical Analysis of Stocks & Commodities (2010)",
    "bbands": "J. Bollinger, Bollinger on Bollinger Bands (2001)",
    "donchian": "R. Donchian", "ichimoku": "G. Hosoda (1969)",
    "keltner": "C. Keltner (1960), in L. Raschke's form with exponential average and true range",
    "cmo": f"{CHANDE}, with Wilder's averages as TA-Lib has it", "stochrsi": CHANDE,
    "macd": "G. Appel", "ppo": "G. Appel's macd in percent", "stoch": "G. Lane", "stochf": "G. Lane",
    "willr": "L. Williams", "ultosc": "L. Williams, Technical Analysis of Stocks & Commodities (1985)",
    "trix": "J. Hutson, Technical Analysis of Stocks & Commodities (1983)",
    "bop": "I. Livshin, Technical Analysis of Stocks & Commodities (2001)",
    "cci": "D. Lambert, Commodities (1980)",
    "mfi": "G. Quong and A. Soudack, Technical Analysis of Stocks & Commodities (1989)",
    "aroon": "T. Chande, Technical Analysis of Stocks & Commodities (1995)",
    "aroonosc": "T. Chande, Technical Analysis of Stocks & Commodities (1995)",
    "natr": "J. Forman, Technical Analysis of Stocks & Commodities (2006)",
    "supertrend": "O. Seban", "obv": "J. Granville (1963)", "ad": "M. Chaikin", "adosc": "M. Chaikin",
    "cmf": "M. Chaikin", "ht_dcperiod": EHLERS, "ht_trendline": EHLERS,
    **dict.fromkeys(("sar", "rsi", "plus_di", "minus_di", "dx", "adx", "adxr", "trange", "atr"), WILDER),
    **dict.fromkeys(
        ("cdldoji", "cdlengulfing", "cdlhammer", "cdlshootingstar", "cdlmorningstar", "cdlharami",
         "cdl3whitesoldiers", "cdlmarubozu"), CANDLES,
    ),
}  # fmt: skip
#: Those TA-Lib does not have.
NOT_IN_TALIB = frozenset(
    {"hma", "zlema", "vwma", "donchian", "keltner", "ichimoku", "session_vwap", "supertrend", "cmf", "cvd"}
)


def source(name: str) -> str:
    """Author or book, and whether the values are TA-Lib's."""
    held = "not in TA-Lib" if name in NOT_IN_TALIB else "values as TA-Lib 0.8 gives them, to 1e-9"
    return f"{AUTHORS[name]}; {held}."
