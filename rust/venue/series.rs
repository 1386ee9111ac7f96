//! Measured order latencies, and what lies between two measurements.

use crate::model::{Error, Result};

/// Times are 0 to this, ns since 1970 (the year 2116): sums and differences of times and delays cannot overflow.
const LAST_NS: i64 = 1 << 62;

/// Delays are 0 to this, ns (36 years).
const LONGEST_NS: i64 = 1 << 60;

/// How one request fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Travel {
    /// It arrives after so many ns.
    Arrives(i64),
    /// The venue does not process it, and says so; the refusal is back after so many ns.
    Refused(i64),
}

/// Latencies measured on an account's orders: when each was sent, how long it took to the exchange and back.
///
/// Between two rows the delay is a straight line, before the first and after the last row it is that row's. A request is
/// looked up by when it is sent, a response by when the exchange sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    request_ns: Vec<i64>,
    entry_ns: Vec<i64>,
    round_trip_ns: Vec<i64>,
    refused: Vec<bool>,
    exchange_ns: Vec<i64>,
    response_ns: Vec<i64>,
}

impl Series {
    /// From columns of one length, at least one row: request times that never run backwards, delays of at least 0.
    ///
    /// A row that is `refused` says that the venue did not process that request; its `response_ns` is the time until the
    /// refusal was back and its `entry_ns` counts for nothing. Exchange times, `request_ns + entry_ns`, that run
    /// backwards are those of requests that overtook others; each counts from the latest one so far.
    pub fn new(request_ns: &[i64], entry_ns: &[i64], response_ns: &[i64], refused: &[bool]) -> Result<Self> {
        let rows = request_ns.len();
        let columns = [("entry", entry_ns.len()), ("response", response_ns.len()), ("refused", refused.len())];
        if let Some((name, len)) = columns.into_iter().find(|column| column.1 != rows) {
            return Err(Error::Config(format!("time has {rows} rows and {name} has {len}: they must be equally long")));
        }
        if rows == 0 {
            return Err(Error::Config("a latency series needs at least one row, it has none".into()));
        }
        check_times(request_ns)?;
        check_range("entry", entry_ns, LONGEST_NS)?;
        check_range("response", response_ns, LONGEST_NS)?;
        let served = || (0..rows).filter(|&row| !refused[row]);
        let mut latest_ns = i64::MIN;
        let exchange_ns = served().map(|row| {
            latest_ns = latest_ns.max(request_ns[row] + entry_ns[row]);
            latest_ns
        });
        let round_trip = |row: usize| if refused[row] { response_ns[row] } else { entry_ns[row] + response_ns[row] };
        Ok(Self {
            exchange_ns: exchange_ns.collect(),
            response_ns: served().map(|row| response_ns[row]).collect(),
            round_trip_ns: (0..rows).map(round_trip).collect(),
            request_ns: request_ns.to_vec(),
            entry_ns: entry_ns.to_vec(),
            refused: refused.to_vec(),
        })
    }

    /// How a request fares that is sent at `now_ns`: refused where the row before or the row after it was.
    pub fn entry(&self, now_ns: i64) -> Travel {
        let (before, after) = neighbours(&self.request_ns, now_ns);
        if self.refused[before] || self.refused[after] {
            return Travel::Refused(between(&self.request_ns, &self.round_trip_ns, now_ns));
        }
        Travel::Arrives(between(&self.request_ns, &self.entry_ns, now_ns))
    }

    /// How long a response takes that the exchange sends at `now_ns`; 0 where every request was refused.
    pub fn response(&self, now_ns: i64) -> i64 {
        if self.exchange_ns.is_empty() { 0 } else { between(&self.exchange_ns, &self.response_ns, now_ns) }
    }
}

/// The rows either side of `x`; twice the same one outside them. `xs` is sorted and not empty.
fn neighbours(xs: &[i64], x: i64) -> (usize, usize) {
    let after = xs.partition_point(|&each| each <= x);
    (after.saturating_sub(1), after.min(xs.len() - 1))
}

/// The line between the rows either side of `x`, cut to whole ns the way hftbacktest does: the slope as a float first.
fn between(xs: &[i64], ys: &[i64], x: i64) -> i64 {
    let (before, after) = neighbours(xs, x);
    if before == after || x < xs[before] {
        return ys[before];
    }
    let slope = (ys[after] - ys[before]) as f64 / (xs[after] - xs[before]) as f64;
    ys[before] + (slope * (x - xs[before]) as f64) as i64
}

/// Sorted and within range.
fn check_times(times_ns: &[i64]) -> Result<()> {
    if let Some(row) = times_ns.windows(2).position(|pair| pair[1] < pair[0]) {
        let (earlier, later) = (times_ns[row], times_ns[row + 1]);
        return Err(Error::Config(format!(
            "time must not run backwards: row {row} is at {earlier} ns and row {} at {later} ns",
            row + 1
        )));
    }
    check_range("time", times_ns, LAST_NS)
}

/// Every value within 0 and `most`.
fn check_range(name: &str, values_ns: &[i64], most: i64) -> Result<()> {
    values_ns.iter().position(|value| !(0..=most).contains(value)).map_or(Ok(()), |row| {
        Err(Error::Config(format!("{name} must be within 0 and {most} ns, not {} ns (row {row})", values_ns[row])))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> Series {
        Series::new(&[100, 200, 200, 400], &[10, 30, 50, 50], &[5, 6, 7, 1], &[false; 4]).unwrap()
    }

    #[test]
    fn a_request_is_looked_up_by_when_it_is_sent_and_a_response_by_when_the_exchange_sends_it() {
        let series = series();
        let entry = |now_ns| series.entry(now_ns);
        assert_eq!([entry(-7), entry(100), entry(150), entry(199)], [10, 10, 20, 29].map(Travel::Arrives));
        assert_eq!([entry(200), entry(300), entry(400), entry(9_999)], [50; 4].map(Travel::Arrives));
        // The exchange times are 110, 230, 250, 450.
        assert_eq!(
            [0, 110, 170, 230, 240, 250, 350, 450, 800].map(|now_ns| series.response(now_ns)),
            [5, 5, 5, 6, 6, 7, 4, 1, 1]
        );
    }

    #[test]
    fn requests_beside_a_refused_one_are_refused_and_responses_pass_over_it() {
        let series =
            Series::new(&[0, 100, 200, 300], &[10, 0, 10, 20], &[30, 90, 10, 10], &[false, true, false, false]);
        let series = series.unwrap();
        assert_eq!([0, 50, 150].map(|now_ns| series.entry(now_ns)), [40, 65, 55].map(Travel::Refused));
        assert_eq!([-1, 200, 250].map(|now_ns| series.entry(now_ns)), [10, 10, 15].map(Travel::Arrives));
        assert_eq!([10, 110, 210].map(|now_ns| series.response(now_ns)), [30, 20, 10]);
        let last = Series::new(&[0], &[0], &[8], &[true]).unwrap();
        assert_eq!((last.entry(-5), last.entry(5), last.response(3)), (Travel::Refused(8), Travel::Refused(8), 0));
    }

    #[test]
    fn an_overtaken_row_counts_from_the_latest_exchange_time() {
        let series = Series::new(&[0, 10, 40], &[50, 5, 10], &[1, 2, 3], &[false; 3]).unwrap();
        assert_eq!([49, 50, 60].map(|now_ns| series.response(now_ns)), [1, 3, 3]);
    }

    #[test]
    fn columns_that_are_none_are_refused_with_their_row() {
        let bad = |time: &[i64], entry: &[i64], response: &[i64]| {
            let refused = vec![false; time.len()];
            Series::new(time, entry, response, &refused).unwrap_err().message().to_owned()
        };
        assert!(bad(&[], &[], &[]).contains("at least one row"));
        assert!(bad(&[1, 2], &[3], &[3, 4]).contains("entry has 1"));
        assert!(bad(&[1, 5, 4], &[0; 3], &[0; 3]).contains("row 1 is at 5 ns and row 2 at 4 ns"));
        assert!(bad(&[1, 2], &[0, -3], &[0, 0]).contains("entry must be within 0 and"));
        assert!(bad(&[1, 2], &[0, 0], &[i64::MAX, 0]).contains("(row 0)"));
        assert!(bad(&[-1, i64::MAX], &[0, 0], &[0, 0]).contains("not -1 ns (row 0)"));
    }
}
