"""The one screen that ``print(run)`` shows: what ran on what, what it earned, what it cost, what went wrong."""

from __future__ import annotations

import html as markup
import textwrap
from typing import TYPE_CHECKING, Any

from quantum.report import words

if TYPE_CHECKING:
    from quantum.report.run import Run

__all__ = ["facts", "html", "lines_of", "text", "warnings"]

WIDTH = 100
HEIGHT = 40
LABEL = 13
SHOWN_LATENCIES = 4
SHOWN_SOURCES = 4
RECONCILED = 1e-9

Section = list[tuple[str, str]]


def text(run: Run) -> str:
    """At most 40 lines of at most 100 columns; where there is too much to say, each fact is cut shorter."""
    found = sections(run)
    for most in (3, 2, 1):
        lines = [title(run), "─" * WIDTH, *lines_of(found, most)]
        if len(lines) <= HEIGHT:
            break
    return "\n".join(lines)


def lines_of(found: list[Section], most: int) -> list[str]:
    """The facts as lines, at most so many for each, a blank line between sections."""
    lines = []
    for number, section in enumerate(found):
        lines += [""] if number else []
        for label, content in section:
            body = textwrap.wrap(content, WIDTH - LABEL, break_on_hyphens=False, max_lines=most, placeholder=" …") or [
                ""
            ]
            lines.append(f"{label:<{LABEL}}{body[0]}")
            lines += [" " * LABEL + line for line in body[1:]]
    return lines


def html(run: Run) -> str:
    """The same facts as a table."""
    rows = "".join(
        f"<tr><th style='text-align:left'>{markup.escape(label)}</th>"
        f"<td style='text-align:left'>{markup.escape(content)}</td></tr>"
        for section in sections(run)
        for label, content in section
    )
    return f"<table><caption>{markup.escape(title(run))}</caption><tbody>{rows}</tbody></table>"


def title(run: Run) -> str:
    """What ran on what, shortened to a line."""
    symbols = ", ".join(instrument.symbol for instrument in run.instruments)
    mark = " · SYNTHETIC MARKET" if run.synthetic else ""
    return textwrap.shorten(f"{run.strategy} on {symbols}", WIDTH - len(mark), placeholder=" …") + mark


def sections(run: Run) -> list[Section]:
    """The screen's sections as labels and lines."""
    found = [what_ran(run), result(run), speed(run), verdict(run)]
    return [section for section in found if section]


def what_ran(run: Run) -> Section:
    """Parameters, data, time, venue, limits."""
    raw = run.raw
    parameters = ", ".join(f"{name} {value}" for name, value in run.parameters.items()) or "none"
    rows: Section = [("Parameters", parameters)]
    sources = raw["sources"]
    for number, source in enumerate(sources[:SHOWN_SOURCES]):
        rows.append(("" if number else "Data", source_line(source)))
    if len(sources) > SHOWN_SOURCES:
        rows.append(("", f"and {len(sources) - SHOWN_SOURCES} more sources"))
    lasted = words.duration(raw["end_ns"] - raw["start_ns"])
    rows.append(("Time", f"{words.span(raw['start_ns'], raw['end_ns'])}, {lasted}"))
    for number, venue in enumerate(raw["venues"][:3]):
        rows.append(("" if number else "Venue", venue_line(venue)))
    if raw.get("compute_time"):
        rows.append(("Compute", compute_line(raw)))
    rows.append(("Limits", limits_line(raw["limits"])))
    return rows


def result(run: Run) -> Section:
    """P&L, drawdown, ratios, trades."""
    metrics, currency, totals = run.metrics, run.currency, run.totals
    of = {metric.name: metric.text() for metric in metrics.all()}
    step = words.duration(run.raw["sample_ns"])
    cash = f"{words.money(float(run.raw['cash']))} {currency}"
    earned = f"{words.money(metrics['pnl'], sign=True)} {currency}, {of['total_return']} of {cash}"
    parts = ", ".join(f"{name} {words.money(metrics[name], sign=True)}" for name in ("realised", "unrealised"))
    rows: Section = [
        ("P&L", earned),
        ("", f"{parts}, fees {words.money(metrics['fees'], sign=True)} (a minus is a rebate)"),
        ("Drawdown", f"{of['max_drawdown']} at most, lasted {of['max_drawdown_duration']}; {step} steps"),
        ("Ratios", ratio_line(run)),
    ]
    if metrics["fills"]:
        rows.append(
            ("Trades", f"{of['fills']} fills, {of['maker_share']} maker, turnover {of['turnover']}; {positions(run)}")
        )
    else:
        rows.append(("Trades", "none"))
    if metrics["round_trips"]:
        rows.append(
            ("Round trips", f"{of['round_trips']}, win rate {of['win_rate']}, profit factor {of['profit_factor']}, "
                            f"average {of['average_duration']} (first in first out)")
        )  # fmt: skip
    names = ("canceled", "expired", "rejected", "denied")
    ends = ", ".join(f"{words.count(totals[name])} {name}" for name in names if totals.get(name))
    rows.append(("Orders", of["orders"] + (f": {ends}" if ends else "") + replaces(run)))
    return rows


def replaces(run: Run) -> str:
    """How many replaces were taken and refused, where there were any."""
    named = (("replaced", "replaces"), ("replaces_refused", "replaces refused"))
    told = [f"{words.count(run.totals[key])} {name}" for key, name in named if run.totals.get(key)]
    return f"; {', '.join(told)}" if told else ""


def ratio_line(run: Run) -> str:
    """The ratios with their sampling, or the reason that there are none."""
    sharpe = run.metrics.of("sharpe")
    if sharpe.why:
        return f"none: {sharpe.why}"
    of = {name: run.metrics.of(name).text() for name in ("sharpe", "sortino", "calmar", "volatility")}
    return ", ".join(f"{name.capitalize()} {value}" for name, value in of.items()) + f" ({sharpe.sampling})"


def positions(run: Run) -> str:
    """The positions at the end; the first few where there are many."""
    held = [
        f"{words.number(float(qty), 10)} {instrument.symbol}"
        for instrument, qty in zip(run.instruments, run.totals["position"], strict=True)
        if qty
    ]
    more = f" and {len(held) - 4} more" if len(held) > 4 else ""
    return "ended flat" if not held else f"ended holding {', '.join(held[:4])}{more}"


def speed(run: Run) -> Section:
    """How fast the replay and the strategy's callbacks were, in wall time."""
    raw = run.raw
    elapsed = float(raw["elapsed_s"])
    rate = f", {words.count(round(raw['rows'] / elapsed))} rows/s" if elapsed > 0 else ""
    rows: Section = [("Replay", f"{words.count(raw['rows'])} rows in {words.duration(elapsed * 1e9)}{rate}")]
    busiest = sorted(raw["latencies"].items(), key=lambda item: -item[1]["count"])
    for number, (callback, figures) in enumerate(busiest[:SHOWN_LATENCIES]):
        shown = ", ".join(f"{name} {words.duration(figures[name])}" for name in ("p50", "p99", "max"))
        rows.append(("" if number else "Callbacks", f"{callback} x {words.count(figures['count'])}: {shown}"))
    return rows


def verdict(run: Run) -> Section:
    """Refusals, warnings, and why it ended."""
    rows: Section = []
    if run.raw["denials"]:
        most = sorted(run.raw["denials"].items(), key=lambda item: -item[1])
        rows.append(("Refusals", ", ".join(f"{reason} {words.count(number)}" for reason, number in most)))
    rows += [("Warning", warning) for warning in warnings(run)[:4]]
    rows.append(("Ended", run.ended))
    return rows


def warnings(run: Run) -> list[str]:
    """What a reader must know before they believe the figures."""
    found = []
    if run.raw.get("compute_time") == "measured":
        found.append("the strategy's compute time was measured on this machine: the run is not reproducible")
    for source in run.raw["sources"]:
        bad = [f"{words.count(source[what])} {what}" for what in ("gaps", "malformed") if source.get(what)]
        backwards = source.get("receive_backwards", 0)
        if backwards:
            most = words.duration(source["max_receive_backwards_ns"])
            bad.append(f"{words.count(backwards)} lines whose receive time ran backwards, by up to {most}")
        if bad:
            found.append(f"{source['name']}: {', '.join(bad)}")
    for instrument, book in zip(run.instruments, run.raw["books"], strict=False):
        bad = [f"{words.count(book[what])} {what}" for what in ("gaps", "crossed") if book.get(what)]
        bad += ["stale at the end"] if book.get("stale") else []
        if bad:
            found.append(f"book of {instrument.symbol}: {', '.join(bad)}")
    off = imbalance(run)
    if abs(off) > RECONCILED * max(1.0, abs(float(run.raw["cash"])), run.metrics["turnover"]):
        found.append(f"realised + unrealised - fees misses the change in equity by {words.money(off)} {run.currency}")
    return found


def imbalance(run: Run) -> float:
    """What realised + unrealised - fees misses of the change in equity; 0 but for rounding, else a defect."""
    of = run.metrics
    return of["realised"] + of["unrealised"] - of["fees"] - of["pnl"]


def source_line(source: dict[str, Any]) -> str:
    """A source in words: name, format, events, clock shift."""
    kind = "SYNTHETIC, a generated market and not a recording" if source.get("synthetic") else source.get("format", "")
    parts = [str(source["name"]), str(kind), f"{words.count(source['events'])} events"]
    if source.get("clock_shift_ns"):
        parts.append(f"receive clock shifted {words.duration(source['clock_shift_ns'])}")
    return ", ".join(part for part in parts if part)


def venue_line(venue: dict[str, Any]) -> str:
    """A simulated venue in words."""
    parts = [f"{label} {venue[key]}" for key, label in facts(venue) if key != "name"]
    return (f"{venue['name']}: " if venue.get("name") else "simulated, ") + ", ".join(parts)


def compute_line(raw: dict[str, Any]) -> str:
    """How long the strategy took to answer, and what that did."""
    took = raw["compute_time"] if raw["compute_time"] == "measured" else f"{raw['compute_time']} an input"
    lasted = raw["end_ns"] - raw["start_ns"]
    busy = words.number(100 * raw["busy_ns"] / lasted, 3) if lasted else words.MISSING
    return f"{took}: busy {busy} % of the time, an input waited up to {words.duration(raw['longest_wait_ns'])}"


def facts(mapping: dict[str, Any]) -> list[tuple[str, str]]:
    """Keys and labels of a venue's facts that are said."""
    return [(key, key.replace("_", " ")) for key, value in mapping.items() if value not in (None, "")]


def limits_line(limits: dict[str, Any] | None) -> str:
    """The limits, or that there were none."""
    if not limits:
        return "none"
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in limits.items() if value is not None)
