//! What the decoder remembers of one instrument.

use std::collections::VecDeque;
use std::sync::Arc;

use super::depth::DepthSync;
use super::message::{Level, Levels};
use crate::feed::digits::{Counter, Digits};
use crate::model::{Event, EventKind, Instrument, flags};

/// One instrument's increments and streams.
pub struct Listing {
    instrument: Arc<Instrument>,
    index: u32,
    price: Counter,
    qty: Counter,
    /// The depth stream.
    pub depth: DepthSync,
    /// The trade stream.
    pub trades: Trades,
    futures: Option<bool>,
    /// Id and time of the last quote.
    quote: (u64, i64),
    /// Time of the last depth event.
    depth_ns: i64,
}

/// A value that does not fit an increment: what to say of it.
type Misfit = String;

impl Listing {
    /// The instrument with this index.
    pub fn new(index: u32, instrument: &Arc<Instrument>) -> Self {
        Self {
            instrument: Arc::clone(instrument),
            index,
            price: Counter::new(instrument.price()),
            qty: Counter::new(instrument.qty()),
            depth: DepthSync::new(),
            trades: Trades::default(),
            futures: None,
            quote: (0, i64::MIN),
            depth_ns: i64::MIN,
        }
    }

    /// Its symbol.
    pub fn symbol(&self) -> &str {
        self.instrument.symbol()
    }

    /// Whether it has this symbol; stream names are in lower case.
    #[inline]
    pub fn is(&self, symbol: &[u8]) -> bool {
        self.instrument.symbol().as_bytes().eq_ignore_ascii_case(symbol)
    }

    /// An event of this instrument without price and quantity.
    #[inline]
    pub fn event(&self, kind: EventKind, venue_sequence: u64, exchange_ns: i64, receive_ns: i64) -> Event {
        Event { exchange_ns, receive_ns, venue_sequence, instrument: self.index, kind: kind as u8, ..Event::default() }
    }

    /// A price as a count.
    #[inline]
    pub fn price(&self, digits: Digits) -> Result<i64, Misfit> {
        self.price.count(digits).ok_or_else(|| self.misfit("price", &self.price, digits))
    }

    /// A quantity as a count.
    #[inline]
    pub fn qty(&self, digits: Digits) -> Result<i64, Misfit> {
        self.qty.count(digits).ok_or_else(|| self.misfit("qty", &self.qty, digits))
    }

    /// Both.
    #[inline]
    pub fn level(&self, level: Level) -> Result<(i64, i64), Misfit> {
        Ok((self.price(level.price)?, self.qty(level.qty)?))
    }

    #[cold]
    fn misfit(&self, what: &str, counter: &Counter, digits: Digits) -> Misfit {
        counter.misfit(self.symbol(), what, digits)
    }

    /// Appends bids, then asks, each a copy of `blank`.
    #[inline]
    pub fn push_levels(&self, blank: Event, levels: &Levels, events: &mut Vec<Event>) -> Result<(), Misfit> {
        events.reserve(levels.bids.len() + levels.asks.len());
        for (side, list) in [(1, &levels.bids), (2, &levels.asks)] {
            for level in list {
                let (price, qty) = self.level(*level)?;
                events.push(Event { price, qty, side, ..blank });
            }
        }
        Ok(())
    }

    /// Whether a depth message is of the market that the first one was of.
    #[inline]
    pub fn accept_market(&mut self, futures: bool) -> bool {
        *self.futures.get_or_insert(futures) == futures
    }

    /// Whether a quote is newer than the last one. Ids that fall back while the venue's own time goes on are no
    /// repetition: the venue restarted its count.
    #[inline]
    pub fn accept_quote(&mut self, id: u64, exchange_ns: i64, estimated: bool) -> bool {
        let (last_id, last_ns) = self.quote;
        if id <= last_id && (estimated || exchange_ns <= last_ns) {
            return false;
        }
        self.quote = (id, exchange_ns);
        true
    }

    /// Depth happened in the order of its ids: where its times say otherwise they are raised to the time before, so
    /// that the exchange's view of the recording cannot apply it in a wrong order. Says whether that was needed.
    #[inline]
    pub fn raise_exchange_time(&mut self, exchange_ns: i64, rows: &mut [Event]) -> bool {
        if exchange_ns >= self.depth_ns {
            self.depth_ns = exchange_ns;
            return false;
        }
        for row in rows {
            row.exchange_ns = self.depth_ns;
            row.flags |= flags::ESTIMATED_TIME;
        }
        true
    }
}

/// How many of the last trade ids are remembered: a second connection repeats trades within moments.
const REMEMBERED: usize = 4096;

/// Which trades were read already.
#[derive(Debug, Default)]
pub struct Trades {
    aggregate: Option<bool>,
    latest: u64,
    recent: VecDeque<u64>,
}

impl Trades {
    /// Single trades and aggregates tell of the same executions: only the kind that came first is used.
    #[inline]
    pub fn accept_kind(&mut self, aggregate: bool) -> bool {
        *self.aggregate.get_or_insert(aggregate) == aggregate
    }

    /// Whether a trade with this id is new.
    #[inline]
    pub fn accept(&mut self, id: u64) -> bool {
        if id <= self.latest && self.recent.iter().rev().any(|&seen| seen == id) {
            return false;
        }
        self.latest = self.latest.max(id);
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(id);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_trades_are_refused_and_late_ones_taken() {
        let mut trades = Trades::default();
        assert!(trades.accept_kind(false) && !trades.accept_kind(true));
        assert!([5, 7, 6, 8].into_iter().all(|id| trades.accept(id)));
        assert!([5, 6, 7, 8].into_iter().all(|id| !trades.accept(id)));
        assert!((9..20_000).all(|id| trades.accept(id)) && trades.recent.len() == REMEMBERED);
    }
}
