//! One Binance message: a line of JSON as named values, whatever the order of its keys.
//!
//! The line is read once. Prices and quantities of depth arrays go into reusable lists as digits, the few other fields
//! the feed knows into slots; everything else is checked for its grammar and stepped over. Only then is it asked what
//! kind of message it was, so that a field of another kind never gets in the way.

use crate::feed::digits::Digits;
use crate::feed::json::{Cursor, Parse};

/// One level of a depth message, still in its decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Its price.
    pub price: Digits,
    /// Its total quantity; 0 removes it.
    pub qty: Digits,
}

/// The level lists of the message at hand, reused from line to line.
#[derive(Debug, Default)]
pub struct Levels {
    /// Bids.
    pub bids: Vec<Level>,
    /// Asks.
    pub asks: Vec<Level>,
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'l> {
    /// Changed levels, in [`Levels`].
    Diff(Diff),
    /// A REST snapshot, in [`Levels`], with the last update id in it.
    Snapshot(u64),
    /// A trade.
    Trade(Trade),
    /// Best bid and best ask.
    Quote(Quote),
    /// Something else: its kind.
    Other(&'l [u8]),
}

/// Update ids of a depth message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diff {
    /// `U`.
    pub first: u64,
    /// `u`.
    pub last: u64,
    /// `pu`, futures only.
    pub previous: Option<u64>,
}

/// A trade or an aggregate of trades at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Trade id, of an aggregate its own id.
    pub id: u64,
    /// Price.
    pub price: Digits,
    /// Quantity.
    pub qty: Digits,
    /// Whether the buyer was resting, so that the seller took.
    pub buyer_is_maker: bool,
    /// Whether it is an aggregate.
    pub aggregate: bool,
}

/// A two-sided quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Update id.
    pub id: u64,
    /// Best bid and its quantity.
    pub bid: Level,
    /// Best ask and its quantity.
    pub ask: Level,
}

/// What every message may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'l> {
    /// Symbol of the payload or else of the stream's name (then in lower case); `None` in a bare snapshot.
    pub symbol: Option<&'l [u8]>,
    /// Transaction time, or the event time where there is no other.
    pub exchange_ns: Option<i64>,
    /// The rest.
    pub content: Content<'l>,
}

#[derive(Clone, Copy)]
enum Value<'l> {
    Absent,
    Text(&'l [u8]),
    Integer(u64),
    Flag(bool),
    Levels,
    Other,
}

/// The fields that mean something here.
#[derive(Clone, Copy)]
enum Key {
    Kind,
    EventTime,
    TransactionTime,
    Symbol,
    FirstId,
    LastId,
    PreviousId,
    Bid,
    Ask,
    BidQty,
    AskQty,
    TradeId,
    Price,
    Qty,
    BuyerIsMaker,
    Origin,
    SnapshotId,
    Bids,
    Asks,
    Stream,
}

const KEYS: usize = Key::Stream as usize + 1;

impl Key {
    #[inline]
    fn find(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"e" => Self::Kind,
            b"E" => Self::EventTime,
            b"T" => Self::TransactionTime,
            b"s" | b"symbol" => Self::Symbol,
            b"U" => Self::FirstId,
            b"u" => Self::LastId,
            b"pu" => Self::PreviousId,
            b"b" => Self::Bid,
            b"a" => Self::Ask,
            b"B" => Self::BidQty,
            b"A" => Self::AskQty,
            b"t" => Self::TradeId,
            b"p" => Self::Price,
            b"q" => Self::Qty,
            b"m" => Self::BuyerIsMaker,
            b"X" => Self::Origin,
            b"lastUpdateId" => Self::SnapshotId,
            b"bids" => Self::Bids,
            b"asks" => Self::Asks,
            b"stream" => Self::Stream,
            _ => return None,
        })
    }
}

/// The fields of one message as they were found.
struct Fields<'l>([Value<'l>; KEYS]);

impl<'l> Message<'l> {
    /// Reads the JSON text of one message; says in a few words why it cannot be.
    pub fn parse(json: &'l [u8], levels: &mut Levels) -> Parse<Self> {
        levels.bids.clear();
        levels.asks.clear();
        let mut cursor = Cursor::new(json);
        let mut fields = Fields([Value::Absent; KEYS]);
        if cursor.peek() != b'{' {
            return Err("not a JSON object");
        }
        fields.read_object(&mut cursor, levels, true)?;
        cursor.end()?;
        let content = fields.content()?;
        let exchange_ns = fields.exchange_ns(&content)?;
        let symbol = fields.symbol();
        if symbol.is_none() && !matches!(content, Content::Snapshot(_) | Content::Other(_)) {
            return Err("a message without its symbol (s)");
        }
        Ok(Self { symbol, exchange_ns, content })
    }
}

impl<'l> Fields<'l> {
    /// Reads an object's fields; the payload of a combined stream (`data`) counts as part of it.
    fn read_object(&mut self, cursor: &mut Cursor<'l>, levels: &mut Levels, outer: bool) -> Parse<()> {
        cursor.expect(b'{')?;
        if cursor.take(b'}') {
            return Ok(());
        }
        loop {
            let name = cursor.text()?;
            cursor.expect(b':')?;
            if let Some(key) = Key::find(name) {
                if !matches!(self.0[key as usize], Value::Absent) {
                    return Err("a field is there twice");
                }
                read_value(cursor, key, levels, &mut self.0[key as usize])?;
            } else if outer && name == b"data" && cursor.peek() == b'{' {
                self.read_object(cursor, levels, false)?;
            } else {
                cursor.skip()?;
            }
            if !cursor.take(b',') {
                return cursor.expect(b'}');
            }
        }
    }

    /// What kind of message these fields are, and what it says.
    fn content(&self) -> Parse<Content<'l>> {
        let kind = match self.0[Key::Kind as usize] {
            Value::Text(kind) => kind,
            Value::Absent => return self.unnamed(),
            _ => return Err("its kind (e) is not text"),
        };
        match kind {
            b"depthUpdate" if self.is_other_depth() => Ok(Content::Other(b"other depth")),
            b"depthUpdate" => self.diff().map(Content::Diff),
            b"trade" => self.trade(Key::TradeId),
            b"aggTrade" => self.trade(Key::Ask),
            b"bookTicker" => self.quote(),
            other => Ok(Content::Other(other)),
        }
    }

    /// Messages that do not say what they are: REST snapshots, and the book ticker of the spot market.
    fn unnamed(&self) -> Parse<Content<'l>> {
        let has = |key: Key| !matches!(self.0[key as usize], Value::Absent);
        if has(Key::SnapshotId) {
            if self.is_other_depth() {
                return Ok(Content::Other(b"other depth"));
            }
            let id = self.integer(Key::SnapshotId, "a snapshot without its lastUpdateId")?;
            self.levels(Key::Bids, "a snapshot without bids")?;
            self.levels(Key::Asks, "a snapshot without asks")?;
            return Ok(Content::Snapshot(id));
        }
        if has(Key::LastId) && has(Key::Bid) && has(Key::BidQty) && has(Key::Ask) && has(Key::AskQty) {
            return self.quote();
        }
        Ok(Content::Other(b"(without a kind)"))
    }

    /// The streams `@depth5`, `@depth10` and `@depth20` repeat the top of the book, and `@rpiDepth` is of another book,
    /// in messages that look like diffs.
    fn is_other_depth(&self) -> bool {
        let Value::Text(stream) = self.0[Key::Stream as usize] else { return false };
        let Some(at) = memchr::memmem::find(stream, b"epth") else { return false };
        stream[..at].ends_with(b"rpiD") || stream.get(at + b"epth".len()).is_some_and(u8::is_ascii_digit)
    }

    fn diff(&self) -> Parse<Diff> {
        let first = self.integer(Key::FirstId, "a depth message without U")?;
        let last = self.integer(Key::LastId, "a depth message without u")?;
        let previous = match self.0[Key::PreviousId as usize] {
            Value::Absent => None,
            _ => Some(self.integer(Key::PreviousId, "a depth message whose pu is not an id")?),
        };
        self.levels(Key::Bid, "a depth message without bids")?;
        self.levels(Key::Ask, "a depth message without asks")?;
        if first > last {
            return Err("a depth message whose U is above its u");
        }
        Ok(Diff { first, last, previous })
    }

    fn trade(&self, id: Key) -> Parse<Content<'l>> {
        match self.0[Key::Origin as usize] {
            Value::Absent | Value::Text(b"MARKET") => {}
            Value::Text(_) => return Ok(Content::Other(b"trade outside the book")),
            _ => return Err("a trade whose origin (X) is not text"),
        }
        let Value::Flag(buyer_is_maker) = self.0[Key::BuyerIsMaker as usize] else {
            return Err("a trade without m");
        };
        let trade = Trade {
            id: self.integer(id, "a trade without its id")?,
            price: self.decimal(Key::Price, "a trade without its price")?,
            qty: self.decimal(Key::Qty, "a trade without its quantity")?,
            buyer_is_maker,
            aggregate: matches!(id, Key::Ask),
        };
        if trade.price.value == 0 || trade.qty.value == 0 {
            return Err("a trade whose price or quantity is 0");
        }
        Ok(Content::Trade(trade))
    }

    fn quote(&self) -> Parse<Content<'l>> {
        let level = |price, qty| {
            let price = self.decimal(price, "a quote without a price")?;
            let qty = self.decimal(qty, "a quote without a quantity")?;
            if price.value == 0 && qty.value != 0 { Err("a quote at price 0") } else { Ok(Level { price, qty }) }
        };
        Ok(Content::Quote(Quote {
            id: self.integer(Key::LastId, "a quote without its update id")?,
            bid: level(Key::Bid, Key::BidQty)?,
            ask: level(Key::Ask, Key::AskQty)?,
        }))
    }

    fn integer(&self, key: Key, otherwise: &'static str) -> Parse<u64> {
        if let Value::Integer(value) = self.0[key as usize] { Ok(value) } else { Err(otherwise) }
    }

    fn decimal(&self, key: Key, otherwise: &'static str) -> Parse<Digits> {
        if let Value::Text(text) = self.0[key as usize] { Digits::parse(text) } else { Err(otherwise) }
    }

    fn levels(&self, key: Key, otherwise: &'static str) -> Parse<()> {
        if let Value::Levels = self.0[key as usize] { Ok(()) } else { Err(otherwise) }
    }

    /// The transaction time, the event time for spot depth, nothing where the spot market sends no time.
    fn exchange_ns(&self, content: &Content<'_>) -> Parse<Option<i64>> {
        let has = |key: Key| !matches!(self.0[key as usize], Value::Absent);
        let (key, otherwise) = match content {
            Content::Other(_) => return Ok(None),
            Content::Diff(Diff { previous: None, .. }) => (Key::EventTime, "a depth message without E"),
            Content::Snapshot(_) | Content::Quote(_) if !has(Key::TransactionTime) && !has(Key::EventTime) => {
                return Ok(None);
            }
            _ => (Key::TransactionTime, "a message without its time (T)"),
        };
        nanoseconds(self.integer(key, otherwise)?).map(Some)
    }

    fn symbol(&self) -> Option<&'l [u8]> {
        if let Value::Text(symbol) = self.0[Key::Symbol as usize] {
            return Some(symbol);
        }
        let Value::Text(stream) = self.0[Key::Stream as usize] else { return None };
        stream.split(|&byte| byte == b'@').next()
    }
}

/// A time since 1970 in milliseconds, or in microseconds as the spot market sends them on request.
#[inline]
fn nanoseconds(time: u64) -> Parse<i64> {
    match time {
        1_000_000_000_000..9_000_000_000_000 => Ok((time * 1_000_000) as i64),
        1_000_000_000_000_000..9_000_000_000_000_000 => Ok((time * 1_000) as i64),
        _ => Err("an exchange time that is neither ms nor µs since 1970"),
    }
}

/// Reads a value as what it looks like, into its slot: handing it back through a `Result` cost 10 % of the reading.
#[inline]
fn read_value<'l>(cursor: &mut Cursor<'l>, key: Key, levels: &mut Levels, slot: &mut Value<'l>) -> Parse<()> {
    match cursor.peek() {
        b'"' => *slot = Value::Text(cursor.text()?),
        b'0'..=b'9' => *slot = cursor.number()?.map_or(Value::Other, Value::Integer),
        b't' => {
            cursor.word(b"true")?;
            *slot = Value::Flag(true);
        }
        b'f' => {
            cursor.word(b"false")?;
            *slot = Value::Flag(false);
        }
        b'[' if matches!(key, Key::Bid | Key::Bids) => {
            read_levels(cursor, &mut levels.bids)?;
            *slot = Value::Levels;
        }
        b'[' if matches!(key, Key::Ask | Key::Asks) => {
            read_levels(cursor, &mut levels.asks)?;
            *slot = Value::Levels;
        }
        _ => {
            cursor.skip()?;
            *slot = Value::Other;
        }
    }
    Ok(())
}

/// Reads `[["price","quantity"], …]`; further entries of a level (an empty list, before 2020) are stepped over.
fn read_levels(cursor: &mut Cursor<'_>, list: &mut Vec<Level>) -> Parse<()> {
    if !list.is_empty() {
        return Err("a field is there twice");
    }
    cursor.expect(b'[')?;
    if cursor.take(b']') {
        return Ok(());
    }
    loop {
        cursor.expect(b'[')?;
        let price = cursor.quoted_decimal()?;
        cursor.expect(b',')?;
        let qty = cursor.quoted_decimal()?;
        while cursor.take(b',') {
            cursor.skip()?;
        }
        cursor.expect(b']')?;
        if price.value == 0 {
            return Err("a level at price 0");
        }
        list.push(Level { price, qty });
        if !cursor.take(b',') {
            cursor.expect(b']')?;
            return Ok(());
        }
    }
}
