//! What the topics of each record type look like, so that a prefix or pattern that can mean none is refused.

use super::format::RecordType;
use super::topic::Pattern;
use crate::model::{CUSTOM, CommandKind, Error, OTHER_TIMEFRAME, PATTERNS, Report, Result, TIMEFRAMES};

/// What the bus's own topics begin with; every other first token is a user's.
pub const HEADS: [&str; 7] = ["md", "control", "scan", "signal", "order", "fill", "command"];
/// The venue of commands for which the router chooses one.
pub const ROUTER: &str = "router";
/// What stands for venue and symbol of commands that are for all instruments.
pub const ALL: &str = "all";

/// The last token of market data, by [`crate::model::EventKind`] from 1.
const MARKET: [&str; 17] = [
    "trade",
    "level_set",
    "quote_bid",
    "quote_ask",
    "order_add",
    "order_modify",
    "order_cancel",
    "order_delete",
    "order_execute",
    "clear",
    "gap",
    "status",
    "mark",
    "index",
    "funding",
    "open_interest",
    "timer",
];
/// The last token of reports, by [`crate::model::ReportKind`] from 1.
const REPORTS: [&str; 12] = [
    "new",
    "rejected",
    "denied",
    "trade",
    "canceled",
    "replaced",
    "expired",
    "cancel_rejected",
    "triggered",
    "bust",
    "correction",
    "liquidation",
];

/// The name of market data's kind; `None` for other kinds.
pub fn market_name(kind: u8) -> Option<&'static str> {
    MARKET.get(usize::from(kind).wrapping_sub(1)).copied()
}

/// The name of a report's kind, if it is one.
pub fn report_name(kind: u8) -> Option<&'static str> {
    REPORTS.get(usize::from(kind).wrapping_sub(1)).copied()
}

/// The name of a command's kind.
pub const fn command_name(kind: CommandKind) -> &'static str {
    match kind {
        CommandKind::Submit => "submit",
        CommandKind::Cancel => "cancel",
        CommandKind::Replace => "replace",
        CommandKind::CancelAll => "cancel_all",
        CommandKind::Timer => "timer",
    }
}

/// The name of a bar's timeframe.
pub fn timeframe_name(number: u8) -> &'static str {
    TIMEFRAMES.get(usize::from(number.min(OTHER_TIMEFRAME))).copied().unwrap_or("other")
}

/// One token of a form.
#[derive(Clone, Copy)]
enum Token {
    Word(&'static str),
    Any,
    Market,
    Scan,
    Timeframe,
    /// Of commands for one instrument, or for all.
    Command(&'static [CommandKind]),
    /// Of fills, or of the others.
    Report(bool),
}

impl Token {
    fn takes(self, word: &str) -> bool {
        match self {
            Self::Word(own) => own == word,
            Self::Any => true,
            Self::Market => MARKET.contains(&word),
            Self::Scan => PATTERNS.contains(&word) || is_custom(word),
            Self::Timeframe => TIMEFRAMES.contains(&word) || word == timeframe_name(OTHER_TIMEFRAME),
            Self::Command(kinds) => kinds.iter().any(|kind| command_name(*kind) == word),
            Self::Report(fills) => (1_u8..).zip(REPORTS).any(|(kind, name)| name == word && is_fill(kind) == fills),
        }
    }
}

fn is_custom(word: &str) -> bool {
    let number = word.strip_prefix(CUSTOM).and_then(|digits| digits.parse::<usize>().ok());
    number.is_some_and(|number| (1..=256 - PATTERNS.len()).contains(&number) && word == format!("{CUSTOM}{number}"))
}

/// Whether a report of this kind is a fill.
pub fn is_fill(kind: u8) -> bool {
    Report { kind, ..Report::default() }.is_fill()
}

/// A shape of topics.
pub struct Form {
    text: &'static str,
    tokens: &'static [Token],
}

use CommandKind::{Cancel, CancelAll, Replace, Submit, Timer};
use Token::{Any, Word};

const EVENTS: &[Form] = &[
    Form { text: "md.<venue>.<symbol>.<kind>", tokens: &[Word("md"), Any, Any, Token::Market] },
    Form { text: "control.bus", tokens: &[Word("control"), Word("bus")] },
    Form { text: "scan.<pattern>.<symbol>", tokens: &[Word("scan"), Token::Scan, Any] },
    Form { text: "signal.<symbol>", tokens: &[Word("signal"), Any] },
];
const BARS: &[Form] = &[Form {
    text: "md.<venue>.<symbol>.bar.<timeframe>",
    tokens: &[Word("md"), Any, Any, Word("bar"), Token::Timeframe],
}];
const COMMANDS: &[Form] = &[
    Form {
        text: "command.<venue>.<symbol>.<kind>",
        tokens: &[Word("command"), Any, Any, Token::Command(&[Submit, Cancel, Replace, CancelAll])],
    },
    Form { text: "command.all.<kind>", tokens: &[Word("command"), Word(ALL), Token::Command(&[CancelAll, Timer])] },
];
const REPORT_FORMS: &[Form] = &[
    Form { text: "order.<venue>.<symbol>.<kind>", tokens: &[Word("order"), Any, Any, Token::Report(false)] },
    Form { text: "fill.<venue>.<symbol>.<kind>", tokens: &[Word("fill"), Any, Any, Token::Report(true)] },
];

const fn forms(record: RecordType) -> &'static [Form] {
    match record {
        RecordType::Event => EVENTS,
        RecordType::Bar => BARS,
        RecordType::Command => COMMANDS,
        RecordType::Report => REPORT_FORMS,
    }
}

/// Whether a name is the bus's, not a user's.
pub fn is_reserved(name: &str) -> bool {
    HEADS.contains(&name.split('.').next().unwrap_or_default())
}

/// An error unless some topic of the record type is `prefix` or begins with `prefix.`.
pub fn check_prefix(record: RecordType, prefix: &str) -> Result<()> {
    let begins = |form: &Form| {
        let words: Vec<&str> = prefix.split('.').collect();
        words.len() <= form.tokens.len() && words.iter().zip(form.tokens).all(|(word, token)| token.takes(word))
    };
    if !is_reserved(prefix) || forms(record).iter().any(begins) {
        return Ok(());
    }
    Err(nothing(record, &format!("begins with {prefix:?}"), begins))
}

/// An error unless some topic of the record type matches the pattern.
pub fn check_pattern(record: RecordType, pattern: &Pattern) -> Result<()> {
    let (words, tail) = pattern.parts();
    let matches = |form: &Form| {
        let long_enough = if tail { words.len() < form.tokens.len() } else { words.len() == form.tokens.len() };
        let takes = |(word, token): (&Option<String>, &Token)| word.as_ref().is_none_or(|word| token.takes(word));
        long_enough && words.iter().zip(form.tokens).all(takes)
    };
    let is_users = words.first().is_none_or(|word| word.as_ref().is_none_or(|word| !HEADS.contains(&word.as_str())));
    if is_users || forms(record).iter().any(matches) {
        return Ok(());
    }
    Err(nothing(record, &format!("matches {:?}", pattern.to_string()), matches))
}

/// No topic of the record type does this; says what its topics look like, and which record type has such.
fn nothing(record: RecordType, does: &str, fits: impl Fn(&Form) -> bool) -> Error {
    let texts: Vec<&str> = forms(record).iter().map(|form| form.text).collect();
    let other = RecordType::ALL.into_iter().find(|other| forms(*other).iter().any(&fits));
    let hint = other.map_or_else(String::new, |other| format!(" (one of {other} does)"));
    Error::Config(format!(
        "no topic of {record} {does}{hint}; its topics are {}, and names of yours that begin with none of {}",
        texts.join(", "),
        HEADS.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_taken_where_a_topic_of_the_record_type_begins_with_it() {
        use RecordType::{Bar, Command, Event, Report};
        for (record, prefix, fine) in [
            (Event, "md", true),
            (Event, "md.v.X.trade", true),
            (Event, "md.v.X.tarde", false),
            (Event, "md.v.X.bar", false),
            (Event, "scan.breakout", true),
            (Event, "scan.custom12.AAPL", true),
            (Event, "scan.custom0", false),
            (Event, "scan.custom250", false),
            (Event, "signal.X.Y", false),
            (Event, "fill.x", false),
            (Event, "mine.x", true),
            (Bar, "md.v.X.bar.other", true),
            (Bar, "md.v.X.bar.2m", false),
            (Bar, "md.v.X.trade", false),
            (Bar, "mine", true),
            (Command, "command.router.X.cancel_all", true),
            (Command, "command.all.timer", true),
            (Command, "command.v.X.timer", false),
            (Command, "order", false),
            (Report, "order.v.X.new", true),
            (Report, "order.v.X.trade", false),
            (Report, "fill.v.X.trade", true),
            (Report, "command", false),
        ] {
            assert_eq!(check_prefix(record, prefix).is_ok(), fine, "{record} {prefix}");
        }
        let words = check_prefix(Event, "fill.x").unwrap_err().message().to_owned();
        assert!(words.contains("md.<venue>.<symbol>.<kind>") && words.contains("one of REPORT does"), "{words}");
    }

    #[test]
    fn a_pattern_is_taken_where_a_topic_of_the_record_type_may_match_it() {
        use RecordType::{Bar, Command, Event, Report};
        for (record, pattern, fine) in [
            (Event, ">", true),
            (Event, "*.b.>", true),
            (Event, "md.*.*", false),
            (Event, "md.*.X.>", true),
            (Event, "md.*.X.*.>", false),
            (Event, "md.*.X.bar.1m", false),
            (Event, "scan.brekout.>", false),
            (Event, "scan.*.AAPL", true),
            (Bar, "md.*.X.bar.*", true),
            (Bar, "md.*.X.*", false),
            (Bar, "md.*.X.>", true),
            (Command, "command.*.cancel_all", true),
            (Command, "command.*.submit", false),
            (Command, "command.>", true),
            (Report, "fill.*.*.new", false),
            (Report, "order.*.*.new", true),
            (Report, "md.>", false),
            (Report, "mine.>", true),
        ] {
            assert_eq!(check_pattern(record, &Pattern::parse(pattern).unwrap()).is_ok(), fine, "{record} {pattern}");
        }
    }
}
