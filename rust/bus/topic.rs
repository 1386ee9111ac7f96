//! Topic names and patterns: dot-separated tokens, `*` for one token, `>` for one or more at the end.

use std::fmt;

use crate::model::{Error, Result};

/// Longest topic or pattern, in bytes.
pub const MAX_NAME: usize = 200;

/// A compiled pattern.
///
/// ```
/// use quantum_core::bus::Pattern;
///
/// let pattern = Pattern::parse("md.*.BTCUSDT.>")?;
/// assert!(pattern.matches("md.binance.BTCUSDT.trade"));
/// assert!(!pattern.matches("md.binance.BTCUSDT"));
/// assert!(Pattern::parse("md.>.trade").is_err());
/// # Ok::<(), quantum_core::model::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    tokens: Vec<Option<String>>,
    tail: bool,
}

impl Pattern {
    /// Reads a pattern. An empty token, a wildcard inside a token, or `>` before the end is a `Config` error.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Error::Config(format!(
                "pattern {text:?} {why}; tokens are separated by dots, * stands for one, > for one or more at the end"
            ))
        };
        if text.len() > MAX_NAME {
            return Err(wrong(&format!("is longer than {MAX_NAME} bytes")));
        }
        let mut tokens: Vec<&str> = text.split('.').collect();
        let tail = tokens.last() == Some(&">");
        if tail {
            tokens.pop();
        }
        for token in &tokens {
            if token.is_empty() {
                return Err(wrong("has an empty token"));
            }
            if *token != "*" && token.contains(['*', '>']) {
                return Err(wrong("has a wildcard in the wrong place"));
            }
            if token.chars().any(|c| c.is_whitespace() || c.is_control()) {
                return Err(wrong("has a space in it"));
            }
        }
        let tokens = tokens.iter().map(|token| (*token != "*").then(|| (*token).to_owned())).collect();
        Ok(Self { text: text.to_owned(), tokens, tail })
    }

    /// Whether a topic's name matches.
    pub fn matches(&self, topic: &str) -> bool {
        let mut names = topic.split('.');
        let heads = self.tokens.iter().all(|token| match (token, names.next()) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(token), Some(name)) => token == name,
        });
        heads && names.next().is_some() == self.tail
    }

    /// Its tokens, `None` for `*`, and whether `>` follows them.
    pub(super) fn parts(&self) -> (&[Option<String>], bool) {
        (&self.tokens, self.tail)
    }

    /// Whether it may match a topic that is `prefix` or begins with `prefix.`.
    ///
    /// ```
    /// # use quantum_core::bus::Pattern;
    /// let pattern = Pattern::parse("md.*.BTCUSDT.>")?;
    /// assert!(pattern.may_match_under("md.binance"));
    /// assert!(!pattern.may_match_under("md.binance.ETHUSDT"));
    /// # Ok::<(), quantum_core::model::Error>(())
    /// ```
    pub fn may_match_under(&self, prefix: &str) -> bool {
        let mut names = prefix.split('.');
        for token in &self.tokens {
            match (token, names.next()) {
                (_, None) => return true,
                (Some(token), Some(name)) if token != name => return false,
                _ => {}
            }
        }
        self.tail || names.next().is_none()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A topic's name: tokens without wildcards.
pub fn check_topic(name: &str) -> Result<()> {
    Pattern::parse(name)?;
    if name.contains(['*', '>']) {
        return Err(Error::Config(format!("topic {name:?} must not have wildcards: they belong into patterns")));
    }
    Ok(())
}

/// A venue or symbol as one token: a dot is written `/`.
pub fn token(name: &str) -> String {
    name.replace('.', "/")
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn wildcards_stand_for_one_token_or_for_the_rest() {
        for (pattern, yes, no) in [
            ("a.b", vec!["a.b"], vec!["a", "a.b.c", "a.c", "ab"]),
            ("a.*", vec!["a.b", "a.c"], vec!["a", "a.b.c"]),
            ("*.b.>", vec!["a.b.c", "x.b.c.d"], vec!["a.b", "b.c.d"]),
            (">", vec!["a", "a.b.c"], vec![]),
        ] {
            let compiled = Pattern::parse(pattern).unwrap();
            for name in yes {
                assert!(compiled.matches(name), "{pattern} should match {name}");
            }
            for name in no {
                assert!(!compiled.matches(name), "{pattern} should not match {name}");
            }
        }
    }

    #[test]
    fn a_pattern_may_match_under_a_prefix_if_some_topic_there_does() {
        let tokens = ["a", "b", "c"];
        let mut topics: Vec<String> = vec![String::new()];
        for _ in 0..4 {
            let longer = |topic: &String| tokens.map(|token| format!("{topic}.{token}").trim_matches('.').to_owned());
            let more: Vec<String> = topics.iter().flat_map(longer).collect();
            topics.extend(more);
        }
        for text in ["a", "a.*", "*.b", "a.>", "*.b.>", ">", "a.b.c", "*.*.*", "b.*.>"] {
            let pattern = Pattern::parse(text).unwrap();
            for prefix in ["a", "b", "a.b", "b.b", "a.b.c", "c.a"] {
                let under = |topic: &&String| *topic == prefix || topic.starts_with(&format!("{prefix}."));
                let some = topics.iter().filter(under).any(|topic| pattern.matches(topic));
                assert_eq!(pattern.may_match_under(prefix), some, "{text} under {prefix}");
            }
        }
    }

    #[test]
    fn a_pattern_that_means_nothing_is_refused_in_its_own_words() {
        for bad in ["", "a..b", ".a", "a.", "a.>.b", "a.b*", "a.>b", "a b", &"x".repeat(300)] {
            assert!(Pattern::parse(bad).unwrap_err().message().contains("pattern"), "{bad}");
        }
    }
}
