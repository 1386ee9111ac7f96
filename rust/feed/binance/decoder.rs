//! Binance messages as events.
//!
//! The decoder takes one line after the other: reads it ([`super::message`]), finds its instrument, watches the clocks,
//! applies the sync rule ([`super::depth`]) and appends events. What it cannot use it counts in its report; an error
//! ends the reading, because going on would serve wrong prices as right.

use std::sync::Arc;

use super::clocks::{Clocks, Receipt};
use super::depth::{DepthSync, Missing, Verdict, Waiting};
use super::listing::Listing;
use super::message::{Content, Diff, Levels, Message, Quote, Trade};
use crate::feed::format::split_receive_time;
use crate::feed::lines::Line;
use crate::feed::report::ReadReport;
use crate::model::{Error, Event, EventKind, Instrument, Result, flags};

/// The clocks of a line may differ by a day; more is a damaged time.
const MAX_CLOCK_DISTANCE_NS: i64 = 86_400_000_000_000;

/// Turns lines of a recording into events.
pub struct Decoder {
    listings: Vec<Listing>,
    /// The listing of the last message: mostly also of the next.
    recent: usize,
    levels: Levels,
    report: ReadReport,
    clocks: Clocks,
    /// Depth of an instrument not asked for, and a snapshot that did not say what it was of.
    foreign_depth: bool,
    nameless_snapshot: bool,
    misfit: Option<usize>,
}

impl Decoder {
    /// A decoder of these instruments' messages; `report` names the source.
    pub fn new(instruments: &[Arc<Instrument>], report: ReadReport) -> Result<Self> {
        if instruments.is_empty() {
            return Err(Error::Config("at least one instrument is needed to read a recording".into()));
        }
        let listings: Vec<Listing> =
            instruments.iter().enumerate().map(|(i, one)| Listing::new(i as u32, one)).collect();
        for (i, listing) in listings.iter().enumerate() {
            if listings[..i].iter().any(|other| other.is(listing.symbol().as_bytes())) {
                return Err(Error::Config(format!("instrument {} is given twice", listing.symbol())));
            }
        }
        Ok(Self {
            listings,
            recent: 0,
            levels: Levels::default(),
            report,
            clocks: Clocks::new(),
            foreign_depth: false,
            nameless_snapshot: false,
            misfit: None,
        })
    }

    /// What was counted so far.
    pub fn report(&self) -> &ReadReport {
        &self.report
    }

    /// What was counted so far, to count on.
    pub fn report_mut(&mut self) -> &mut ReadReport {
        &mut self.report
    }

    /// The instrument whose increments an error was about.
    pub const fn misfit(&self) -> Option<usize> {
        self.misfit
    }

    /// Appends the events of one line.
    pub fn line(&mut self, line: Line<'_>, events: &mut Vec<Event>) -> Result<()> {
        self.report.lines += 1;
        if line.text.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let Some((receive_ns, json)) = split_receive_time(line.text) else {
            self.report.malformed.add(line.number, "does not start with a receive time in ns (19 digits)");
            return Ok(());
        };
        let mut levels = std::mem::take(&mut self.levels);
        let outcome = match Message::parse(json, &mut levels) {
            Ok(message) => self.message(line.number, receive_ns, &message, &levels, events),
            Err(reason) => {
                let cut = "the file ends in the middle of this line";
                self.report.malformed.add(line.number, if line.complete { reason } else { cut });
                Ok(())
            }
        };
        self.levels = levels;
        outcome
    }

    /// Appends the events of one message.
    fn message(
        &mut self,
        line: u64,
        receive_ns: i64,
        message: &Message<'_>,
        levels: &Levels,
        events: &mut Vec<Event>,
    ) -> Result<()> {
        if let Content::Other(kind) = message.content {
            self.report.ignored.add(kind);
            return Ok(());
        }
        if message.exchange_ns.is_some_and(|time| (receive_ns - time).abs() > MAX_CLOCK_DISTANCE_NS) {
            self.report.malformed.add(line, "exchange time and receive time are more than a day apart");
            return Ok(());
        }
        let Some(listing) = self.find(message, line)? else { return Ok(()) };
        let receipt = self.clocks.read(line, receive_ns, message.exchange_ns, &mut self.report)?;
        self.report.messages += 1;
        match message.content {
            Content::Diff(diff) => self.diff(listing, &diff, receipt, levels, events),
            Content::Snapshot(id) => self.snapshot(listing, id, receipt, levels, events),
            Content::Trade(trade) => self.trade(listing, &trade, receipt, events),
            Content::Quote(quote) => self.quote(listing, &quote, receipt, events),
            Content::Other(_) => Ok(()),
        }
    }

    /// The instrument of a message, `None` (and counted) if it was not asked for.
    #[inline]
    fn find(&mut self, message: &Message<'_>, line: u64) -> Result<Option<usize>> {
        let Some(symbol) = message.symbol else {
            // Only a snapshot may be without its symbol: then it is of the only one there is.
            if self.report.messages == 0 && self.foreign_depth {
                self.report.other_symbols.add(b"(a snapshot without symbol)");
                return Ok(None);
            }
            self.nameless_snapshot = true;
            self.check_snapshots(line)?;
            return Ok(Some(0));
        };
        if self.listings[self.recent].is(symbol) {
            return Ok(Some(self.recent));
        }
        if let Some(listing) = self.listings.iter().position(|listing| listing.is(symbol)) {
            self.recent = listing;
            return Ok(Some(listing));
        }
        self.report.other_symbols.add(symbol);
        self.foreign_depth |= matches!(message.content, Content::Diff(_));
        if self.report.messages > 0 {
            self.check_snapshots(line)?;
        }
        Ok(None)
    }

    /// A snapshot that does not name its symbol is only good where there is one book.
    fn check_snapshots(&self, line: u64) -> Result<()> {
        if !self.nameless_snapshot || !self.foreign_depth && self.listings.len() == 1 {
            return Ok(());
        }
        let others: Vec<&str> = self.report.other_symbols.0.keys().map(String::as_str).collect();
        let also = if others.is_empty() { String::new() } else { format!(" (also {})", others.join(", ")) };
        Err(Error::Data(format!(
            "line {line}: the recording holds several symbols{also} and a snapshot that does not say which one it is \
             of: record each symbol to its own file, or keep the stream's name with the snapshot"
        )))
    }

    fn diff(
        &mut self,
        listing: usize,
        diff: &Diff,
        receipt: Receipt,
        levels: &Levels,
        events: &mut Vec<Event>,
    ) -> Result<()> {
        if !self.listings[listing].accept_market(diff.previous.is_some()) {
            self.report.malformed.add(receipt.line, "a depth message of the other market (pu is in futures only)");
            return Ok(());
        }
        let verdict = self.listings[listing].depth.judge(diff, receipt.exchange_ns);
        if matches!(verdict, Verdict::Drop | Verdict::Duplicate) {
            self.count(verdict);
            return Ok(());
        }
        if let Verdict::Gap(missing) = verdict {
            self.gap(listing, missing, diff, receipt, events);
        }
        let start = events.len();
        let blank =
            self.listings[listing].event(EventKind::LevelSet, diff.last, receipt.exchange_ns, receipt.receive_ns);
        self.push_levels(listing, blank, receipt.line, levels, events)?;
        if verdict == Verdict::Apply {
            self.apply(listing, diff, receipt.exchange_ns, &mut events[start..]);
        } else {
            let rows = events.split_off(start);
            let Receipt { exchange_ns, line, .. } = receipt;
            self.listings[listing].depth.wait(Waiting { diff: *diff, exchange_ns, line, rows });
        }
        Ok(())
    }

    /// Counts a message that changes nothing.
    fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Drop => self.report.diffs_dropped += 1,
            _ => self.report.duplicates += 1,
        }
    }

    /// Marks an accepted message's rows and moves the book on to it.
    #[inline]
    fn apply(&mut self, listing: usize, diff: &Diff, exchange_ns: i64, rows: &mut [Event]) {
        let listing = &mut self.listings[listing];
        if listing.raise_exchange_time(exchange_ns, rows) {
            self.report.exchange_raised += 1;
        }
        if let Some(last) = rows.last_mut() {
            last.flags |= flags::LAST;
        }
        listing.depth.applied(diff, exchange_ns);
        self.report.diffs_applied += 1;
    }

    /// Appends a Gap event: the book is stale until the next snapshot.
    fn gap(&mut self, index: usize, missing: Missing, diff: &Diff, receipt: Receipt, events: &mut Vec<Event>) {
        let Missing { first, count } = missing;
        let listing = &mut self.listings[index];
        let what = format!("{}: ids from {first} to {} are missing", listing.symbol(), diff.first.max(first + 1) - 1);
        self.report.gaps.add(receipt.line, what);
        let blank = listing.event(EventKind::Gap, diff.last, receipt.exchange_ns, receipt.receive_ns);
        let qty = i64::try_from(count).unwrap_or(0);
        let mut gap = [Event { order_id: first, qty, flags: flags::LAST, ..blank }];
        listing.raise_exchange_time(receipt.exchange_ns, &mut gap);
        listing.depth.lost();
        events.extend(gap);
    }

    fn snapshot(
        &mut self,
        index: usize,
        id: u64,
        receipt: Receipt,
        levels: &Levels,
        events: &mut Vec<Event>,
    ) -> Result<()> {
        let listing = &self.listings[index];
        if listing.depth.is_stale(id) {
            self.report.snapshots_stale += 1;
            return Ok(());
        }
        let estimated = receipt.flags != 0;
        let held = if estimated { listing.depth.snapshot_ns(id) } else { None };
        let exchange_ns = held.unwrap_or(receipt.exchange_ns);
        let start = events.len();
        let mut blank = listing.event(EventKind::Clear, id, exchange_ns, receipt.receive_ns);
        blank.flags = receipt.flags | flags::SNAPSHOT;
        events.push(blank);
        blank.kind = EventKind::LevelSet as u8;
        self.push_levels(index, blank, receipt.line, levels, events)?;
        let rows = &mut events[start..];
        let listing = &mut self.listings[index];
        listing.raise_exchange_time(exchange_ns, rows);
        if let Some(last) = rows.last_mut() {
            last.flags |= flags::LAST;
        }
        self.report.snapshots += 1;
        let waiting = listing.depth.snapshot(id);
        for message in waiting {
            self.replay(index, message, receipt, events);
        }
        Ok(())
    }

    /// Judges a message again that waited for the snapshot: a live client could have applied it only now.
    fn replay(&mut self, index: usize, message: Waiting, snapshot: Receipt, events: &mut Vec<Event>) {
        let depth: &DepthSync = &self.listings[index].depth;
        let verdict = depth.judge(&message.diff, message.exchange_ns);
        match verdict {
            Verdict::Drop | Verdict::Duplicate => self.count(verdict),
            Verdict::Apply => {
                let start = events.len();
                let receive_ns = snapshot.receive_ns;
                events.extend(message.rows.iter().map(|row| Event { receive_ns, ..*row }));
                self.apply(index, &message.diff, message.exchange_ns, &mut events[start..]);
            }
            Verdict::Gap(missing) => {
                let receipt = Receipt { line: message.line, exchange_ns: message.exchange_ns, ..snapshot };
                self.gap(index, missing, &message.diff, receipt, events);
                self.listings[index].depth.wait(message);
            }
            Verdict::Wait => self.listings[index].depth.wait(message),
        }
    }

    /// Appends bids, then asks.
    #[inline]
    fn push_levels(
        &mut self,
        listing: usize,
        blank: Event,
        line: u64,
        levels: &Levels,
        events: &mut Vec<Event>,
    ) -> Result<()> {
        let pushed = self.listings[listing].push_levels(blank, levels, events);
        pushed.map_err(|what| self.off_increment(listing, line, &what))
    }

    fn trade(&mut self, index: usize, trade: &Trade, receipt: Receipt, events: &mut Vec<Event>) -> Result<()> {
        let listing = &mut self.listings[index];
        if !listing.trades.accept_kind(trade.aggregate) {
            self.report.ignored.add(if trade.aggregate { b"aggTrade" } else { b"trade" });
            return Ok(());
        }
        if !listing.trades.accept(trade.id) {
            self.report.duplicates += 1;
            return Ok(());
        }
        let blank = listing.event(EventKind::Trade, 0, receipt.exchange_ns, receipt.receive_ns);
        let counted = listing.price(trade.price).and_then(|price| Ok((price, listing.qty(trade.qty)?)));
        let (price, qty) = counted.map_err(|what| self.off_increment(index, receipt.line, &what))?;
        let side = if trade.buyer_is_maker { 2 } else { 1 };
        events.push(Event { price, qty, side, order_id: trade.id, flags: flags::LAST, ..blank });
        Ok(())
    }

    fn quote(&mut self, index: usize, quote: &Quote, receipt: Receipt, events: &mut Vec<Event>) -> Result<()> {
        let listing = &mut self.listings[index];
        if !listing.accept_quote(quote.id, receipt.exchange_ns, receipt.flags != 0) {
            self.report.duplicates += 1;
            return Ok(());
        }
        let mut blank = listing.event(EventKind::QuoteBid, quote.id, receipt.exchange_ns, receipt.receive_ns);
        blank.flags = receipt.flags;
        let bid = listing.level(quote.bid);
        let counted = bid.and_then(|bid| Ok((bid, listing.level(quote.ask)?)));
        let (bid, ask) = counted.map_err(|what| self.off_increment(index, receipt.line, &what))?;
        events.push(Event { price: bid.0, qty: bid.1, side: 1, ..blank });
        let (kind, flags) = (EventKind::QuoteAsk as u8, receipt.flags | flags::LAST);
        events.push(Event { price: ask.0, qty: ask.1, side: 2, kind, flags, ..blank });
        Ok(())
    }

    #[cold]
    fn off_increment(&mut self, listing: usize, line: u64, what: &str) -> Error {
        self.misfit = Some(listing);
        Error::Data(format!("line {line}: {what}"))
    }

    /// The source has ended: completes the counters; an error if nothing in it could be used.
    pub fn end(&mut self) -> Result<()> {
        self.report.diffs_waiting = self.listings.iter().map(|listing| listing.depth.unused()).sum();
        let Some(why) = self.report.nothing_read() else { return Ok(()) };
        let wanted: Vec<&str> = self.listings.iter().map(Listing::symbol).collect();
        Err(Error::Data(format!("nothing in it could be read for {}: {why}", wanted.join(", "))))
    }

    /// What was counted.
    pub fn into_report(self) -> ReadReport {
        self.report
    }
}
