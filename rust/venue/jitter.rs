//! Random delay that repeats: the draw of a message depends on the seed, the wire and the message's number alone.

use crate::model::{Error, Result};
use crate::stats::Rng;

/// How the random part is distributed; it is never below 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// Even between 0 and the scale.
    Uniform,
    /// The scale is the mean.
    Exponential,
    /// The scale is the median, `sigma` the standard deviation of its logarithm.
    Lognormal,
}

impl Distribution {
    /// By name.
    pub const NAMES: [(&str, Self); 3] =
        [("uniform", Self::Uniform), ("exponential", Self::Exponential), ("lognormal", Self::Lognormal)];

    /// The distribution of this name.
    pub fn parse(name: &str) -> Result<Self> {
        let found = Self::NAMES.into_iter().find(|(known, _)| *known == name);
        let names = Self::NAMES.map(|(known, _)| known).join(", ");
        found
            .map(|(_, distribution)| distribution)
            .ok_or_else(|| Error::Config(format!("distribution must be one of {names}, not {name:?}")))
    }
}

/// A random part of a delay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jitter {
    distribution: Distribution,
    scale_ns: i64,
    sigma: f64,
    stream: u64,
}

impl Jitter {
    /// `sigma`, from 0 to 10, is the lognormal's; draws of different seeds have nothing to do with each other.
    pub fn new(distribution: Distribution, scale_ns: i64, sigma: f64, seed: u64) -> Result<Self> {
        if !(0.0..=10.0).contains(&sigma) {
            return Err(Error::Config(format!("sigma must be within 0 and 10, not {sigma}")));
        }
        Ok(Self { distribution, scale_ns, sigma, stream: seed })
    }

    /// The same on a wire of its own: `wire` tells one from another.
    #[must_use]
    pub fn on_wire(self, wire: u64) -> Self {
        Self { stream: Rng::stream(self.stream, wire).next_u64(), ..self }
    }

    /// The random part of a wire's message `number`, ns.
    pub fn draw(&self, number: u64) -> i64 {
        let mut rng = Rng::stream(self.stream, number);
        let times = match self.distribution {
            Distribution::Uniform => rng.uniform(),
            Distribution::Exponential => rng.exponential(),
            Distribution::Lognormal => libm::exp(self.sigma * rng.normal()),
        };
        (self.scale_ns as f64 * times).round() as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(distribution: Distribution) -> Vec<i64> {
        let jitter = Jitter::new(distribution, 1_000_000, 0.5, 7).unwrap().on_wire(3);
        let mut drawn: Vec<i64> = (0..20_001).map(|number| jitter.draw(number)).collect();
        drawn.sort_unstable();
        drawn
    }

    /// Whether a figure is within so many percent of a scale of 1 ms times `expected`.
    fn near(value: i64, expected: f64, percent: f64) -> bool {
        (value as f64 / 1e6 / expected - 1.0).abs() * 100.0 < percent
    }

    #[test]
    fn quantiles_are_those_of_the_distribution() {
        let (median, tenth, ninety) = (10_000, 2_000, 18_000);
        let uniform = draws(Distribution::Uniform);
        assert!(near(uniform[median], 0.5, 2.0) && near(uniform[ninety], 0.9, 2.0) && near(uniform[20_000], 1.0, 0.1));
        let exponential = draws(Distribution::Exponential);
        assert!(near(exponential[median], 2f64.ln(), 3.0) && near(exponential[ninety], 10f64.ln(), 3.0));
        let lognormal = draws(Distribution::Lognormal);
        assert!(near(lognormal[median], 1.0, 2.0), "{}", lognormal[median]);
        // The normal's 90 % quantile is 1.2816.
        assert!(near(lognormal[ninety], (0.5f64 * 1.2816).exp(), 3.0));
        assert!(near(lognormal[tenth], (-0.5f64 * 1.2816).exp(), 3.0));
        assert!([uniform, exponential, lognormal].iter().all(|drawn| drawn[0] >= 0));
    }

    #[test]
    fn a_draw_depends_on_seed_wire_and_number_alone() {
        let jitter = |seed, wire| Jitter::new(Distribution::Lognormal, 1_000_000, 1.0, seed).unwrap().on_wire(wire);
        let first: Vec<i64> = (0..4).map(|number| jitter(7, 1).draw(number)).collect();
        let backwards: Vec<i64> = (0..4).rev().map(|number| jitter(7, 1).draw(number)).collect();
        assert_eq!(first.iter().rev().copied().collect::<Vec<_>>(), backwards);
        assert_eq!(first, GOLDEN);
        for other in [jitter(7, 2), jitter(8, 1)] {
            assert!((0..4).all(|number| other.draw(number) != first[number as usize]));
        }
    }
    const GOLDEN: [i64; 4] = [352_871, 526_214, 817_003, 6_548_260];

    #[test]
    fn what_is_no_jitter_is_refused() {
        assert!(Distribution::parse("normal").unwrap_err().message().contains("lognormal"));
        for sigma in [-0.1, 10.1, f64::NAN] {
            assert!(Jitter::new(Distribution::Uniform, 1, sigma, 0).is_err(), "{sigma}");
        }
        let still = Jitter::new(Distribution::Lognormal, 0, 10.0, 0).unwrap();
        assert_eq!(still.draw(5), 0);
    }
}
