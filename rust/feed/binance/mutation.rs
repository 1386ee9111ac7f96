//! Real lines, damaged at random: what the reader makes of them is what a plain JSON library makes of them, or nothing.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::decoder::Decoder;
use super::message::{Content, Diff, Level, Levels, Message, Quote, Trade};
use crate::feed::digits::Digits;
use crate::feed::lines::Line;
use crate::feed::report::ReadReport;
use crate::feed::testing::instrument;

const MESSAGES: [&str; 11] = [
    r#"{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":5123107832006,"u":5123107837557,"pu":5123107831937,"b":[["58710.20","0.014"],["61496.50","0.000"]],"a":[["61800.30","2.510"]]}}"#,
    r#"{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":5123107839020,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256314}}"#,
    r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256323,"T":1723161256322,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}"#,
    r#"{"e":"trade","E":1723161256323,"T":1723161256322,"s":"BTCUSDT","t":5266583936,"p":"0","q":"0","X":"NA","m":true}"#,
    r#"{"lastUpdateId":5123107835000,"E":1723161256501,"T":1723161256493,"bids":[["61800.20","2.909"]],"asks":[["61800.30","0.696"],["61800.40","1"]]}"#,
    r#"{"e":"depthUpdate","E":1723161256300123,"s":"BTCUSDT","U":157,"u":160,"b":[["61800.20000000","10.00000000"]],"a":[]}"#,
    r#"{"e":"trade","E":1723161256300,"s":"BTCUSDT","t":12345,"p":"61800.10","q":"100","b":88,"a":50,"T":1723161256299,"m":true,"M":true}"#,
    r#"{"u":400900217,"s":"BTCUSDT","b":"25.3","B":"31.21","a":"25.4","A":"40.66"}"#,
    r#"{"lastUpdateId":160,"bids":[["61800.2","1"]],"asks":[]}"#,
    r#"{"e":"aggTrade","E":1723161256300,"s":"BTCUSDT","a":5933014,"p":"61800.1","q":"0.1","f":100,"l":105,"T":1723161256285,"m":true}"#,
    r#"{"e":"kline","E":1672515782136,"s":"BTCUSDT","k":{"t":1672515780000,"i":"1m","o":"0.0010","x":false,"n":[1,2.5e3,null]}}"#,
];

/// A message with its levels.
type Read<'l> = (Message<'l>, Vec<Level>, Vec<Level>);

fn read(json: &[u8]) -> Result<Read<'_>, &'static str> {
    let mut levels = Levels::default();
    let message = Message::parse(json, &mut levels)?;
    Ok((message, levels.bids, levels.asks))
}

/// The slow reader: a tree first, then one question after the other.
struct Tree<'l> {
    outer: &'l Map<String, Value>,
    payload: &'l Map<String, Value>,
}

impl<'l> Tree<'l> {
    fn new(tree: &'l Value) -> Option<Self> {
        let outer = tree.as_object()?;
        Some(Self { outer, payload: outer.get("data").and_then(Value::as_object).unwrap_or(outer) })
    }

    fn field(&self, name: &str) -> Option<&'l Value> {
        self.outer.get(name).or_else(|| self.payload.get(name))
    }

    fn integer(&self, name: &str) -> Option<u64> {
        self.field(name)?.as_u64().filter(|&value| i64::try_from(value).is_ok())
    }

    fn text(&self, name: &str) -> Option<&'l str> {
        self.field(name)?.as_str()
    }

    fn number(&self, name: &str) -> Option<Digits> {
        Digits::parse(self.text(name)?.as_bytes()).ok()
    }

    /// A time in ns, no time where the spot market sends none; an error where it is no time.
    fn time(&self, name: &str, required: bool) -> Result<Option<i64>, ()> {
        if !required && self.field("T").is_none() && self.field("E").is_none() {
            return Ok(None);
        }
        let time = self.integer(name).ok_or(())?;
        match time.to_string().len() {
            13 if time < 9_000_000_000_000 => Ok(Some((time * 1_000_000) as i64)),
            16 if time < 9_000_000_000_000_000 => Ok(Some((time * 1_000) as i64)),
            _ => Err(()),
        }
    }

    fn levels(&self, name: &str) -> Option<Vec<Level>> {
        let digits = |one: &Value, at: usize| Digits::parse(one.get(at)?.as_str()?.as_bytes()).ok();
        let level = |one| Some(Level { price: digits(one, 0).filter(|price| price.value > 0)?, qty: digits(one, 1)? });
        self.field(name)?.as_array()?.iter().map(level).collect()
    }

    fn symbol(&self) -> Option<&'l [u8]> {
        let named = self.text("s").or_else(|| self.text("symbol"));
        named.or_else(|| self.text("stream")?.split('@').next()).map(str::as_bytes)
    }

    fn is_other_depth(&self) -> bool {
        let Some((name, rest)) = self.text("stream").and_then(|stream| stream.split_once("epth")) else { return false };
        name.ends_with("rpiD") || rest.starts_with(|first: char| first.is_ascii_digit())
    }

    fn diff(&self) -> Option<Read<'l>> {
        let previous = if self.field("pu").is_some() { Some(self.integer("pu")?) } else { None };
        let when = self.time(if previous.is_some() { "T" } else { "E" }, true).ok()?;
        let diff = Diff { first: self.integer("U")?, last: self.integer("u")?, previous };
        let levels = (self.levels("b")?, self.levels("a")?);
        (diff.first <= diff.last).then(|| self.message(when, Content::Diff(diff), levels))
    }

    fn trade(&self, aggregate: bool) -> Option<Read<'l>> {
        if self.field("X").is_some() && self.text("X")? != "MARKET" {
            return Some(self.other());
        }
        let trade = Trade {
            id: self.integer(if aggregate { "a" } else { "t" })?,
            price: self.number("p").filter(|price| price.value > 0)?,
            qty: self.number("q").filter(|qty| qty.value > 0)?,
            buyer_is_maker: self.field("m")?.as_bool()?,
            aggregate,
        };
        Some(self.message(self.time("T", true).ok()?, Content::Trade(trade), <_>::default()))
    }

    fn quote(&self) -> Option<Read<'l>> {
        let level = |price, qty| {
            let level = Level { price: self.number(price)?, qty: self.number(qty)? };
            (level.price.value > 0 || level.qty.value == 0).then_some(level)
        };
        let quote = Quote { id: self.integer("u")?, bid: level("b", "B")?, ask: level("a", "A")? };
        Some(self.message(self.time("T", false).ok()?, Content::Quote(quote), <_>::default()))
    }

    fn snapshot(&self) -> Option<Read<'l>> {
        let content = Content::Snapshot(self.integer("lastUpdateId")?);
        Some(self.message(self.time("T", false).ok()?, content, (self.levels("bids")?, self.levels("asks")?)))
    }

    fn other(&self) -> Read<'l> {
        self.message(None, Content::Other(b""), <_>::default())
    }

    fn message(
        &self,
        exchange_ns: Option<i64>,
        content: Content<'l>,
        (bids, asks): (Vec<Level>, Vec<Level>),
    ) -> Read<'l> {
        (Message { symbol: self.symbol(), exchange_ns, content }, bids, asks)
    }
}

fn read_slowly(tree: &Value) -> Option<Read<'_>> {
    let tree = Tree::new(tree)?;
    let kind = match tree.field("e") {
        Some(Value::String(kind)) => kind,
        Some(_) => return None,
        None if tree.field("lastUpdateId").is_some() && !tree.is_other_depth() => return tree.snapshot(),
        None if tree.field("lastUpdateId").is_some() => return Some(tree.other()),
        None if ["u", "b", "B", "a", "A"].iter().all(|name| tree.field(name).is_some()) => return tree.quote(),
        None => return Some(tree.other()),
    };
    match kind.as_str() {
        "depthUpdate" if !tree.is_other_depth() => tree.diff(),
        "trade" => tree.trade(false),
        "aggTrade" => tree.trade(true),
        "bookTicker" => tree.quote(),
        _ => Some(tree.other()),
    }
}

/// The same message; of an unused kind only that it is unused counts, levels only where there are any.
fn same(left: &Read<'_>, right: &Read<'_>) -> bool {
    match (left.0.content, right.0.content) {
        (Content::Other(_), Content::Other(_)) => true,
        (Content::Diff(_) | Content::Snapshot(_), _) => left == right,
        _ => left.0 == right.0,
    }
}

/// Up to three edits: a byte replaced, put in, taken out, or a piece doubled.
fn damaged() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let byte = prop_oneof![any::<u8>(), prop::sample::select(br#"0123456789".,:{}[]-eEuUTaAbBs \"#.to_vec())];
    let edit = (0u8..4, any::<prop::sample::Index>(), byte);
    (0..MESSAGES.len(), prop::collection::vec(edit, 0..4)).prop_map(|(which, edits)| {
        let mut text = MESSAGES[which].as_bytes().to_vec();
        for (operation, at, byte) in edits {
            let at = at.index(text.len());
            match operation {
                0 => text[at] = byte,
                1 => text.insert(at, byte),
                2 => drop(text.remove(at)),
                _ => {
                    let piece: Vec<u8> = text[at..].iter().take(1 + usize::from(byte) % 40).copied().collect();
                    text.splice(at..at, piece);
                }
            }
        }
        (which, text)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

    #[test]
    fn a_damaged_message_is_read_as_json_says_or_not_at_all((which, text) in damaged()) {
        let Ok(found) = read(&text) else { return Ok(()) };
        let foreign = found.0.symbol.is_some_and(|symbol| !symbol.eq_ignore_ascii_case(b"BTCUSDT"));
        if foreign || matches!(found.0.content, Content::Other(_)) {
            return Ok(()); // counted as unused: no event comes of it
        }
        let unharmed = read(MESSAGES[which].as_bytes()).unwrap();
        // Bytes that are no UTF-8 can only stand where they do not matter.
        let tree = serde_json::from_str::<Value>(&String::from_utf8_lossy(&text));
        if tree.as_ref().is_err_and(|error| error.to_string().starts_with("number out of range")) {
            return Ok(()); // good grammar, but no float
        }
        let tree = tree.ok();
        let slowly = tree.as_ref().and_then(read_slowly);
        let agrees = same(&found, &unharmed) || slowly.as_ref().is_some_and(|slow| same(&found, slow));
        prop_assert!(agrees, "{} read as {:?}, slowly as {:?}", String::from_utf8_lossy(&text), found, slowly);
    }

    #[test]
    fn every_line_is_accounted_for(lines in prop::collection::vec(damaged(), 1..12)) {
        let mut decoder = Decoder::new(&[instrument("BTCUSDT", "0.1", "0.001")], ReadReport::default()).unwrap();
        let mut events = Vec::new();
        for (number, (_, text)) in lines.iter().enumerate() {
            let text = [b"1723161255030314667 ", &text[..]].concat();
            let line = Line { text: &text, number: number as u64 + 1, complete: true };
            if decoder.line(line, &mut events).is_err() {
                return Ok(());
            }
        }
        let report = decoder.report();
        let unused = report.malformed.count + report.ignored.total() + report.other_symbols.total();
        prop_assert!(report.messages + unused >= report.lines, "{report:?}");
        prop_assert!(events.iter().all(|event| event.price >= 0 && event.qty >= 0));
    }
}

#[test]
fn good_messages_are_read_as_json_says_in_any_order_of_their_keys() {
    for text in MESSAGES {
        let tree: Value = serde_json::from_str(text).unwrap();
        let found = read(text.as_bytes()).unwrap();
        assert!(same(&found, &read_slowly(&tree).unwrap()), "{text}");
        // Serialised from the tree, the keys are in alphabetical order.
        let sorted = tree.to_string();
        assert_ne!(sorted, text);
        assert!(same(&found, &read(sorted.as_bytes()).unwrap()), "{sorted}");
        let spaced = serde_json::to_string_pretty(&tree).unwrap().replace('\n', "\t");
        assert!(same(&found, &read(spaced.as_bytes()).unwrap()), "{spaced}");
    }
}
