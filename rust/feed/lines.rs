//! Lines of a file, plain or gzip (of any number of members), in bounded memory.
//!
//! What the file is is read from its first bytes, never from its name. A read error, as at the end of a cut-off gzip
//! file, is reported only after every complete line before it was handed out.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::format::Format;
use crate::model::{Error, Result};

/// Bytes asked for in one read.
const CHUNK: usize = 1 << 18;

/// The longest line there may be.
pub const MAX_LINE: usize = 16 << 20;

/// A byte source as lines.
pub struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    number: u64,
    bytes: u64,
    finished: bool,
    failure: Option<io::Error>,
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'b> {
    /// Without its newline.
    pub text: &'b [u8],
    /// From 1.
    pub number: u64,
    /// Whether a newline ended it; the last line of a file that was still being written has none.
    pub complete: bool,
}

/// Opens a file as lines; `name` is its path in messages.
pub fn open(path: &Path) -> Result<Lines<Box<dyn Read + Send>>> {
    let name = path.display();
    let failed = |error: &io::Error| match error.kind() {
        io::ErrorKind::NotFound => Error::Data(format!("no such file: {name}")),
        io::ErrorKind::IsADirectory => Error::Data(format!("{name} is a directory, not a file")),
        _ => Error::Data(format!("cannot read {name}: {error}")),
    };
    let mut file = File::open(path).map_err(|error| failed(&error))?;
    let mut magic = [0; 2];
    let mut length = 0;
    while length < magic.len() {
        match file.read(&mut magic[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(&error)),
        }
    }
    let whole = io::Cursor::new(magic).take(length as u64).chain(file);
    if length == 2 && magic == [0x1f, 0x8b] {
        let buffered = io::BufReader::with_capacity(CHUNK, whole);
        return Ok(Lines::new(Box::new(MultiGzDecoder::new(buffered))));
    }
    Ok(Lines::new(Box::new(whole)))
}

impl<R: Read> Lines<R> {
    /// Lines of `source`.
    pub fn new(source: R) -> Self {
        Self { source, buffer: Vec::new(), start: 0, end: 0, number: 0, bytes: 0, finished: false, failure: None }
    }

    /// Lines handed out so far.
    pub const fn count(&self) -> u64 {
        self.number
    }

    /// Bytes of the lines handed out so far, newlines included.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The first bytes, without consuming them: up to 256 KiB, all of a shorter source.
    pub fn head(&mut self) -> &[u8] {
        while self.end - self.start < CHUNK && !self.finished {
            self.fill();
        }
        &self.buffer[self.start..self.end]
    }

    /// What the source is, by its first bytes. A source that cannot be read that far fails as its lines would.
    pub fn head_format(&mut self) -> Result<Format> {
        let found = Format::detect(self.head());
        match (found, self.failure.take()) {
            (Err(_), Some(error)) => Err(self.failed(&error)),
            (found, failure) => {
                self.failure = failure;
                found
            }
        }
    }

    /// The next line, `None` at the end. (Not an `Iterator`: a line borrows the buffer.)
    #[inline]
    pub fn next_line(&mut self) -> Result<Option<Line<'_>>> {
        let mut searched = self.start;
        loop {
            if let Some(length) = memchr::memchr(b'\n', &self.buffer[searched..self.end]) {
                return Ok(Some(self.take(searched + length, true)));
            }
            let unsearched = self.end - self.start;
            if self.finished {
                if let Some(error) = self.failure.take() {
                    return Err(self.failed(&error));
                }
                return Ok(if unsearched == 0 { None } else { Some(self.take(self.end, false)) });
            }
            if unsearched > MAX_LINE {
                let number = self.number + 1;
                return Err(Error::Data(format!("line {number} is longer than 16 MiB: this is not a text recording")));
            }
            self.fill();
            searched = self.start + unsearched;
        }
    }

    /// The line that ends before `end`.
    #[inline]
    fn take(&mut self, end: usize, complete: bool) -> Line<'_> {
        let text = &self.buffer[self.start..end];
        self.start = end + usize::from(complete);
        self.number += 1;
        self.bytes += (text.len() + usize::from(complete)) as u64;
        Line { text, number: self.number, complete }
    }

    /// Reads one chunk more; moves what is left to the front first.
    fn fill(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() < self.end + CHUNK {
            self.buffer.resize((self.end + CHUNK).next_power_of_two(), 0);
        }
        match self.source.read(&mut self.buffer[self.end..]) {
            Ok(0) => self.finished = true,
            Ok(more) => self.end += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                self.finished = true;
                self.failure = Some(error);
            }
        }
    }

    fn failed(&self, error: &io::Error) -> Error {
        let lines = self.number;
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Error::Data(format!(
                "the gzip data end too early (a truncated file?): {lines} complete lines could be read"
            )),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                Error::Data(format!("the gzip data are damaged ({error}): {lines} complete lines could be read"))
            }
            _ => Error::Data(format!("reading failed after {lines} complete lines: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    /// Hands out its bytes a few at a time.
    struct Trickle<'b>(&'b [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(buffer.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    fn all<R: Read>(mut lines: Lines<R>) -> (Vec<Vec<u8>>, Result<()>) {
        let mut found = Vec::new();
        loop {
            match lines.next_line() {
                Ok(Some(line)) => found.push(line.text.to_vec()),
                Ok(None) => return (found, Ok(())),
                Err(error) => return (found, Err(error)),
            }
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    proptest! {
        #[test]
        fn lines_are_the_text_between_newlines(text in "[a\n]{0,200}", step in 1usize..50) {
            let mut expected: Vec<&str> = text.split('\n').collect();
            if expected.last() == Some(&"") {
                expected.pop();
            }
            let mut lines = Lines::new(Trickle(text.as_bytes(), step));
            prop_assert_eq!(lines.head(), text.as_bytes());
            let (found, end) = all(lines);
            prop_assert_eq!(end, Ok(()));
            prop_assert_eq!(found, expected.iter().map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn all_members_of_a_gzip_file_are_read() {
        let bytes = [gzip(b"one\ntw"), gzip(b"o\nthree\n")].concat();
        assert_eq!(
            all(Lines::new(MultiGzDecoder::new(&bytes[..]))).0,
            [b"one".to_vec(), b"two".into(), b"three".into()]
        );
    }

    #[test]
    fn a_cut_gzip_file_is_an_error_after_its_last_complete_line() {
        let text: Vec<u8> =
            (0..50_000u32).flat_map(|i| format!("{}\n", i.wrapping_mul(2_654_435_761)).into_bytes()).collect();
        let bytes = gzip(&text);
        let (found, end) = all(Lines::new(MultiGzDecoder::new(&bytes[..bytes.len() / 2])));
        let error = end.unwrap_err();
        assert!(found.len() > 10_000 && found.len() < 50_000);
        assert!(error.message().contains(&format!("{} complete lines", found.len())), "{error}");
    }

    #[test]
    fn a_line_without_end_is_refused_and_memory_stays_bounded() {
        let (found, end) = all(Lines::new(io::repeat(b'x')));
        assert!(found.is_empty() && end.unwrap_err().message().contains("16 MiB"));
    }
}
