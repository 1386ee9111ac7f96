//! Bars as a recording: what the strategy sees is the bar at its end, what the exchange sees is four prices in time.
//!
//! A bar does not say in which order its prices came. The path taken here is the usual one: open, the extreme nearer
//! the open, the other extreme, close, a quarter of the volume at each. The four are trades for the exchange's side
//! only, at the bar's start, thirds of its span and its end; the bar itself is an event of the strategy's side at its end,
//! because an input has the time at which it is known.

use std::sync::Arc;

use super::digits::{CommonStep, Digits};
use super::recording::Recording;
use super::report::ReadReport;
use crate::bars::{Rule, TIMEFRAMES};
pub use crate::model::OTHER_TIMEFRAME;
use crate::model::{Bar, Decimal, Error, Event, EventKind, Instrument, Result, flags};

/// Columns of equal length, a row a bar.
#[derive(Clone, Copy, Debug)]
pub struct BarColumns<'a> {
    /// Start of each bar, ns.
    pub open_ns: &'a [i64],
    /// First prices.
    pub open: &'a [f64],
    /// Highest prices.
    pub high: &'a [f64],
    /// Lowest prices.
    pub low: &'a [f64],
    /// Last prices.
    pub close: &'a [f64],
    /// Traded quantities; NaN where unknown.
    pub volume: &'a [f64],
}

impl BarColumns<'_> {
    /// The bar in a row.
    fn row(&self, row: usize) -> Bar {
        Bar {
            open_ns: self.open_ns[row],
            open: self.open[row],
            high: self.high[row],
            low: self.low[row],
            close: self.close[row],
            volume: self.volume[row],
            kind: EventKind::Bar as u8,
            ..Bar::default()
        }
    }

    fn check_lengths(&self) -> Result<()> {
        let rows = self.open_ns.len();
        for (name, length) in [
            ("open", self.open.len()),
            ("high", self.high.len()),
            ("low", self.low.len()),
            ("close", self.close.len()),
            ("volume", self.volume.len()),
        ] {
            if length != rows {
                return Err(Error::Data(format!("{name} has {length} values, time has {rows}")));
            }
        }
        Ok(())
    }
}

/// Number of a span among [`TIMEFRAMES`]; [`OTHER_TIMEFRAME`] for one without a name.
pub fn timeframe_of(span_ns: i64) -> u8 {
    let day_ns = 86_400_000_000_000;
    let same = |name: &&str| match Rule::parse(name) {
        Ok(Rule::Time(step_ns)) => step_ns == span_ns,
        Ok(Rule::Day) => span_ns == day_ns,
        Ok(Rule::Week) => span_ns == 7 * day_ns,
        _ => false,
    };
    TIMEFRAMES.iter().position(same).map_or(OTHER_TIMEFRAME, |number| number as u8)
}

/// A recording of bars, whose rows come in order of time; `span_ns` is how long one lasts, the most frequent step
/// where it is `None`. A row that cannot be is left out and counted with its number (from 1) and what is wrong with it.
pub fn from_bars(
    columns: &BarColumns<'_>,
    instrument: &Arc<Instrument>,
    span_ns: Option<i64>,
    mut report: ReadReport,
) -> Result<Recording> {
    columns.check_lengths()?;
    report.lines = columns.open_ns.len() as u64;
    report.messages = report.lines;
    let mut bars: Vec<Bar> = Vec::with_capacity(columns.open_ns.len());
    for row in 0..columns.open_ns.len() {
        let bar = columns.row(row);
        match check(&bar, bars.last()) {
            Ok(()) => bars.push(bar),
            Err(why) => report.malformed.add(row as u64 + 1, why),
        }
    }
    let span_ns = match span_ns {
        Some(span_ns) => span_ns,
        None => common_step(&bars)?,
    };
    let mut events = Vec::with_capacity(bars.len() * 5);
    for index in 0..bars.len() {
        let next_ns = bars.get(index + 1).map_or(i64::MAX, |next| next.open_ns);
        let bar = &mut bars[index];
        bar.timeframe = timeframe_of(span_ns);
        let end_ns = bar.open_ns.saturating_add(span_ns).min(next_ns);
        let path = path(bar, instrument)
            .map_err(|why| Error::Data(format!("{}: row {}: {why}{}", report.source, index + 1, fitting(columns))))?;
        push(&mut events, bar, (&path, end_ns, index), instrument);
    }
    Recording::of_bars(vec![Arc::clone(instrument)], events, (bars, span_ns), report)
}

/// What is wrong with a row.
fn check(bar: &Bar, before: Option<&Bar>) -> std::result::Result<(), String> {
    let Bar { open, high, low, close, volume, open_ns, .. } = *bar;
    for (name, price) in [("open", open), ("high", high), ("low", low), ("close", close)] {
        if !(price.is_finite() && price > 0.0) {
            return Err(format!("{name} is {price}, prices must be positive"));
        }
    }
    if high < low {
        return Err(format!("high {high} is below low {low}"));
    }
    if high < open.max(close) || low > open.min(close) {
        return Err(format!("open {open} and close {close} must lie between low {low} and high {high}"));
    }
    if volume < 0.0 || volume.is_infinite() {
        return Err(format!("volume is {volume}, it must not be negative"));
    }
    if open_ns < 0 {
        return Err(format!("time is {open_ns} ns, it must not be before 1970"));
    }
    match before {
        Some(before) if before.open_ns == open_ns => Err(format!("time {open_ns} ns is that of the row before")),
        Some(before) if before.open_ns > open_ns => {
            Err(format!("time {open_ns} ns lies before that of the row before, {} ns", before.open_ns))
        }
        _ => Ok(()),
    }
}

/// The most frequent step from one bar to the next, the shortest of equally frequent ones.
fn common_step(bars: &[Bar]) -> Result<i64> {
    let mut steps: Vec<i64> = bars.windows(2).map(|pair| pair[1].open_ns - pair[0].open_ns).collect();
    steps.sort_unstable();
    let longest = steps.chunk_by(|a, b| a == b).rev().max_by_key(|same| same.len());
    longest
        .map(|same| same[0])
        .ok_or_else(|| Error::Data(format!("{} good rows do not tell how long a bar lasts: say so", bars.len())))
}

/// The four prices in time, as counts.
fn path(bar: &Bar, instrument: &Instrument) -> std::result::Result<[i64; 4], String> {
    let price = |name: &str, value: f64| {
        instrument.price().exact(value).map_err(|_| {
            format!("{name} {value} is not a whole number of its price_increment {}", instrument.price().unit())
        })
    };
    let (open, high) = (price("open", bar.open)?, price("high", bar.high)?);
    let (low, close) = (price("low", bar.low)?, price("close", bar.close)?);
    Ok(if high - open < open - low { [open, high, low, close] } else { [open, low, high, close] })
}

/// The bar's events: four trades that the exchange sees, then the bar that the strategy sees.
fn push(events: &mut Vec<Event>, bar: &Bar, (path, end_ns, index): (&[i64; 4], i64, usize), instrument: &Instrument) {
    let volume = instrument.qty().nearest(bar.volume).filter(|_| !bar.volume.is_nan());
    let third_ns = (end_ns - bar.open_ns) / 3;
    let times = [bar.open_ns, bar.open_ns + third_ns, bar.open_ns + 2 * third_ns, end_ns];
    for (step, (&price, exchange_ns)) in path.iter().zip(times).enumerate() {
        events.push(Event {
            exchange_ns,
            receive_ns: exchange_ns,
            price,
            // Quarters that sum to the whole; an unknown volume does not bound anything.
            qty: volume.map_or(i64::MAX, |volume| volume / 4 + i64::from((step as i64) < volume % 4)),
            venue_sequence: (index * 4 + step) as u64,
            kind: EventKind::Trade as u8,
            flags: flags::LAST | flags::EXCHANGE_ONLY | flags::ESTIMATED_TIME,
            ..Event::default()
        });
    }
    events.push(Event {
        exchange_ns: end_ns,
        receive_ns: end_ns,
        price: path[3],
        qty: volume.unwrap_or(0),
        order_id: index as u64,
        kind: EventKind::Bar as u8,
        flags: flags::LAST | flags::LOCAL_ONLY,
        ..Event::default()
    });
}

/// The price step that fits every row, as a hint.
fn fitting(columns: &BarColumns<'_>) -> String {
    price_step(columns).map_or_else(String::new, |step| format!(". All of the file fits tick_size=\"{step}\""))
}

/// The largest round step that every price is a multiple of; `None` where there is none.
pub fn price_step(columns: &BarColumns<'_>) -> Option<Decimal> {
    let mut step = CommonStep::default();
    for &price in [columns.open, columns.high, columns.low, columns.close].into_iter().flatten() {
        // A float's shortest text is the decimal it was made from.
        if price.is_finite()
            && price > 0.0
            && let Ok(digits) = Digits::parse(price.to_string().as_bytes())
        {
            step.observe(digits);
        }
    }
    step.round_step()
}

/// Which of a bar's four prices a trade of its path is, 0 to 3.
pub const fn path_step(trade: &Event) -> u64 {
    trade.venue_sequence % 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::testing::instrument;

    fn columns<'a>(open_ns: &'a [i64], prices: &'a [Vec<f64>; 4], volume: &'a [f64]) -> BarColumns<'a> {
        let [open, high, low, close] = prices;
        BarColumns { open_ns, open, high, low, close, volume }
    }

    fn report() -> ReadReport {
        ReadReport::new("test", "bars")
    }

    #[test]
    fn a_bar_is_four_prices_for_the_exchange_and_one_event_for_the_strategy() {
        let listing = instrument("X", "0.1", "0.001");
        let prices = [vec![10.0, 11.0], vec![12.0, 11.5], vec![9.5, 10.0], vec![11.0, 11.2]];
        let columns = columns(&[0, 60_000_000_000], &prices, &[0.01, f64::NAN]);
        let recording = from_bars(&columns, &listing, None, report()).unwrap();
        let seen: Vec<_> = recording.events().iter().map(|event| (event.exchange_ns, event.price, event.qty)).collect();
        let (start, end) = (0, 60_000_000_000);
        let first = [(start, 100, 3), (20_000_000_000, 95, 3), (40_000_000_000, 120, 2), (end, 110, 2), (end, 110, 10)];
        assert_eq!(seen[..5], first);
        // The second opens nearer its high; nobody knows what it traded.
        assert_eq!(seen[5..7], [(end, 110, i64::MAX), (80_000_000_000, 115, i64::MAX)]);
        assert_eq!(recording.bars()[1].close, 11.2);
        assert_eq!(recording.report().events, 2);
        assert_eq!(TIMEFRAMES[recording.bars()[0].timeframe as usize], "1m");
    }

    #[test]
    fn rows_that_cannot_be_are_left_out_and_named() {
        let listing = instrument("X", "0.1", "0.001");
        let mut prices = [vec![10.0; 6], vec![11.0; 6], vec![9.0; 6], vec![10.0; 6]];
        prices[1][1] = 8.0;
        prices[0][2] = -1.0;
        prices[3][3] = 12.0;
        let columns = columns(&[0, 60, 120, 180, 0, 240], &prices, &[1.0; 6]);
        let recording = from_bars(&columns, &listing, Some(60), report()).unwrap();
        assert_eq!(recording.bars().len(), 2);
        let said: Vec<_> = recording.report().malformed.first.iter().map(|(line, _)| *line).collect();
        assert_eq!(said, [2, 3, 4, 5]);
    }

    #[test]
    fn a_price_off_the_increment_names_the_one_that_fits() {
        let listing = instrument("X", "1", "0.001");
        let prices = [vec![10.25], vec![11.0], vec![9.0], vec![10.0]];
        let error = from_bars(&columns(&[0], &prices, &[1.0]), &listing, Some(60), report()).unwrap_err();
        assert!(error.message().contains("open 10.25") && error.message().contains("tick_size=\"0.25\""), "{error}");
    }

    #[test]
    fn one_row_does_not_tell_how_long_a_bar_lasts() {
        let listing = instrument("X", "1", "0.001");
        let prices = [vec![10.0], vec![11.0], vec![9.0], vec![10.0]];
        assert!(from_bars(&columns(&[0], &prices, &[1.0]), &listing, None, report()).is_err());
    }
}
