//! How long messages travel: a delay for each kind of request, one for what comes back.
//!
//! A delay is a constant, a line between measurements, or a multiple of the market data's own delay, and may have a
//! random part on top. It is a message's own; the wire then keeps the order ([`super::Link`]).

use std::sync::Arc;

use super::jitter::Jitter;
use super::series::{Series, Travel};
use super::sim::Request;
use crate::model::{Error, Instrument, Result};

/// What a delay may depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// When the message is sent.
    pub now_ns: i64,
    /// Its number on its wire, from 0.
    pub number: u64,
    /// How long the newest message of the market data takes, ns; for delays that follow it.
    pub feed_ns: i64,
}

/// The part of a delay that is not random.
#[derive(Clone, Debug, PartialEq)]
enum Base {
    Constant(i64),
    Entry(Arc<Series>),
    Response(Arc<Series>),
    Feed { factor: f64, offset_ns: i64 },
}

/// How long messages of one kind take.
#[derive(Clone, Debug, PartialEq)]
pub struct Delay {
    base: Base,
    jitter: Option<Jitter>,
}

impl Delay {
    /// Always the same; at least 0.
    pub const fn constant(delay_ns: i64) -> Self {
        Self { base: Base::Constant(delay_ns), jitter: None }
    }

    /// As measured: the "entry" of requests or their "response".
    pub fn measured(series: &Arc<Series>, way: &str) -> Result<Self> {
        let base = match way {
            "entry" => Base::Entry(Arc::clone(series)),
            "response" => Base::Response(Arc::clone(series)),
            _ => return Err(Error::Config(format!("a way is \"entry\" or \"response\", not {way:?}"))),
        };
        Ok(Self { base, jitter: None })
    }

    /// `factor` times the delay of the market data's newest message, plus `offset_ns`; the factor is 0 to 1,000.
    pub fn feed(factor: f64, offset_ns: i64) -> Result<Self> {
        if !(0.0..=1_000.0).contains(&factor) {
            return Err(Error::Config(format!("a factor of the feed's delay must be within 0 and 1000, not {factor}")));
        }
        Ok(Self { base: Base::Feed { factor, offset_ns }, jitter: None })
    }

    /// The same with a random part on top.
    #[must_use]
    pub fn jittered(&self, jitter: Jitter) -> Self {
        Self { base: self.base.clone(), jitter: Some(jitter) }
    }

    /// Whether it needs the delay of the market data.
    pub const fn follows_feed(&self) -> bool {
        matches!(self.base, Base::Feed { .. })
    }

    /// How a message fares.
    pub fn of(&self, departure: &Departure) -> Travel {
        let extra_ns = self.jitter.map_or(0, |jitter| jitter.draw(departure.number));
        match &self.base {
            Base::Constant(delay_ns) => Travel::Arrives(delay_ns.saturating_add(extra_ns)),
            Base::Response(series) => Travel::Arrives(series.response(departure.now_ns).saturating_add(extra_ns)),
            Base::Feed { factor, offset_ns } => {
                let delay_ns = (factor * departure.feed_ns.max(0) as f64).round() as i64;
                Travel::Arrives(delay_ns.saturating_add(*offset_ns).saturating_add(extra_ns))
            }
            Base::Entry(series) => match series.entry(departure.now_ns) {
                Travel::Arrives(delay_ns) => Travel::Arrives(delay_ns.saturating_add(extra_ns)),
                Travel::Refused(delay_ns) => Travel::Refused(delay_ns.saturating_add(extra_ns)),
            },
        }
    }

    fn on_wire(mut self, wire: u64) -> Self {
        self.jitter = self.jitter.map(|jitter| jitter.on_wire(wire));
        self
    }
}

/// Travel times between us and a venue.
#[derive(Clone, Debug, PartialEq)]
pub struct Latency {
    /// Of a new order to the venue.
    pub new: Delay,
    /// Of a cancel.
    pub cancel: Delay,
    /// Of a replace.
    pub replace: Delay,
    /// From the venue to us.
    pub response: Delay,
    /// Added to the receive times of market data, ns.
    pub feed_ns: i64,
}

impl Default for Latency {
    fn default() -> Self {
        Self::constant(0, 0)
    }
}

impl Latency {
    /// One for every request, one for what comes back.
    pub const fn constant(entry_ns: i64, response_ns: i64) -> Self {
        Self {
            new: Delay::constant(entry_ns),
            cancel: Delay::constant(entry_ns),
            replace: Delay::constant(entry_ns),
            response: Delay::constant(response_ns),
            feed_ns: 0,
        }
    }

    /// The delay of a request.
    pub const fn entry(&self, request: &Request) -> &Delay {
        match request {
            Request::New(_) => &self.new,
            Request::Cancel(_) => &self.cancel,
            Request::Replace(_) => &self.replace,
        }
    }

    /// The same for the wires of one listing: it draws its random parts from streams of its own, the one for requests
    /// another than the one for responses, whatever else is in the run.
    #[must_use]
    pub fn for_listing(self, instrument: &Instrument) -> Self {
        let listing = fnv(instrument.venue().bytes().chain([0]).chain(instrument.symbol().bytes()));
        let (out, back) = (listing, listing.rotate_left(32) ^ 1);
        Self {
            new: self.new.on_wire(out),
            cancel: self.cancel.on_wire(out),
            replace: self.replace.on_wire(out),
            response: self.response.on_wire(back),
            feed_ns: self.feed_ns,
        }
    }
}

/// The 64-bit FNV-1a hash (Fowler, Noll and Vo).
fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::super::jitter::Distribution;
    use super::*;

    fn departure(now_ns: i64, feed_ns: i64) -> Departure {
        Departure { now_ns, number: 0, feed_ns }
    }

    #[test]
    fn each_base_gives_its_delay() {
        let series = Arc::new(Series::new(&[0, 10], &[5, 15], &[1, 3], &[false; 2]).unwrap());
        assert_eq!(Delay::constant(7).of(&departure(3, 9)), Travel::Arrives(7));
        assert_eq!(Delay::measured(&series, "entry").unwrap().of(&departure(5, 0)), Travel::Arrives(10));
        assert_eq!(Delay::measured(&series, "response").unwrap().of(&departure(15, 0)), Travel::Arrives(2));
        assert_eq!(Delay::feed(1.5, 100).unwrap().of(&departure(0, 5)), Travel::Arrives(108));
        assert_eq!(Delay::feed(1.5, 100).unwrap().of(&departure(0, -5)), Travel::Arrives(100));
        for factor in [-0.1, 1e4, f64::NAN] {
            assert!(Delay::feed(factor, 0).is_err(), "{factor}");
        }
    }

    #[test]
    fn a_refusal_is_late_by_the_random_part_too() {
        let jitter = Jitter::new(Distribution::Uniform, 1_000, 0.0, 1).unwrap();
        let refused = Arc::new(Series::new(&[0], &[0], &[8], &[true]).unwrap());
        let delay = Delay::measured(&refused, "entry").unwrap().jittered(jitter);
        let extra_ns = jitter.draw(0);
        assert!(extra_ns > 0);
        assert_eq!(delay.of(&departure(0, 0)), Travel::Refused(8 + extra_ns));
    }
}
