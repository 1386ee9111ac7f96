//! The one shape of every indicator: a state that takes a bar and gives its values. A batch is the same state run along
//! a series, a panel of streams the same state once per instrument, so the three cannot disagree.

use std::array::from_fn;

use super::indicator::Memory;
use super::lanes::Real;
use super::native::{Stream, alive};
use crate::model::{Error, Result};

/// What an unusable bar (NaN or infinite in any input) does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NanPolicy {
    /// The bar does not advance the state; the output is NaN there.
    #[default]
    Skip,
    /// The output is NaN while the bar is in memory: a window starts again after it, a recursion stays NaN for ever.
    Propagate,
    /// The bar is an error that names its place.
    Raise,
}

/// A policy made definite for an indicator's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Leave the state as it is.
    Ignore,
    /// Begin again with a fresh state.
    Restart,
    /// Nothing after it is a number.
    Lose,
    /// Refuse.
    Refuse,
}

impl NanPolicy {
    /// What the policy means for a state with this memory.
    pub fn with(self, memory: Memory) -> Unusable {
        match (self, memory) {
            (Self::Raise, _) => Unusable::Refuse,
            (Self::Skip, _) => Unusable::Ignore,
            (Self::Propagate, Memory::Window | Memory::Span(_)) => Unusable::Restart,
            (Self::Propagate, _) => Unusable::Lose,
        }
    }
}

/// Series that are run in turn.
pub const ROWS: usize = 4;

/// A streaming indicator with `I` inputs and `O` outputs, of one instrument or of as many as `R` has lanes. Bars are
/// finite: the policy for others is applied outside.
pub trait State<const I: usize, const O: usize, R: Real = f64>: Clone + Send + Sync + 'static {
    /// Whether panels step some instruments in turn, which hides the latency of recursions; false with a kernel of its own.
    const IN_TURN: bool = true;

    /// Takes one bar and gives its values, NaN until there are enough bars.
    fn step(&mut self, bar: [R; I]) -> [R; O];

    /// The batch kernel: many bars at once. Overridden where knowing the series ahead is faster.
    fn kernel(&mut self, inputs: [&[R]; I], outputs: [&mut [R]; O]) {
        each_bar(self, inputs, outputs);
    }
}

/// Steps along a series.
#[inline(always)]
pub fn each_bar<const I: usize, const O: usize, R: Real, S: State<I, O, R>>(
    state: &mut S,
    inputs: [&[R]; I],
    mut outputs: [&mut [R]; O],
) {
    let bars = outputs[0].len();
    let inputs = inputs.map(|input| &input[..bars]);
    for output in &mut outputs {
        *output = &mut std::mem::take(output)[..bars];
    }
    for bar in 0..bars {
        let values = state.step(inputs.map(|input| input[bar]));
        for (output, value) in outputs.iter_mut().zip(values) {
            output[bar] = value;
        }
    }
}

/// An indicator's fresh state behind one pointer, whatever its type.
pub trait Prototype: Send + Sync {
    /// Runs a fresh state along one series.
    fn run(&self, inputs: &[&[f64]], outputs: &mut [&mut [f64]], policy: Unusable) -> Result<()>;

    /// Runs fresh states along `rows` series that lie one after the other; false if that cannot be done in one go.
    fn run_rows(&self, rows: usize, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) -> bool;

    /// One fresh state for each of `instruments`.
    fn crowd(&self, instruments: usize, policy: Unusable) -> Box<dyn Crowd>;

    /// One fresh state behind a C interface.
    fn stream(&self, policy: Unusable) -> Stream;
}

/// The same indicator live on many instruments, states side by side in memory.
pub trait Crowd: Send + Sync {
    /// One bar for the instruments from `first`: `inputs[i][k]` and `outputs[o][k]` belong to instrument `first + k`.
    fn update(&mut self, first: usize, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) -> Result<()>;
}

/// The prototype of a state of one instrument.
pub struct Fresh<S, const I: usize, const O: usize>(pub S);

/// Hides the type of a state.
pub fn boxed<const I: usize, const O: usize, S: State<I, O>>(state: S) -> Box<dyn Prototype> {
    Box::new(Fresh::<S, I, O>(state))
}

/// Whether some input of a bar is NaN or infinite.
#[inline]
pub fn unusable<const I: usize>(bar: &[f64; I]) -> bool {
    bar.iter().any(|value| !value.is_finite())
}

/// Why a bar was refused.
pub(super) fn refusal(place: usize, values: &[f64]) -> Error {
    Error::Data(format!(
        "bar {place} holds {values:?}; every input must be finite, or choose nan=\"skip\" or nan=\"propagate\""
    ))
}

impl<S: State<I, O>, const I: usize, const O: usize> Fresh<S, I, O> {
    /// The slow road: some bar is unusable.
    fn run_guarded(&self, inputs: [&[f64]; I], outputs: &mut [&mut [f64]], policy: Unusable) -> Result<()> {
        let mut slot = Slot::new(self.0.clone());
        for place in 0..outputs[0].len() {
            let bar = inputs.map(|input| input[place]);
            let values = slot.take(bar, &self.0, policy).ok_or_else(|| refusal(place, &bar))?;
            for (output, value) in outputs.iter_mut().zip(values) {
                output[place] = value;
            }
        }
        Ok(())
    }
}

impl<S: State<I, O>, const I: usize, const O: usize> Prototype for Fresh<S, I, O> {
    fn run(&self, inputs: &[&[f64]], outputs: &mut [&mut [f64]], policy: Unusable) -> Result<()> {
        let inputs: [&[f64]; I] = inputs.try_into().expect("the caller passes as many inputs as the table says");
        if !inputs.iter().all(|input| all_finite(input)) {
            return self.run_guarded(inputs, outputs, policy);
        }
        let mut outputs = outputs.iter_mut();
        let outputs = [(); O].map(|()| &mut **outputs.next().expect("as many outputs as the table says"));
        self.0.clone().kernel(inputs, outputs);
        Ok(())
    }

    fn run_rows(&self, rows: usize, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) -> bool {
        if rows != ROWS || !S::IN_TURN || !inputs.iter().all(|input| all_finite(input)) {
            return false;
        }
        let bars = outputs[0].len() / ROWS;
        let inputs: [&[f64]; I] = inputs.try_into().expect("the caller passes as many inputs as the table says");
        let inputs: [[&[f64]; I]; ROWS] = from_fn(|row| inputs.map(|input| &input[row * bars..][..bars]));
        let mut outputs = outputs.iter_mut();
        let columns = [(); O].map(|()| &mut **outputs.next().expect("as many outputs as the table says"));
        let mut columns = columns.map(|column| column.chunks_exact_mut(bars));
        let mut outputs: [[&mut [f64]; O]; ROWS] =
            from_fn(|_| columns.each_mut().map(|column| column.next().expect("a column holds ROWS series")));
        let mut states: [S; ROWS] = from_fn(|_| self.0.clone());
        for bar in 0..bars {
            for row in 0..ROWS {
                let values = states[row].step(inputs[row].map(|input| input[bar]));
                for (output, value) in outputs[row].iter_mut().zip(values) {
                    output[bar] = value;
                }
            }
        }
        true
    }

    fn crowd(&self, instruments: usize, policy: Unusable) -> Box<dyn Crowd> {
        let slots = vec![Slot::new(self.0.clone()); instruments];
        Box::new(Slots::<S, I, O> { all: slots, fresh: self.0.clone(), policy })
    }

    fn stream(&self, policy: Unusable) -> Stream {
        alive(&self.0, policy)
    }
}

/// Whether no value is NaN or infinite: zero times any other value is zero, and the compiler adds many at a time.
pub fn all_finite(values: &[f64]) -> bool {
    const LANES: usize = 32;
    let mut chunks = values.chunks_exact(LANES);
    let mut lanes = [0.0; LANES];
    for chunk in chunks.by_ref() {
        let chunk: &[f64; LANES] = chunk.try_into().expect("a chunk is LANES long");
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value * 0.0;
        }
    }
    lanes.iter().chain(chunks.remainder()).all(|value| value.is_finite())
}

/// One instrument's state, and whether a NaN has spoilt it for ever.
#[derive(Clone)]
pub(super) struct Slot<S> {
    state: S,
    lost: bool,
}

impl<S> Slot<S> {
    /// A state as it is.
    pub(super) fn new(state: S) -> Self {
        Self { state, lost: false }
    }

    /// Applies the policy; `None` is a refusal.
    #[inline]
    pub(super) fn take<const I: usize, const O: usize>(
        &mut self,
        bar: [f64; I],
        fresh: &S,
        policy: Unusable,
    ) -> Option<[f64; O]>
    where
        S: State<I, O>,
    {
        if !unusable(&bar) {
            return Some(if self.lost { [f64::NAN; O] } else { self.state.step(bar) });
        }
        match policy {
            Unusable::Refuse => return None,
            Unusable::Ignore => {}
            Unusable::Restart => self.state = fresh.clone(),
            Unusable::Lose => self.lost = true,
        }
        Some([f64::NAN; O])
    }
}

struct Slots<S, const I: usize, const O: usize> {
    all: Vec<Slot<S>>,
    fresh: S,
    policy: Unusable,
}

impl<S: State<I, O>, const I: usize, const O: usize> Crowd for Slots<S, I, O> {
    fn update(&mut self, first: usize, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) -> Result<()> {
        let count = outputs[0].len();
        let inputs: [&[f64]; I] = inputs.try_into().expect("the caller passes as many inputs as the table says");
        let inputs = inputs.map(|input| &input[..count]);
        let mut outputs = outputs.iter_mut();
        let mut outputs = [(); O].map(|()| &mut outputs.next().expect("as many outputs as the table says")[..count]);
        for (place, slot) in self.all[first..first + count].iter_mut().enumerate() {
            let bar = inputs.map(|input| input[place]);
            let values = slot.take(bar, &self.fresh, self.policy).ok_or_else(|| refusal(first + place, &bar))?;
            for (output, value) in outputs.iter_mut().zip(values) {
                output[place] = value;
            }
        }
        Ok(())
    }
}
