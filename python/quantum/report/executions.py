"""Reports as tables: fills, orders and refusals, with counts turned into prices and quantities once, here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from quantum._core import Instrument
from quantum.dtypes import NAMES
from quantum.tables import Table

__all__ = ["effective", "fees", "fills", "is_fill", "orders", "refusals"]

KIND = {name: number for number, name in NAMES["kind"].items()}
FILL_KINDS = [KIND[name] for name in ("Trade", "Bust", "Correction", "Liquidation")]
STATE = {name: number for number, name in NAMES["state"].items()}
POST_ONLY = 1
FEE_UNITS = 1e12

Reports = npt.NDArray[Any]


def is_fill(reports: Reports) -> npt.NDArray[np.bool_]:
    """Which reports move quantity and money: (n,) bool."""
    return np.isin(reports["kind"], FILL_KINDS)


def fees(reports: Reports) -> npt.NDArray[np.float64]:
    """Fees of executions in the currency, negative for a rebate: (n,) float64, from two halves of an i128 of 1e-12."""
    low, high = reports["detail"][:, 0], reports["detail"][:, 1].view(np.int64)
    narrow = low.view(np.int64)
    # An amount that fits 64 bits is converted as one integer: adding the two halves as floats would cost a rebate
    # (high = -1) its last digits.
    fits = high == narrow >> 63
    return np.where(fits, narrow.astype(np.float64), high * 2.0**64 + low.astype(np.float64)) / FEE_UNITS


def effective(reports: Reports) -> Reports:
    """The executions that stand, in order: a busted one is gone, a corrected one has its new price and quantity."""
    found = reports[is_fill(reports)]
    changed = np.isin(found["kind"], [KIND["Bust"], KIND["Correction"]])
    if not np.any(changed):
        return found
    place: dict[tuple[int, int], int] = {}
    keep = np.ones(len(found), dtype=bool)
    standing = found.copy()
    for row, (venue, execution, kind) in enumerate(
        zip(found["venue"].tolist(), found["execution_id"].tolist(), found["kind"].tolist(), strict=True)
    ):
        original = place.setdefault((venue, execution), row)
        if kind == KIND["Bust"]:
            keep[[original, row]] = False
        elif kind == KIND["Correction"] and original != row:
            keep[row] = False
            for field in ("price", "qty", "detail"):
                standing[field][original] = found[field][row]
    return standing[keep]


def fills(reports: Reports, instruments: list[Instrument]) -> Table:
    """Executions as they were reported, busts and corrections included."""
    found = reports[is_fill(reports)]
    return Table.from_columns(
        {
            "time": _times(found["exchange_ns"]),
            "received": _times(found["receive_ns"]),
            "symbol": _symbols(found, instruments),
            "side": _named(found, "side"),
            "price": _prices(found, instruments, "price"),
            "qty": _quantities(found, instruments, "qty"),
            "fee": fees(found),
            "liquidity": _named(found, "liquidity"),
            "position": _quantities(found, instruments, "position"),
            "kind": _named(found, "kind"),
            "order_id": found["order_id"],
            "execution_id": found["execution_id"],
        },
        name="fills",
    )


def orders(reports: Reports, instruments: list[Instrument], created_ns: npt.NDArray[np.int64] | None = None) -> Table:
    """One row per order, in the order of their first report, as the last report left it.

    ``price`` is the limit (NaN for a market order) and ``qty`` the quantity, both as last replaced, ``replaced`` how
    often the venue replaced it, ``time`` when the strategy asked for it (``created_ns``, by order
    id from 1; without it the first report's receive time), ``updated`` the last report's receive time, ``reason`` why
    it ended otherwise than filled, ``value`` and ``limit`` the two numbers of a refusal.
    """
    about = reports[reports["kind"] != KIND["CancelRejected"]]
    ids, first, owner = np.unique(about["order_id"], return_index=True, return_inverse=True)
    last = len(about) - 1 - np.unique(about["order_id"][::-1], return_index=True)[1]
    traded = is_fill(about)
    executed = np.zeros(len(ids))
    paid = np.zeros(len(ids))
    signed = np.where(about["kind"][traded] == KIND["Bust"], -1.0, 1.0)
    product = about["price"][traded].astype(np.float64) * about["qty"][traded]
    np.add.at(executed, owner[traded], product * signed)
    np.add.at(paid, owner[traded], fees(about[traded]))
    opening, closing = about[first], about[last]
    replaced = np.flatnonzero(about["kind"] == KIND["Replaced"])
    terms = first.copy()
    terms[owner[replaced]] = replaced  # of several the last one stays
    filled = _quantities(closing, instruments, "cum_qty")
    mantissa, power = _increments(closing, instruments)
    counts = closing["cum_qty"].astype(np.float64)
    average = np.divide(executed * mantissa, counts * power, out=np.full(len(ids), np.nan), where=counts > 0)
    asked = opening["receive_ns"] if created_ns is None else created_ns[ids.astype(np.intp) - 1]
    columns = {
        "time": _times(asked),
        "updated": _times(closing["receive_ns"]),
        "symbol": _symbols(opening, instruments),
        "side": _named(opening, "side"),
        "type": _named(opening, "order_type"),
        "tif": _named(opening, "time_in_force"),
        "post_only": (opening["flags"] & POST_ONLY).astype(bool),
        "price": _limits(about, terms, instruments),
        "qty": _order_quantities(about[terms], instruments),
        "filled": filled,
        "average_price": average,
        "fee": paid,
        "replaced": np.bincount(owner[replaced], minlength=len(ids)),
        "state": _named(_last_states(reports, ids), "state"),
        "reason": _named(closing, "reason"),
        **_refused(closing),
        "order_id": ids,
    }
    order = np.argsort(first, kind="stable")
    return Table.from_columns({name: values[order] for name, values in columns.items()}, name="orders")


def refusals(reports: Reports, instruments: list[Instrument]) -> Table:
    """Orders that our gate denied or the venue rejected, and requests either refused, with the number and its limit.

    ``request`` says what a CancelRejected refused, "cancel" or "replace"; ``price`` and ``qty`` are the order's.
    """
    found = reports[np.isin(reports["kind"], [KIND["Denied"], KIND["Rejected"], KIND["CancelRejected"]])]
    return Table.from_columns(
        {
            "time": _times(found["receive_ns"]),
            "symbol": _symbols(found, instruments),
            "kind": _named(found, "kind"),
            "request": _named(found, "request"),
            "side": _named(found, "side"),
            "price": _prices(found, instruments, "price"),
            "qty": _quantities(found, instruments, "qty"),
            "reason": _named(found, "reason"),
            **_refused(found),
            "order_id": found["order_id"],
        },
        name="refusals",
    )


def _times(values: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
    return np.ascontiguousarray(values).view("datetime64[ns]")


def _named(reports: Reports, field: str) -> npt.NDArray[np.str_]:
    """A coded field by name; a number without a name keeps its number."""
    names = NAMES[field]
    table = np.array([names.get(code, f"{field} {code}" if code else "") for code in range(256)])
    values = table[reports[field]]
    return np.asarray(values, dtype=f"U{max((len(name) for name in np.unique(values)), default=1) or 1}")


def _symbols(reports: Reports, instruments: list[Instrument]) -> npt.NDArray[np.str_]:
    return np.asarray(np.array([instrument.symbol for instrument in instruments] or [""])[reports["instrument"]])


def _prices(reports: Reports, instruments: list[Instrument], field: str) -> npt.NDArray[np.float64]:
    return _converted(reports, field, [instrument.price for instrument in instruments])


def _quantities(reports: Reports, instruments: list[Instrument], field: str) -> npt.NDArray[np.float64]:
    return _converted(reports, field, [instrument.qty for instrument in instruments])


def _converted(reports: Reports, field: str, convert: list[Any]) -> npt.NDArray[np.float64]:
    """Counts as floats by the instrument's own conversion, called once per distinct count."""
    result = np.full(len(reports), np.nan)
    for number, to_float in enumerate(convert):
        rows = reports["instrument"] == number
        counts, inverse = np.unique(reports[field][rows], return_inverse=True)
        result[rows] = np.array([to_float(count) for count in counts.tolist()])[inverse] if counts.size else 0.0
    return result


def _last_states(reports: Reports, ids: npt.NDArray[np.uint64]) -> Reports:
    """The last report of each order, refused requests included: they may tell that it is done."""
    known, place = np.unique(reports["order_id"][::-1], return_index=True)
    return reports[len(reports) - 1 - place[np.searchsorted(known, ids)]]


def _limits(about: Reports, terms: npt.NDArray[np.intp], instruments: list[Instrument]) -> npt.NDArray[np.float64]:
    """Each order's limit: the price of its terms or, where that is a fill, of its first report that is none.

    NaN for a market order; an order whose every report is a fill never told its limit: NaN as well.
    """
    ids = about["order_id"][terms]
    told = about[~is_fill(about)]
    known, where = np.unique(told["order_id"], return_index=True)
    limits = np.full(len(ids), np.nan)
    limits[np.searchsorted(ids, known)] = _prices(told[where], instruments, "price")
    stated = ~is_fill(about[terms])
    limits[stated] = _prices(about[terms][stated], instruments, "price")
    limits[about["order_type"][terms] == 1] = np.nan
    return limits


def _order_quantities(opening: Reports, instruments: list[Instrument]) -> npt.NDArray[np.float64]:
    """An order's quantity from the report of its terms: a fill carries the executed one, take executed and leaves."""
    whole = opening.copy()
    traded = is_fill(opening)
    whole["qty"][traded] = opening["cum_qty"][traded] + opening["leaves_qty"][traded]
    return _quantities(whole, instruments, "qty")


def _increments(
    reports: Reports, instruments: list[Instrument]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The price increment of each report as mantissa and power of ten: mantissa / power."""
    units = [Decimal(instrument.price_increment) for instrument in instruments]
    powers = [10.0 ** max(0, -int(unit.as_tuple().exponent)) for unit in units]
    mantissas = [float(unit * Decimal(power)) for unit, power in zip(units, powers, strict=True)]
    which = reports["instrument"]
    return np.array(mantissas)[which], np.array(powers)[which]


def _refused(reports: Reports) -> dict[str, npt.NDArray[np.float64]]:
    """The number that was wrong and its limit; NaN where the report is no refusal or no number is at fault."""
    told = (reports["kind"] == KIND["Denied"]) | (reports["request"] != 0) | np.any(reports["detail"] != 0, axis=1)
    refused = np.isin(reports["kind"], [KIND["Denied"], KIND["Rejected"], KIND["CancelRejected"]]) & told
    numbers = np.ascontiguousarray(reports["detail"]).view(np.float64)
    return {name: np.where(refused, numbers[:, place], np.nan) for place, name in enumerate(("value", "limit"))}
