//! How a thread waits: from burning a core to sleeping.

use std::time::{Duration, Instant};

use super::park::Lot;
use super::sync::{spin_hint, yield_now};
use crate::model::{Error, Result};

/// What a consumer does while there is nothing to read.
///
/// Parking costs 60-90 µs on a virtual machine, so `Adaptive` and `Block` are for consumers that are often idle; the
/// others need a core of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wait {
    /// Looks again at once: lowest latency, a whole core.
    BusySpin,
    /// Spins with the processor's pause hint: a whole core, kinder to its sibling.
    SpinHint,
    /// Offers the core to others between looks.
    Yield,
    /// Spins, then yields, then parks.
    #[default]
    Adaptive,
    /// Parks at once, for at most this long between looks.
    Block(Duration),
}

/// Looks before [`Wait::Adaptive`] yields, and yields before it parks.
const SPINS: u32 = 2_000;
const YIELDS: u32 = 50;
/// Longest time parked between looks: bounds what a lost wake-up of a dead publisher can cost.
const NAP: Duration = Duration::from_millis(100);

impl Wait {
    /// Reads `busy_spin`, `spin_hint`, `yield`, `adaptive` or `block`.
    ///
    /// ```
    /// use quantum_core::bus::Wait;
    /// assert_eq!(Wait::parse("adaptive").unwrap(), Wait::Adaptive);
    /// assert!(Wait::parse("hope").unwrap_err().message().contains("busy_spin"));
    /// ```
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "busy_spin" => Ok(Self::BusySpin),
            "spin_hint" => Ok(Self::SpinHint),
            "yield" => Ok(Self::Yield),
            "adaptive" => Ok(Self::Adaptive),
            "block" => Ok(Self::Block(NAP)),
            _ => Err(Error::Config(format!(
                "wait must be \"busy_spin\", \"spin_hint\", \"yield\", \"adaptive\" or \"block\", not {name:?}"
            ))),
        }
    }

    /// Whether it may park, which the publishers of its ring must know.
    pub const fn parks(self) -> bool {
        matches!(self, Self::Adaptive | Self::Block(_))
    }

    /// Whether it keeps a core busy while there is nothing to do.
    pub const fn spins(self) -> bool {
        matches!(self, Self::BusySpin | Self::SpinHint)
    }

    /// Waits until `ready` or the deadline (`None`: no deadline); says whether it is ready.
    pub fn until(self, deadline: Option<Instant>, lot: &Lot, ready: impl Fn() -> bool) -> bool {
        let mut looks = 0_u32;
        loop {
            if ready() {
                return true;
            }
            // The clock costs more than a look at the ring: ask it now and then, and before every sleep.
            let sleeps = self.sleeps(looks);
            if let Some(deadline) = deadline
                && (sleeps || looks % 64 == 63)
                && Instant::now() >= deadline
            {
                return ready();
            }
            if sleeps {
                let left = deadline.map_or(NAP, |deadline| deadline.saturating_duration_since(Instant::now()));
                lot.sleep(left.min(self.nap()), &ready);
            } else {
                self.pause(looks);
            }
            looks = looks.saturating_add(1);
        }
    }

    const fn sleeps(self, looks: u32) -> bool {
        match self {
            Self::BusySpin | Self::SpinHint | Self::Yield => false,
            Self::Adaptive => looks >= SPINS + YIELDS,
            Self::Block(_) => true,
        }
    }

    const fn nap(self) -> Duration {
        match self {
            Self::Block(nap) => nap,
            _ => NAP,
        }
    }

    fn pause(self, looks: u32) {
        match self {
            Self::BusySpin => {}
            Self::SpinHint => spin_hint(),
            Self::Adaptive if looks < SPINS => spin_hint(),
            _ => yield_now(),
        }
    }
}
