//! What a file is, known by its content.

use crate::model::{Error, Result};

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines of `<receive ns> <json>`, Binance's messages as they came.
    BinanceRaw,
    /// A NumPy array of hftbacktest's events.
    Npy,
    /// A zip archive of NumPy arrays.
    Npz,
    /// A recording that we saved.
    Saved,
    /// Text with a row of open, high, low and close a line.
    Bars,
    /// A Parquet file: a table, of bars if it has their columns.
    Parquet,
}

/// Beginnings of files that people have lying beside their recordings.
const KNOWN: [(&[u8], &str); 8] = [
    (&[0x28, 0xb5, 0x2f, 0xfd], "zstd data (Databento's DBN?)"),
    (&[0xd4, 0xc3, 0xb2, 0xa1], "a packet capture (pcap)"),
    (&[0x0a, 0x0d, 0x0d, 0x0a], "a packet capture (pcapng)"),
    (b"DBN", "a Databento file"),
    (b"ARROW1", "an Arrow file"),
    (b"%PDF", "a PDF"),
    (b"BZh", "bzip2 data"),
    (&[0xfd, b'7', b'z', b'X', b'Z'], "xz data"),
];

impl Format {
    /// The format's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BinanceRaw => "binance",
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Saved => "quantum",
            Self::Bars => "bars",
            Self::Parquet => "parquet",
        }
    }

    /// The format of a file that begins with `head` (after decompression), otherwise an error that says what was found.
    pub fn detect(head: &[u8]) -> Result<Self> {
        if head.starts_with(b"\x93NUMPY") {
            return Ok(Self::Npy);
        }
        if head.starts_with(b"PK\x03\x04") {
            return Ok(Self::Npz);
        }
        if head.starts_with(b"QUANTUM-EVENTS") {
            return Ok(Self::Saved);
        }
        if head.starts_with(b"PAR1") {
            return Ok(Self::Parquet);
        }
        if is_bars(head) {
            return Ok(Self::Bars);
        }
        let mut lines = head.split(|&byte| byte == b'\n').take(1000);
        if lines.any(|line| split_receive_time(line).is_some_and(|(_, json)| json.first() == Some(&b'{'))) {
            return Ok(Self::BinanceRaw);
        }
        Err(Error::Data(format!("{}; {WANTED}", found(head))))
    }
}

const WANTED: &str = "known formats: raw Binance recordings (lines of \"<receive time in ns> <json>\", plain or gzip), \
                      hftbacktest event arrays (.npz, .npy) and bars (CSV with a head line, or Parquet: time, open, high, \
                      low, close, volume)";

/// Whether this is a table of bars: a head line that names open, high, low and close, or rows of at least five numbers
/// of which the first is a time.
fn is_bars(head: &[u8]) -> bool {
    let Some(first) = head.trim_ascii_start().split(|&byte| byte == b'\n').next() else { return false };
    let Ok(first) = std::str::from_utf8(first) else { return false };
    let fields: Vec<String> = first
        .split([',', ';', '\t', '|'])
        .map(|field| field.trim_matches(|letter: char| !letter.is_alphanumeric()).to_ascii_lowercase())
        .collect();
    let prices = [["open", "o"], ["high", "h"], ["low", "l"], ["close", "c"]];
    let named = prices.iter().all(|names| fields.iter().any(|field| names.contains(&field.as_str())));
    // Binance's files of klines have no head line in older years: a time in ms or µs, then numbers.
    let numbers = fields.len() >= 6 && fields.iter().all(|field| field.parse::<f64>().is_ok());
    let time = fields[0].len() >= 10 && fields[0].bytes().all(|byte| byte.is_ascii_digit());
    named || numbers && time
}

/// What the file seems to be.
fn found(head: &[u8]) -> String {
    if head.iter().all(u8::is_ascii_whitespace) {
        return if head.is_empty() {
            "the file is empty".into()
        } else {
            "the file holds nothing but white space".into()
        };
    }
    if let Some((_, name)) = KNOWN.iter().find(|(magic, _)| head.starts_with(magic)) {
        return format!("this is {name}");
    }
    let first = head.trim_ascii_start().split(|&byte| byte == b'\n').next().unwrap_or(head);
    if first.first() == Some(&b'<') {
        return "this is HTML or XML".into();
    }
    let shown = excerpt(first);
    if head.iter().take(4096).any(|&byte| byte < 9 || byte > 13 && byte < 32 && byte != 27) {
        return format!("these are binary data of an unknown format, starting with {shown}");
    }
    match split_number(first) {
        Some((digits, rest)) if rest.first() == Some(&b'{') => format!(
            "the first line is received at {}, which is not a time in nanoseconds since 1970 (19 digits)",
            String::from_utf8_lossy(digits)
        ),
        _ => format!("the first line is {shown}"),
    }
}

/// The beginning of some text, fit to be printed.
pub fn excerpt(text: &[u8]) -> String {
    const SHOWN: usize = 60;
    let dots = if text.len() > SHOWN { "…" } else { "" };
    format!("{:?}{dots}", String::from_utf8_lossy(&text[..text.len().min(SHOWN)]))
}

/// Digits, white space, the rest.
fn split_number(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = line.iter().position(|byte| !byte.is_ascii_digit())?;
    if length == 0 || !matches!(line[length], b' ' | b'\t') {
        return None;
    }
    Some((&line[..length], line[length..].trim_ascii_start()))
}

/// A line's receive time (ns since 1970, from 2001 to 2262: always 19 digits) and what follows it.
#[inline]
pub fn split_receive_time(line: &[u8]) -> Option<(i64, &[u8])> {
    const LENGTH: usize = 19;
    if line.len() <= LENGTH || !matches!(line[LENGTH], b' ' | b'\t') || line[0] == b'0' {
        return None;
    }
    let mut value = 0u64;
    for byte in &line[..LENGTH] {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    Some((i64::try_from(value).ok()?, line[LENGTH..].trim_ascii_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_and_the_unknown_is_described() {
        assert_eq!(Format::detect(b"\x93NUMPY\x01"), Ok(Format::Npy));
        assert_eq!(Format::detect(b"PK\x03\x04"), Ok(Format::Npz));
        assert_eq!(Format::detect(b"PAR1xxxx"), Ok(Format::Parquet));
        assert_eq!(Format::detect(b"Date;Open;High;Low;Close;Vol\n"), Ok(Format::Bars));
        assert_eq!(Format::detect(b"<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\r\n"), Ok(Format::Bars));
        assert_eq!(Format::detect(b"1704067200000,42283.58,42554.57,42261.02,42475.23,1271.68\n"), Ok(Format::Bars));
        assert_eq!(Format::detect(b"half a line\n1723161255030314667 {\"e\":"), Ok(Format::BinanceRaw));
        assert!(Format::detect(b"34200.004241176,1,16113575,18,5853300,1\n").is_err());
        for (head, said) in [
            (&b""[..], "empty"),
            (b"\n \n", "white space"),
            (b"<!DOCTYPE html>", "HTML"),
            (b"1723161255030 {\"e\":1}", "nanoseconds"),
            (b"1626992741.06217: {\"stream\":1}", "the first line is \"1626992741.06217"),
            (b"\x00\x01\x02", "binary"),
        ] {
            let error = Format::detect(head).unwrap_err();
            assert!(error.message().contains(said) && error.message().contains("known formats"), "{error}");
        }
    }
}
