//! Where days and weeks begin: an IANA zone and the time of day at which its session starts.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

use crate::model::{Error, Result};

/// Days of a zone, each from one session start to the next. A session that starts at noon or later belongs to the next
/// calendar day, as foreign exchange does: Monday's begins on Sunday at 17:00 in New York.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    start: Time,
}

/// A stretch of time: from its first ns to the first ns after it.
pub type Stretch = (i64, i64);

impl Calendar {
    /// For a zone such as `America/New_York` and a start such as `17:00`.
    pub fn new(zone: &str, session_start: &str) -> Result<Self> {
        let known = TimeZone::get(zone).map_err(|_| {
            Error::Config(format!(
                "there is no time zone {zone:?}; it must be an IANA name such as \"America/New_York\""
            ))
        })?;
        let start: Time = session_start.parse().map_err(|_| {
            Error::Config(format!("session_start is {session_start:?}; it must be a time of day such as \"17:00\""))
        })?;
        Ok(Self { zone: known, start })
    }

    /// The instant the session of calendar day `date` begins; a time a clock change skips is taken after the change.
    fn begin(&self, date: Date) -> Result<i64> {
        let at = self.zone.to_ambiguous_zoned(date.to_datetime(self.start)).compatible().map_err(out_of_range)?;
        i64::try_from(at.timestamp().as_nanosecond()).map_err(out_of_range)
    }

    /// The day `time` is in.
    pub fn day(&self, time: i64) -> Result<Stretch> {
        let date = self.opening(time)?;
        Ok((self.begin(date)?, self.begin(shift(date, 1.day())?)?))
    }

    /// The week `time` is in.
    pub fn week(&self, time: i64) -> Result<Stretch> {
        let opening = self.opening(time)?;
        let lead = i8::from(self.start.hour() >= 12);
        let session = shift(opening, i64::from(lead).days())?;
        let since_monday = i64::from(session.weekday().since(Weekday::Monday));
        let monday = shift(opening, (-since_monday).days())?;
        Ok((self.begin(monday)?, self.begin(shift(monday, 7.days())?)?))
    }

    /// The calendar day on which the session that holds `time` opened.
    fn opening(&self, time: i64) -> Result<Date> {
        let at = Timestamp::from_nanosecond(i128::from(time)).map_err(out_of_range)?;
        let date = self.zone.to_datetime(at).date();
        let date = if self.begin(date)? > time { shift(date, (-1).days())? } else { date };
        Ok(date)
    }
}

fn shift(date: Date, by: Span) -> Result<Date> {
    date.checked_add(by).map_err(out_of_range)
}

fn out_of_range(error: impl std::fmt::Display) -> Error {
    Error::Data(format!("a bar's time is out of range: {error}"))
}
