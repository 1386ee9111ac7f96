//! A cursor over one line of JSON: strict about the grammar, no allocation, no tree.
//!
//! A decoder asks for what it expects next and gets a slice of the line, an integer or a decimal; everything else is
//! checked and stepped over. Text with escapes is legal JSON, but no venue writes a name or a number so: [`Cursor::text`]
//! refuses it rather than misread it.

use super::digits::Digits;

/// A value, or in a few words why there is none.
pub type Parse<T> = Result<T, &'static str>;

/// How deep values may nest.
const MAX_DEPTH: usize = 32;

/// A place in a line.
pub struct Cursor<'l> {
    bytes: &'l [u8],
    at: usize,
}

impl<'l> Cursor<'l> {
    /// At the start of `bytes`.
    #[inline]
    pub const fn new(bytes: &'l [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next byte that is not white space, 0 at the end.
    #[inline]
    pub fn peek(&mut self) -> u8 {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(&byte) => return byte,
                None => return 0,
            }
        }
    }

    /// Steps over `byte` if it comes next.
    #[inline]
    pub fn take(&mut self, byte: u8) -> bool {
        let found = self.bytes.get(self.at) == Some(&byte) || self.peek() == byte && self.at < self.bytes.len();
        self.at += usize::from(found);
        found
    }

    /// Steps over `byte`, which must come next.
    #[inline]
    pub fn expect(&mut self, byte: u8) -> Parse<()> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// That nothing but white space is left.
    #[inline]
    pub fn end(&mut self) -> Parse<()> {
        if self.peek() == 0 && self.at >= self.bytes.len() { Ok(()) } else { Err("text after the JSON object") }
    }

    /// What is wrong here.
    #[cold]
    fn unexpected(&self) -> &'static str {
        if self.at >= self.bytes.len() { "the line is cut off" } else { "not valid JSON" }
    }

    /// The content of a string without escapes.
    #[inline]
    pub fn text(&mut self) -> Parse<&'l [u8]> {
        self.expect(b'"')?;
        let start = self.at;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'"' => {
                    self.at += 1;
                    return Ok(&self.bytes[start..self.at - 1]);
                }
                b'\\' => return Err("an escaped character where none belongs"),
                0..0x20 => return Err("a control character inside text"),
                _ => self.at += 1,
            }
        }
        Err(self.unexpected())
    }

    /// A decimal between quotes, as venues write prices.
    #[inline]
    pub fn quoted_decimal(&mut self) -> Parse<Digits> {
        self.expect(b'"')?;
        let (digits, length) = Digits::scan(&self.bytes[self.at..])?;
        self.at += length;
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err("a price or quantity is not a number");
        }
        self.at += 1;
        Ok(digits)
    }

    /// A number; its value if it is a non-negative integer below 2^63.
    #[inline]
    pub fn number(&mut self) -> Parse<Option<u64>> {
        let negative = self.take(b'-');
        let (value, length) = self.digits()?;
        let mut integer = !negative;
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            integer = self.digits_any().map(|()| false)?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'+' | b'-')));
            integer = self.digits_any().map(|()| false)?;
        }
        Ok((integer && length <= 18 || integer && length == 19 && value < 1 << 63).then_some(value))
    }

    /// Digits without a leading zero: their value (wrapped when there are over 19) and length.
    #[inline]
    fn digits(&mut self) -> Parse<(u64, usize)> {
        let start = self.at;
        let mut value = 0u64;
        while let Some(digit) = self.bytes.get(self.at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10)
        {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            self.at += 1;
        }
        match self.at - start {
            0 => Err(self.unexpected()),
            1 => Ok((value, 1)),
            _ if self.bytes[start] == b'0' => Err("a number starts with 0"),
            length => Ok((value, length)),
        }
    }

    /// At least one digit.
    fn digits_any(&mut self) -> Parse<()> {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Steps over the word, which must come next.
    pub fn word(&mut self, word: &[u8]) -> Parse<()> {
        self.peek();
        if !self.bytes[self.at..].starts_with(word) {
            return Err(self.unexpected());
        }
        self.at += word.len();
        Ok(())
    }

    /// Steps over any value.
    pub fn skip(&mut self) -> Parse<()> {
        self.skip_nested(0)
    }

    fn skip_nested(&mut self, depth: usize) -> Parse<()> {
        if depth > MAX_DEPTH {
            return Err("values nested more than 32 deep");
        }
        match self.peek() {
            b'"' => self.skip_text(),
            b'{' => self.skip_items(b'{', b'}', depth),
            b'[' => self.skip_items(b'[', b']', depth),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number().map(|_| ()),
        }
    }

    fn skip_items(&mut self, open: u8, close: u8, depth: usize) -> Parse<()> {
        self.expect(open)?;
        if self.take(close) {
            return Ok(());
        }
        loop {
            if open == b'{' {
                self.peek();
                self.skip_text()?;
                self.expect(b':')?;
            }
            self.skip_nested(depth + 1)?;
            if !self.take(b',') {
                return self.expect(close);
            }
        }
    }

    fn skip_text(&mut self) -> Parse<()> {
        self.expect(b'"')?;
        loop {
            let byte = *self.bytes.get(self.at).ok_or("the line is cut off")?;
            self.at += 1;
            match byte {
                b'"' => return Ok(()),
                b'\\' => self.skip_escape()?,
                0..0x20 => return Err("a control character inside text"),
                _ => {}
            }
        }
    }

    fn skip_escape(&mut self) -> Parse<()> {
        let byte = *self.bytes.get(self.at).ok_or("the line is cut off")?;
        self.at += 1;
        match byte {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => {
                let code = self.bytes.get(self.at..self.at + 4).ok_or("the line is cut off")?;
                self.at += 4;
                if code.iter().all(u8::is_ascii_hexdigit) { Ok(()) } else { Err("not a valid escape") }
            }
            _ => Err("not a valid escape"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn valid(text: &[u8]) -> bool {
        let mut cursor = Cursor::new(text);
        cursor.skip().and_then(|()| cursor.end()).is_ok()
    }

    #[test]
    fn integers_floats_and_nonsense_are_told_apart() {
        let number = |text: &str| Cursor::new(text.as_bytes()).number();
        assert_eq!(number("1723161256298"), Ok(Some(1_723_161_256_298)));
        assert_eq!(number("9223372036854775807"), Ok(Some(i64::MAX as u64)));
        for other in ["9223372036854775808", "99999999999999999999", "-1", "1.5", "1e3"] {
            assert_eq!(number(other), Ok(None), "{other}");
        }
        for bad in ["", "01", "1.", "x", "-", "1e"] {
            assert!(number(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn the_grammar_is_that_of_json(text in r#"[\[\]{}:,"0-9a-z.\\ -]{0,24}"#) {
            let known = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            prop_assert_eq!(valid(text.as_bytes()), known, "{}", text);
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = valid(&bytes);
            let _ = Cursor::new(&bytes).quoted_decimal();
            let _ = Cursor::new(&bytes).text();
        }
    }
}
