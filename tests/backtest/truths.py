"""What hftbacktest 2.4.4 makes of its own array of usdm_btcusdt_20240808: rows of numbers to be equal to.

Each row was made by hftbacktest's own engine, with its depth in an array and in a hash map, equal both times; its fee
is rounded to 1e-8, under the least fee there is, which removes its floating-point error. Latencies are in ms, the
balance is in ticks times lots (0.0001 USDT), the position in lots (0.001 BTC).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import quantum as q

ARRAY = "oracles/backtest/usdm_btcusdt_20240808.hftbacktest.npz"
QUEUES: dict[str, Any] = {
    "averse": q.RiskAverseQueue(),
    "log": q.LogQueue(),
    "log2": q.LogQueue("total"),
    "total2": q.PowerQueue(2, "total"),
    "front2": q.PowerQueue(2, "front"),
}
FEES = q.Fees(maker_bps="-0.5", taker_bps="7")

PARAMETERS: dict[str, dict[str, Any]] = {
    "grid": {},
    "grid5": {"levels": 5},
    "grid37ms": {"period": "37ms"},
    "touch": {"interval": 0.1, "half_spread": 0.0, "levels": 1, "qty": 0.01, "max_position": 1.0},
}

# The published table.
QUOTED = """
#        queue  entry back trades   lots     balance  fee         orders  rej  canc
grid     power2      0     0  1146   -600   361801000  -353.536555    3295  136  1973
grid     power2    0.1   0.1  1144   -600   361746000  -352.91989     3241  134  1923
grid     power2     10    10  1055  -1300   792324000  -325.46258     3170  140  1935
grid     averse     10    10  1055  -1300   792324000  -325.46258     3168  138  1935
touch    power2     10    10   516    360  -222369940  -15.9232235     954   68   368
touch    averse     10    10   482    360  -222404330  -14.87392485    919   67   368
"""

# More of the same, at other latencies, exponents, depths and periods.
MORE = """
grid     averse      0     0  1146   -600   361801000  -353.536555    3295  136  1973
touch    power2      0     0   583    230  -142130550  -17.99083125    993   39   369
touch    averse      0     0   547    250  -154478650  -16.87983555    957   39   369
grid     averse    0.1   0.1  1144   -600   361746000  -352.91989     3241  134  1923
touch    power2    0.1   0.1   577    190  -117420940  -17.8055918     986   38   369
touch    averse    0.1   0.1   541    210  -129777940  -16.6946406     950   38   369
grid     power1    0.1   0.1  1146   -600   361670000  -353.53703     3235  135  1914
touch    power1    0.1   0.1   585    190  -117447390  -18.05244525    994   38   369
grid     power1     10    10  1061  -1500   915801000  -327.314885    3184  141  1942
touch    power1     10    10   526    340  -210083300  -16.2317821     965   69   368
grid     power3    0.1   0.1  1144   -600   361746000  -352.91989     3241  134  1923
touch    power3    0.1   0.1   575    170  -105082300  -17.743887      984   38   369
grid     power3     10    10  1057  -1300   792373000  -326.080585    3160  140  1923
touch    power3     10    10   516    340  -210034720  -15.9232016     954   68   368
grid     power2      1    20  1011  -1300   792841000  -311.896745    3135  109  1975
touch    power2      1    20   534    260  -160598710  -16.47885195    940   35   369
grid     power2     20     1  1032   -800   483237000  -318.380435    3271  209  1990
touch    power2     20     1   485    230  -142053320  -14.9667734     970  113   370
grid     power2      5     0  1126   -600   361562000  -347.3648      3217  153  1898
touch    power2      5     0   559    270  -166751940  -17.2503479     990   60   369
grid     power2      0     5  1117  -2500  1533912000  -344.59001     3221  128  1936
touch    power2      0     5   568    200  -123591540  -17.5278826     975   37   368
grid     power2     60    70   979  -2100  1286065000  -302.036175    2880   31  1830
touch    power2     60    70   379    170  -105109180  -11.6962096     868  124   363
grid     power2    150   250   942  -2200  1347717000  -290.628755    2826   58  1786
touch    power2    150   250   313    170  -105094880  -9.6593062      835  166   354
grid5    power2      0     0   818  -2200  1353002000  -252.383       2391   89  1474
grid5    power2    0.1   0.1   815  -2300  1414765000  -251.457245    2386   87  1474
grid5    power2     10    10   738   -600   364859000  -227.701375    2303  100  1455
grid37ms power2     10    10  1160   1400  -872373000  -357.827225    3695  347  2148
grid     log        0.1   0.1  1146   -600   361670000  -353.53703    3235  135  1914
grid     log         10    10  1061  -1500   915801000  -327.314885   3184  141  1942
grid     log2       0.1   0.1  1146   -600   361670000  -353.53703    3235  135  1914
grid     log2        10    10  1060  -1400   854161000  -327.006685   3183  140  1943
grid     total2     0.1   0.1  1138      0    -8842000  -351.06695    3286  135  1973
grid     total2      10    10  1062  -1600   977433000  -327.623045   3203  142  1959
grid     front2     0.1   0.1  1144   -600   361746000  -352.91989    3241  134  1923
grid     front2      10    10  1055  -1300   792324000  -325.46258    3169  139  1935
touch    log        0.1   0.1   594    180  -111317930  -18.33023815  1002   38   368
touch    log         10    10   534    340  -210102930  -16.47873025   972   69   367
touch    log2       0.1   0.1   562    240  -148316490  -17.34257055   971   38   369
touch    log2        10    10   504    400  -247124100  -15.5527609    942   68   368
touch    total2     0.1   0.1   628    160   -98965890  -19.37940535  1036   38   368
touch    total2      10    10   567    310  -191581180  -17.4970393   1005   69   367
touch    front2     0.1   0.1   552    200  -123640780  -17.0341563    961   38   369
touch    front2      10    10   494    360  -222447190  -15.24434065   932   68   368
"""

# Some of these rows for a grid whose position is the exact sum of its fills: where hftbacktest's running float of 50
# times 0.1 says 4.999999999999998, this one says 5 and stops buying. hftbacktest itself, its position rounded to the
# lot before it is compared, gives the same numbers in every row.
EXACT = """
grid     power2      0     0  1139   -100    53642000  -351.37874     3324  136  2009
grid     power2    0.1   0.1  1136    200  -132150000  -350.45041     3277  134  1967
grid     power2     10    10  1054  -1400   854055000  -325.153925    3177  140  1943
grid     averse     10    10  1054  -1400   854055000  -325.153925    3175  138  1943
grid     power1     10    10  1060  -1600   977517000  -327.006305    3174  141  1933
grid     power2    150   250   931  -2500  1532584000  -287.23856     2856   58  1827
grid5    power2      0     0   816  -2400  1476269000  -251.766665    2391   89  1476
grid37ms power2     10    10  1159   1300  -810671000  -357.518715    3674  346  2129
"""

# Trades and sums at latencies of `measured.latencies`, printed by `benches/peers/hftbacktest/truths.py`.
MEASURED = """
#        queue    latency  trades   lots     balance  fee
grid     power2   waves      1082  -1600   978675000  -333.794455
grid     power2   bursts     1110  -2000  1225681000  -342.435805
grid     averse   waves      1082  -1600   978675000  -333.794455
grid     averse   bursts     1110  -2000  1225681000  -342.435805
touch    power2   waves       523    330  -203828560  -16.1393191
touch    power2   bursts      549    210  -129694540  -16.9416788
touch    averse   waves       488    340  -210043750  -15.05911645
touch    averse   bursts      513    230  -142051540  -15.8307276
"""


class Outcome(NamedTuple):
    """Counts and exact sums of a run."""

    trades: int
    position_lots: int
    balance_tick_lots: int
    fee: str
    submitted: int
    rejected: int
    canceled: int


class Row(NamedTuple):
    """A strategy's parameters, a venue's model, and what came of them."""

    parameters: dict[str, Any]
    venue: q.SimVenue
    outcome: Outcome


def row(line: str) -> Row:
    """A line of a table."""
    strategy, queue, entry, response, trades, lots, balance, fee, *counts = line.split()
    venue = q.SimVenue(
        latency=(f"{entry}ms", f"{response}ms"),
        queue=QUEUES.get(queue) or q.PowerQueue(float(queue.removeprefix("power"))),
        fees=FEES,
        fills="whole",
    )
    outcome = Outcome(int(trades), int(lots), int(balance), fee, *(int(count) for count in counts))
    return Row(PARAMETERS[strategy], venue, outcome)


def rows(table: str) -> dict[str, Row]:
    """A table by what each row is of."""
    return {" ".join(line.split()[:4]): row(line) for line in table.strip().splitlines() if not line.startswith("#")}
