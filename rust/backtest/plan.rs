//! From recordings to a run: one dense number per listing over all of them.

use std::sync::Arc;

use super::compute::Compute;
use super::replay::Setup;
use super::source::Source;
use crate::engine::{Engine, Strategy, World};
use crate::feed::Recording;
use crate::model::{Error, Instrument, Money, Result};
use crate::risk::{Limits, RiskGate};
use crate::venue::{SimExchange, VenueModel};

/// The recordings of a run and the instruments in them.
#[derive(Clone, Debug)]
pub struct Plan {
    recordings: Vec<Arc<Recording>>,
    instruments: Vec<Arc<Instrument>>,
    numbers: Vec<Vec<u32>>,
}

impl Plan {
    /// Numbers the instruments of these recordings; the same listing in two recordings must be the same instrument.
    pub fn new(recordings: Vec<Arc<Recording>>) -> Result<Self> {
        if recordings.is_empty() {
            return Err(Error::Config("a run needs at least one recording".into()));
        }
        let mut instruments: Vec<Arc<Instrument>> = Vec::new();
        let mut numbers = Vec::new();
        for recording in &recordings {
            let mut of_recording = Vec::new();
            for instrument in recording.instruments() {
                of_recording.push(number_of(&mut instruments, instrument)?);
            }
            numbers.push(of_recording);
        }
        let currency = instruments[0].spec().currency;
        if let Some(other) = instruments.iter().find(|instrument| instrument.spec().currency != currency) {
            return Err(Error::Config(format!(
                "a run has one currency, but {} settles in {} and {} in {}",
                instruments[0].symbol(),
                currency.as_str(),
                other.symbol(),
                other.spec().currency.as_str()
            )));
        }
        Ok(Self { recordings, instruments, numbers })
    }

    /// By dense number.
    pub fn instruments(&self) -> &[Arc<Instrument>] {
        &self.instruments
    }

    /// How long a bar lasts by instrument; 0 where any of its recordings holds ticks.
    fn bar_spans_ns(&self) -> Result<Vec<i64>> {
        let spans_of = |number: usize| {
            let told = self.recordings.iter().zip(&self.numbers);
            told.filter(move |(_, numbers)| numbers.contains(&(number as u32)))
                .map(|(recording, _)| recording.bar_span_ns())
        };
        let span = |number: usize| {
            let bars = spans_of(number).filter(|&span_ns| span_ns > 0).count();
            if bars > 1 {
                return Err(Error::Config(format!(
                    "{} has {bars} recordings of bars: give the finest one, a strategy makes the others of it \
                     (ctx.subscribe)",
                    self.instruments[number].symbol()
                )));
            }
            Ok(if spans_of(number).any(|span_ns| span_ns == 0) { 0 } else { spans_of(number).max().unwrap_or(0) })
        };
        (0..self.instruments.len()).map(span).collect()
    }

    /// Everything a run needs; `models` are the instruments' venues.
    pub fn setup(
        self,
        models: &[VenueModel],
        limits: &Limits,
        cash: Money,
        strategy: Strategy,
        sample_ns: Option<i64>,
    ) -> Result<Setup> {
        let spans_ns = self.bar_spans_ns()?;
        let mut world = World::new(&self.instruments, cash);
        for (market, &span_ns) in world.markets.iter_mut().zip(&spans_ns) {
            market.bar_span_ns = span_ns;
        }
        let gate = self.instruments.iter().map(|instrument| limits.for_instrument(instrument));
        let gate = RiskGate::new(gate.collect::<Result<_>>()?);
        let pairs = self.instruments.iter().zip(models).enumerate();
        let exchange = |(number, (instrument, model)): (usize, (&Arc<Instrument>, &VenueModel))| {
            let exchange = SimExchange::new(Arc::clone(instrument), number as u32, 1, model.clone());
            if spans_ns[number] > 0 { exchange.of_bars() } else { exchange }
        };
        let exchanges = pairs.map(exchange).collect();
        let sources = self.recordings.into_iter().zip(self.numbers).map(|(recording, numbers)| {
            let feed_ns = numbers.iter().map(|&number| models[number as usize].latency.feed_ns).max().unwrap_or(0);
            let shift_ns = recording.report().clock_shift_ns() + feed_ns;
            Source::new(recording, numbers, shift_ns)
        });
        let engine = Engine::new(world, gate, strategy);
        Ok(Setup { sources: sources.collect(), exchanges, engine, sample_ns, compute: Compute::None })
    }
}

/// The number of a listing, a new one if it has none yet.
fn number_of(instruments: &mut Vec<Arc<Instrument>>, instrument: &Arc<Instrument>) -> Result<u32> {
    let listing =
        |known: &Arc<Instrument>| known.symbol() == instrument.symbol() && known.venue() == instrument.venue();
    if let Some(number) = instruments.iter().position(listing) {
        if *instruments[number] != **instrument {
            return Err(Error::Config(format!(
                "two recordings describe {} differently: increments {} and {} against {} and {}",
                instrument.symbol(),
                instruments[number].price().unit(),
                instruments[number].qty().unit(),
                instrument.price().unit(),
                instrument.qty().unit()
            )));
        }
        return Ok(number as u32);
    }
    instruments.push(Arc::clone(instrument));
    Ok(instruments.len() as u32 - 1)
}
