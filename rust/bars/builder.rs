//! Makes bars of trades, or of closed lower bars.

use super::calendar::{Calendar, Stretch};
use super::rule::Rule;
use crate::model::{Error, Result};

/// One bar.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Row {
    /// Start of its stretch, ns; of bars by count or amount, the time of the first trade.
    pub open_ns: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded quantity.
    pub volume: f64,
    /// Sum of price times quantity; over `volume` it is the mean price by volume.
    pub turnover: f64,
    /// Number of trades.
    pub trades: u64,
}

impl Row {
    /// A trade as a bar of its own.
    pub fn of_trade(time: i64, price: f64, qty: f64) -> Self {
        let turnover = price * qty;
        Self { open_ns: time, open: price, high: price, low: price, close: price, volume: qty, turnover, trades: 1 }
    }

    fn absorb(&mut self, next: &Self) {
        self.high = self.high.max(next.high);
        self.low = self.low.min(next.low);
        self.close = next.close;
        self.volume += next.volume;
        self.turnover += next.turnover;
        self.trades += next.trades;
    }

    fn check(&self) -> Result<()> {
        let prices = [self.open, self.high, self.low, self.close];
        let whole = prices.iter().chain([&self.volume, &self.turnover]).all(|value| value.is_finite());
        if whole && self.high >= self.low && self.volume >= 0.0 {
            return Ok(());
        }
        Err(Error::Data(format!(
            "the trade or bar at {} ns holds prices {prices:?} and quantity {}; they must be finite, high >= low and the \
             quantity >= 0",
            self.open_ns, self.volume
        )))
    }
}

/// Takes trades or lower bars in order of time, gives each bar when it is over.
#[derive(Clone, Debug)]
pub struct Builder {
    rule: Rule,
    calendar: Calendar,
    day: Stretch,
    /// Where the forming bar's stretch ends.
    end: i64,
    forming: Option<Row>,
    last: i64,
}

impl Builder {
    /// Before the first trade.
    pub fn new(rule: Rule, calendar: Calendar) -> Self {
        Self { rule, calendar, day: (0, 0), end: i64::MIN, forming: None, last: i64::MIN }
    }

    /// Takes a trade or a closed lower bar; gives the bar that is over by now, if one is.
    pub fn push(&mut self, next: Row) -> Result<Option<Row>> {
        next.check()?;
        if next.open_ns < self.last {
            return Err(Error::Data(format!(
                "time goes back from {} to {} ns; trades and bars must come in order",
                self.last, next.open_ns
            )));
        }
        self.last = next.open_ns;
        let mut done = None;
        if self.by_time() && next.open_ns >= self.end {
            done = self.forming.take();
        }
        match &mut self.forming {
            Some(forming) => forming.absorb(&next),
            None => self.forming = Some(self.begin(next)?),
        }
        if self.is_full() {
            done = self.forming.take();
        }
        Ok(done)
    }

    /// Where the forming bar's stretch ends; far away for bars by count or amount, `i64::MIN` where none is forming.
    pub const fn end_ns(&self) -> i64 {
        self.end
    }

    /// The time of the last trade or bar taken.
    pub const fn last_ns(&self) -> i64 {
        self.last
    }

    /// The bar still forming.
    pub fn peek(&self) -> Option<Row> {
        self.forming
    }

    /// The last bar, when nothing more comes.
    pub fn finish(&mut self) -> Option<Row> {
        self.end = i64::MIN;
        self.forming.take()
    }

    fn by_time(&self) -> bool {
        matches!(self.rule, Rule::Time(_) | Rule::Day | Rule::Week)
    }

    /// Whether the forming bar has its count or amount.
    fn is_full(&self) -> bool {
        let Some(forming) = &self.forming else { return false };
        match self.rule {
            Rule::Ticks(trades) => forming.trades >= trades,
            Rule::Volume(volume) => forming.volume >= volume,
            Rule::Dollar(turnover) => forming.turnover >= turnover,
            Rule::Time(_) | Rule::Day | Rule::Week => false,
        }
    }

    /// A new bar that starts with `next`.
    fn begin(&mut self, next: Row) -> Result<Row> {
        let time = next.open_ns;
        let (start, end) = match self.rule {
            Rule::Week => self.calendar.week(time)?,
            Rule::Day => self.calendar.day(time)?,
            Rule::Time(step) => {
                if time >= self.day.1 || time < self.day.0 {
                    self.day = self.calendar.day(time)?;
                }
                let start = time - (time - self.day.0) % step;
                (start, (start + step).min(self.day.1))
            }
            Rule::Ticks(_) | Rule::Volume(_) | Rule::Dollar(_) => (time, i64::MAX),
        };
        self.end = end;
        Ok(Row { open_ns: start, ..next })
    }
}
