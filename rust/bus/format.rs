//! What the records of a topic are: one of the four record types, and what a user's fields in an Event mean.

use std::fmt;

use super::record::Record;
use super::topic::MAX_NAME;
use crate::model::{Bar, Command, Error, Event, Report, Result};

/// A record type that travels on the bus, each on rings of its own.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RecordType {
    /// [`crate::model::Event`].
    #[default]
    Event = 0,
    /// [`crate::model::Bar`].
    Bar = 1,
    /// [`crate::model::Command`].
    Command = 2,
    /// [`crate::model::Report`].
    Report = 3,
}

impl RecordType {
    /// All of them, by number.
    pub const ALL: [Self; 4] = [Self::Event, Self::Bar, Self::Command, Self::Report];

    /// Its name, as in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Bar => "bar",
            Self::Command => "command",
            Self::Report => "report",
        }
    }

    /// The name of its dtype.
    pub const fn dtype(self) -> &'static str {
        match self {
            Self::Event => "EVENT",
            Self::Bar => "BAR",
            Self::Command => "COMMAND",
            Self::Report => "REPORT",
        }
    }

    /// 64-bit words of one of them.
    pub const fn words(self) -> usize {
        match self {
            Self::Event => Event::WORDS,
            Self::Bar => Bar::WORDS,
            Self::Command => Command::WORDS,
            Self::Report => Report::WORDS,
        }
    }

    /// The type with this name.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name).ok_or_else(|| {
            Error::Config(format!("a record must be \"event\", \"bar\", \"command\" or \"report\", not {name:?}"))
        })
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.dtype())
    }
}

/// What a topic's records are. Bound to a user's topic when it is created.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Format {
    record: RecordType,
    fields: String,
}

impl Format {
    /// Records of this type as they are.
    pub const fn of(record: RecordType) -> Self {
        Self { record, fields: String::new() }
    }

    /// Events whose free bytes, `price` to `venue_sequence`, hold these fields: `name:format` joined by `;`. The bus
    /// compares them and shows them, whoever made them knows what they mean.
    pub fn with_fields(fields: &str) -> Result<Self> {
        if fields.len() > MAX_NAME {
            return Err(Error::Config(format!(
                "the fields of a dtype must fit into {MAX_NAME} bytes as text; {fields:?} has {}",
                fields.len()
            )));
        }
        Ok(Self { record: RecordType::Event, fields: fields.to_owned() })
    }

    /// The record type.
    pub const fn record(&self) -> RecordType {
        self.record
    }

    /// The user's fields, empty where there are none.
    pub fn fields(&self) -> &str {
        &self.fields
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fields.is_empty() {
            return self.record.fmt(f);
        }
        write!(f, "{} with the fields {}", self.record, self.fields.replace(':', " ").replace(';', ", "))
    }
}
