//! One row of the table of indicators: what it is called, what it reads, which arguments it takes and what it gives.

use super::native::Stream;
use super::state::{Crowd, NanPolicy, Prototype};
use crate::model::{Error, Result};

/// One indicator, as the table describes it. Everything a caller may ask is here, so that no second list exists.
pub struct Indicator {
    /// Lower-case name, as in `rsi`.
    pub name: &'static str,
    /// One sentence with the formula.
    pub about: &'static str,
    /// Series it reads, in order; `close` stands for any single series.
    pub inputs: &'static [&'static str],
    /// Arguments it takes, in order.
    pub parameters: &'static [Parameter],
    /// Series it gives, in order.
    pub outputs: &'static [&'static str],
    /// Bars before the first output that is not NaN.
    pub lookback: fn(&Arguments) -> usize,
    /// How long it remembers where the series began.
    pub memory: fn(&Arguments) -> Memory,
    /// The state before the first bar.
    pub start: fn(&Arguments) -> Box<dyn Prototype>,
}

/// One argument of an indicator.
pub struct Parameter {
    /// Its name, as in `period`.
    pub name: &'static str,
    /// Its value when not given.
    pub default: f64,
    /// Smallest value allowed.
    pub minimum: f64,
    /// Largest value allowed.
    pub maximum: f64,
    /// Whether only whole numbers make sense.
    pub whole: bool,
}

impl Parameter {
    /// A number of bars, from `minimum` to 100,000.
    pub const fn bars(name: &'static str, default: u32, minimum: u32) -> Self {
        Self { name, default: default as f64, minimum: minimum as f64, maximum: 100_000.0, whole: true }
    }

    /// A real number in a range.
    pub const fn real(name: &'static str, default: f64, minimum: f64, maximum: f64) -> Self {
        Self { name, default, minimum, maximum, whole: false }
    }
}

/// How long an indicator remembers where its series began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Memory {
    /// Only its window: after `lookback` bars the past is gone.
    Window,
    /// Only so many bars, though there are values before them.
    Span(usize),
    /// An exponential tail: each bar multiplies what is left of the past by this factor.
    Decay(f64),
    /// For ever: a running total, or a state machine that may never meet its other self.
    Forever,
}

/// Validated arguments of one indicator, in the order of its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Arguments(Vec<f64>);

impl Arguments {
    /// Argument `index` as a number of bars.
    pub fn bars(&self, index: usize) -> usize {
        self.0[index] as usize
    }

    /// Argument `index` as a real number.
    pub fn real(&self, index: usize) -> f64 {
        self.0[index]
    }
}

impl Indicator {
    /// Completes `given` with defaults and checks each value against its range.
    pub fn arguments(&self, given: &[f64]) -> Result<Arguments> {
        if given.len() > self.parameters.len() {
            let names: Vec<_> = self.parameters.iter().map(|parameter| parameter.name).collect();
            return Err(Error::Config(format!(
                "{} takes at most {} arguments ({}), {} were given",
                self.name,
                self.parameters.len(),
                names.join(", "),
                given.len()
            )));
        }
        let values = self.parameters.iter().enumerate().map(|(index, parameter)| {
            let value = given.get(index).copied().unwrap_or(parameter.default);
            let whole = !parameter.whole || value.fract() == 0.0;
            if whole && value >= parameter.minimum && value <= parameter.maximum {
                return Ok(value);
            }
            let kind = if parameter.whole { "a whole number" } else { "a number" };
            Err(Error::Config(format!(
                "{} of {} is {value}; it must be {kind} from {} to {}",
                parameter.name, self.name, parameter.minimum, parameter.maximum
            )))
        });
        values.collect::<Result<Vec<f64>>>().map(Arguments)
    }

    /// Bars after which the outputs agree to `digits` digits wherever the series began; `None` if they never do.
    pub fn stable_after(&self, arguments: &Arguments, digits: u32) -> Option<usize> {
        let lookback = (self.lookback)(arguments);
        match (self.memory)(arguments) {
            Memory::Window => Some(lookback),
            Memory::Span(bars) => Some(bars),
            Memory::Decay(factor) if factor <= 0.0 => Some(lookback),
            Memory::Decay(factor) => {
                Some(lookback + (f64::from(digits) * std::f64::consts::LN_10 / -factor.ln()).ceil() as usize)
            }
            Memory::Forever => None,
        }
    }

    /// The whole of one series: `inputs` and `outputs` in the table's order, all of one length.
    pub fn run(
        &self,
        arguments: &Arguments,
        inputs: &[&[f64]],
        outputs: &mut [&mut [f64]],
        policy: NanPolicy,
    ) -> Result<()> {
        self.check_lengths(inputs, outputs)?;
        (self.start)(arguments).run(inputs, outputs, policy.with((self.memory)(arguments)))
    }

    /// A fresh stream for each of `instruments`.
    pub fn crowd(&self, arguments: &Arguments, instruments: usize, policy: NanPolicy) -> Box<dyn Crowd> {
        (self.start)(arguments).crowd(instruments, policy.with((self.memory)(arguments)))
    }

    /// A fresh stream behind a C interface.
    pub fn stream(&self, arguments: &Arguments, policy: NanPolicy) -> Stream {
        (self.start)(arguments).stream(policy.with((self.memory)(arguments)))
    }

    /// Whether so many series go in and out.
    pub fn check(&self, inputs: usize, outputs: usize) -> Result<()> {
        if inputs == self.inputs.len() && outputs == self.outputs.len() {
            return Ok(());
        }
        Err(Error::Config(format!(
            "{} reads {} series ({}) and gives {}; {inputs} and {outputs} were passed",
            self.name,
            self.inputs.len(),
            self.inputs.join(", "),
            self.outputs.len()
        )))
    }

    /// Whether the series are as many as they should be, and of one length.
    pub fn check_lengths(&self, inputs: &[&[f64]], outputs: &[&mut [f64]]) -> Result<()> {
        self.check(inputs.len(), outputs.len())?;
        let lengths = inputs.iter().map(|input| input.len()).chain(outputs.iter().map(|output| output.len()));
        let bars = outputs[0].len();
        lengths.into_iter().find(|length| *length != bars).map_or(Ok(()), |odd| {
            Err(Error::Data(format!("the series of {} hold {bars} and {odd} values; all must be equal", self.name)))
        })
    }
}
