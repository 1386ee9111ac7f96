//! What a raw recording holds, without knowing its instruments: symbols, markets, kinds, and the increments that fit.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use super::binance::{Content, Levels, Message};
use super::digits::{CommonStep, Digits};
use super::format::split_receive_time;
use super::lines::{self, Lines};
use super::reader::detect_lines;
use super::report::{Places, Tally};
use crate::model::{Currency, Decimal, Error, Instrument, InstrumentSpec, Result};

/// Currencies that Binance quotes in; `USD` ends none of those before it.
const QUOTED: [&str; 22] = [
    "USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USDP", "USD1", "DAI", "BTC", "ETH", "BNB", "TRX", "EUR", "GBP", "TRY",
    "BRL", "JPY", "AUD", "MXN", "PLN", "ZAR", "USD",
];

/// Those of dated and coin-margined futures (`BNBUSD_PERP` is not in BUSD).
const DATED: [&str; 3] = ["USDT", "USDC", "USD"];

/// What ISO 4217 has for "no currency": that of a symbol which does not tell.
const NO_CURRENCY: &str = "XXX";

/// The currency a symbol's prices are in (`BTCUSDT`, `BTCUSD_PERP`, `BTCUSDT_241227`), if the symbol tells.
pub fn quote_currency(symbol: &str) -> Option<&'static str> {
    let (pair, quoted) = symbol.split_once('_').map_or((symbol, &QUOTED[..]), |(pair, _)| (pair, &DATED[..]));
    let ends = |currency: &&&str| pair.len() > currency.len() && pair.ends_with(**currency);
    quoted.iter().find(ends).copied()
}

/// What was seen of one symbol.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SymbolSurvey {
    /// Futures (true) or spot, `None` where nothing told.
    pub futures: Option<bool>,
    /// Messages by kind.
    pub kinds: Tally,
    price: CommonStep,
    qty: CommonStep,
}

/// What was seen of a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// Lines looked at.
    pub lines: u64,
    /// Bytes looked at, after decompression.
    pub bytes: u64,
    /// Whether that was all of it.
    pub complete: bool,
    /// By symbol.
    pub symbols: BTreeMap<String, SymbolSurvey>,
    /// Lines that could not be read.
    pub malformed: Places,
    /// Messages of kinds that are not used.
    pub ignored: Tally,
    nameless: SymbolSurvey,
}

/// Makes a [`Survey`], piece by piece.
pub struct Surveyor<R> {
    lines: Lines<R>,
    name: String,
    levels: Levels,
    survey: Survey,
}

impl Surveyor<Box<dyn Read + Send>> {
    /// Opens a file, plain or gzip, and makes sure that it is a raw recording.
    pub fn open(path: &Path) -> Result<Self> {
        let mut lines = lines::open(path)?;
        let name = path.display().to_string();
        detect_lines(&mut lines, &name)?;
        Ok(Self { lines, name, levels: Levels::default(), survey: Survey::default() })
    }
}

impl<R: Read> Surveyor<R> {
    /// Looks at so many bytes more (after decompression); false at the end.
    pub fn advance(&mut self, bytes: u64) -> Result<bool> {
        let end = self.lines.bytes().saturating_add(bytes);
        while self.lines.bytes() < end {
            let line = match self.lines.next_line() {
                Ok(Some(line)) => line,
                Ok(None) => {
                    self.survey.complete = true;
                    return Ok(false);
                }
                Err(error) => return Err(Error::Data(format!("{}: {}", self.name, error.message()))),
            };
            let parsed = split_receive_time(line.text).ok_or("does not start with a receive time in ns (19 digits)");
            match parsed.and_then(|(_, json)| Message::parse(json, &mut self.levels)) {
                Ok(message) => self.survey.observe(&message, &self.levels),
                Err(_) if line.text.iter().all(u8::is_ascii_whitespace) => {}
                Err(reason) => self.survey.malformed.add(line.number, reason),
            }
        }
        Ok(true)
    }

    /// What was seen.
    pub fn finish(mut self) -> Survey {
        self.survey.lines = self.lines.count();
        self.survey.bytes = self.lines.bytes();
        self.survey.name_the_nameless();
        self.survey
    }
}

impl Survey {
    /// Looks at a whole file.
    pub fn of_file(path: &Path) -> Result<Self> {
        let mut surveyor = Surveyor::open(path)?;
        while surveyor.advance(u64::MAX)? {}
        Ok(surveyor.finish())
    }

    fn observe(&mut self, message: &Message<'_>, levels: &Levels) {
        if let Content::Other(kind) = message.content {
            return self.ignored.add(kind);
        }
        let symbol = match message.symbol {
            Some(name) => {
                let name = String::from_utf8_lossy(name).to_ascii_uppercase();
                self.symbols.entry(name).or_default()
            }
            None => &mut self.nameless,
        };
        symbol.observe(message, levels);
    }

    /// A snapshot that does not say its symbol belongs to the only one there is.
    fn name_the_nameless(&mut self) {
        if self.symbols.len() == 1 {
            let nameless = std::mem::take(&mut self.nameless);
            if let Some(symbol) = self.symbols.values_mut().next() {
                symbol.merge(nameless);
            }
        }
    }

    /// The price and quantity steps that fit every value seen of a symbol.
    pub fn steps(&self, symbol: &str) -> Option<(Decimal, Decimal)> {
        self.symbols.get(&symbol.to_ascii_uppercase()).and_then(SymbolSurvey::steps)
    }
}

impl SymbolSurvey {
    /// `futures` or `spot`, as far as it can be told.
    pub fn market(&self) -> Option<&'static str> {
        self.futures.map(|futures| if futures { "futures" } else { "spot" })
    }

    /// An instrument whose increments fit every value seen, its currency taken from the symbol; `None` before the
    /// first price.
    pub fn instrument(&self, symbol: &str) -> Result<Option<Instrument>> {
        let Some((tick_size, lot_size)) = self.steps() else { return Ok(None) };
        let spec = InstrumentSpec {
            symbol: symbol.to_owned(),
            venue: "binance".to_owned(),
            tick_size,
            lot_size,
            price_increment: None,
            qty_increment: None,
            currency: Currency::parse(quote_currency(symbol).unwrap_or(NO_CURRENCY))?,
            multiplier: Decimal::ONE,
            asset: String::new(),
            sector: String::new(),
        };
        Instrument::new(spec).map(Some)
    }

    /// The price and quantity steps that fit every value seen.
    pub fn steps(&self) -> Option<(Decimal, Decimal)> {
        Some((self.price.round_step()?, self.qty.round_step()?))
    }

    fn observe(&mut self, message: &Message<'_>, levels: &Levels) {
        let mut level = |price: Digits, qty: Digits| {
            self.price.observe(price);
            self.qty.observe(qty);
        };
        let kind: &[u8] = match &message.content {
            Content::Diff(diff) => {
                levels.bids.iter().chain(&levels.asks).for_each(|one| level(one.price, one.qty));
                self.futures.get_or_insert(diff.previous.is_some());
                b"depthUpdate"
            }
            Content::Snapshot(_) => {
                levels.bids.iter().chain(&levels.asks).for_each(|one| level(one.price, one.qty));
                b"snapshot"
            }
            Content::Trade(trade) => {
                level(trade.price, trade.qty);
                if trade.aggregate { b"aggTrade" } else { b"trade" }
            }
            Content::Quote(quote) => {
                level(quote.bid.price, quote.bid.qty);
                level(quote.ask.price, quote.ask.qty);
                // Only the futures markets send their book ticker with a time.
                self.futures.get_or_insert(message.exchange_ns.is_some());
                b"bookTicker"
            }
            Content::Other(kind) => kind,
        };
        self.kinds.add(kind);
    }

    fn merge(&mut self, other: Self) {
        for (kind, count) in other.kinds.0 {
            *self.kinds.0.entry(kind).or_default() += count;
        }
        self.price.merge(other.price);
        self.qty.merge(other.qty);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_currency_is_the_end_of_the_pair() {
        let cases = [
            ("BTCUSDT", "USDT"),
            ("BTCUSD_PERP", "USD"),
            ("ETHUSDT_241227", "USDT"),
            ("ETHBTC", "BTC"),
            ("BTCFDUSD", "FDUSD"),
            ("BNBUSD_PERP", "USD"),
            ("BTC", NO_CURRENCY),
            ("ABCXYZ", NO_CURRENCY),
        ];
        for (symbol, currency) in cases {
            assert_eq!(quote_currency(symbol).unwrap_or(NO_CURRENCY), currency, "{symbol}");
        }
    }
}
