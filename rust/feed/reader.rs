//! A raw recording as a stream of events, in file order and bounded memory.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::binance::Decoder;
use super::format::Format;
use super::lines::{self, Lines};
use super::report::ReadReport;
use super::survey::Survey;
use crate::model::{Error, Event, Instrument, Result};

/// Reads events from a source of lines.
pub struct Reader<R> {
    lines: Lines<R>,
    decoder: Decoder,
    instruments: Vec<Arc<Instrument>>,
    /// Where to look for the increments that fit, when a value does not.
    path: Option<PathBuf>,
    ended: bool,
}

impl Reader<Box<dyn Read + Send>> {
    /// Opens a file, plain or gzip, and makes sure that it is a raw recording.
    pub fn open(path: &Path, instruments: &[Arc<Instrument>]) -> Result<Self> {
        let mut lines = lines::open(path)?;
        let report = ReadReport::new(&path.display().to_string(), Format::BinanceRaw.name());
        detect_lines(&mut lines, &report.source)?;
        Ok(Self { path: Some(path.to_owned()), ..Self::from_lines(lines, instruments, report)? })
    }
}

/// The format of a file, plain or gzip.
pub fn detect(path: &Path) -> Result<Format> {
    let mut lines = lines::open(path)?;
    lines.head_format().map_err(|error| Error::Data(format!("{}: {}", path.display(), error.message())))
}

/// That the source is made of lines of a raw recording; otherwise what it is instead.
pub fn detect_lines<R: Read>(lines: &mut Lines<R>, source: &str) -> Result<()> {
    let found = match lines.head_format() {
        Ok(Format::BinanceRaw) => return Ok(()),
        Ok(format) => format!("this holds {}, not a raw recording", format.name()),
        Err(error) => error.message().to_owned(),
    };
    Err(Error::Data(format!("{source}: {found}")))
}

impl<R: Read> Reader<R> {
    /// Reads from any source of bytes.
    pub fn new(source: R, name: &str, instruments: &[Arc<Instrument>]) -> Result<Self> {
        Self::from_lines(Lines::new(source), instruments, ReadReport::new(name, Format::BinanceRaw.name()))
    }

    fn from_lines(lines: Lines<R>, instruments: &[Arc<Instrument>], report: ReadReport) -> Result<Self> {
        let decoder = Decoder::new(instruments, report)?;
        Ok(Self { lines, decoder, instruments: instruments.to_vec(), path: None, ended: false })
    }

    /// What was counted so far.
    pub fn report(&self) -> &ReadReport {
        self.decoder.report()
    }

    /// Appends whole messages until `events` holds at least `batch` events or the source ends; false at the end.
    pub fn next_batch(&mut self, events: &mut Vec<Event>, batch: usize) -> Result<bool> {
        let start = events.len();
        let more = self.fill(events, batch)?;
        self.decoder.report_mut().observe_events(&events[start..], &self.instruments);
        Ok(more)
    }

    /// Like [`Self::next_batch`], but leaves the events to be counted by the [`super::Recording`] they are for.
    pub fn fill(&mut self, events: &mut Vec<Event>, batch: usize) -> Result<bool> {
        while !self.ended && events.len() < batch {
            let line = match self.lines.next_line() {
                Ok(Some(line)) => line,
                Ok(None) => {
                    self.ended = true;
                    self.decoder.end().map_err(|error| self.named(&error))?;
                    break;
                }
                Err(error) => return Err(self.named(&error)),
            };
            if let Err(error) = self.decoder.line(line, events) {
                return Err(self.named(&self.advised(error)));
            }
        }
        self.decoder.report_mut().bytes = self.lines.bytes();
        Ok(!self.ended)
    }

    /// What was counted.
    pub fn into_report(self) -> ReadReport {
        self.decoder.into_report()
    }

    /// The error with its source.
    fn named(&self, error: &Error) -> Error {
        Error::Data(format!("{}: {}", self.decoder.report().source, error.message()))
    }

    /// To an error about an increment, adds what would fit the whole file.
    fn advised(&self, error: Error) -> Error {
        let (Some(path), Some(listing)) = (&self.path, self.decoder.misfit()) else { return error };
        let symbol = self.instruments[listing].symbol();
        let Ok(survey) = Survey::of_file(path) else { return error };
        let Some((tick, lot)) = survey.steps(symbol) else { return error };
        Error::Data(format!("{}. All of the file fits tick_size=\"{tick}\", lot_size=\"{lot}\"", error.message()))
    }
}
