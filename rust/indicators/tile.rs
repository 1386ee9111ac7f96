//! Eight instruments at a time: panels and crowds of the indicators whose states run on [`Lanes`].
//!
//! A panel's series are turned into lanes some bars at a time, small enough to stay in the nearest cache, stepped, and
//! turned back. A crowd keeps its states as lanes from bar to bar. As soon as one instrument of eight has a bar the
//! others have not, they no longer walk in step: from then on each has a state of its own, which goes on where its lane
//! stood.

use std::array::from_fn;

use super::lanes::{Lanes, Real, WIDTH};
use super::native::Stream;
use super::state::{Crowd, Fresh, Prototype, Slot, State, Unusable, all_finite, refusal};
use crate::model::Result;

/// Bars that are in lanes at a time: four inputs and three outputs of them fill half of the nearest cache.
const BARS: usize = 64;

/// A state of eight instruments, each of which can go on as an `S` of its own.
pub trait Wide<const I: usize, const O: usize, S: State<I, O>>: State<I, O, Lanes> {
    /// The state of one lane.
    fn lane(&self, lane: usize) -> S;
}

/// The prototype of a state that exists for one instrument and for eight.
struct Tiled<S, W, const I: usize, const O: usize> {
    one: Fresh<S, I, O>,
    eight: W,
}

/// Hides the types of a state and of the same in lanes.
pub fn tiled<const I: usize, const O: usize, S, W>(one: S, eight: W) -> Box<dyn Prototype>
where
    S: State<I, O>,
    W: Wide<I, O, S>,
{
    Box::new(Tiled { one: Fresh(one), eight })
}

impl<S, W, const I: usize, const O: usize> Prototype for Tiled<S, W, I, O>
where
    S: State<I, O>,
    W: Wide<I, O, S>,
{
    fn run(&self, inputs: &[&[f64]], outputs: &mut [&mut [f64]], policy: Unusable) -> Result<()> {
        self.one.run(inputs, outputs, policy)
    }

    fn run_rows(&self, rows: usize, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) -> bool {
        if rows != WIDTH || !W::IN_TURN || !inputs.iter().all(|input| all_finite(input)) {
            return self.one.run_rows(rows, inputs, outputs);
        }
        let mut state = self.eight.clone();
        let (mut given, mut made) = ([[Lanes::zero(); BARS]; I], [[Lanes::zero(); BARS]; O]);
        let bars = outputs[0].len() / WIDTH;
        for from in (0..bars).step_by(BARS) {
            let count = BARS.min(bars - from);
            for (input, lanes) in inputs.iter().zip(&mut given) {
                into_lanes(input, from, &mut lanes[..count]);
            }
            state.kernel(
                given.each_ref().map(|lanes| &lanes[..count]),
                made.each_mut().map(|lanes| &mut lanes[..count]),
            );
            for (output, lanes) in outputs.iter_mut().zip(&made) {
                from_lanes(&lanes[..count], output, from);
            }
        }
        true
    }

    fn stream(&self, policy: Unusable) -> Stream {
        self.one.stream(policy)
    }

    fn crowd(&self, instruments: usize, policy: Unusable) -> Box<dyn Crowd> {
        let (tiles, alone) = (instruments / WIDTH, instruments % WIDTH);
        Box::new(Tiles::<S, W, I, O> {
            together: vec![Tile::Together(self.eight.clone()); tiles],
            alone: vec![Slot::new(self.one.0.clone()); alone],
            fresh: self.one.0.clone(),
            policy,
        })
    }
}

/// Bars `from` on of eight series that lie one after the other.
fn into_lanes(series: &[f64], from: usize, lanes: &mut [Lanes]) {
    let bars = series.len() / WIDTH;
    let rows: [&[f64]; WIDTH] = from_fn(|row| &series[row * bars + from..][..lanes.len()]);
    for (bar, lanes) in lanes.iter_mut().enumerate() {
        *lanes = Lanes(from_fn(|row| rows[row][bar]));
    }
}

/// And back.
fn from_lanes(lanes: &[Lanes], series: &mut [f64], from: usize) {
    let bars = series.len() / WIDTH;
    for (row, series) in series.chunks_exact_mut(bars).enumerate() {
        for (value, lanes) in series[from..].iter_mut().zip(lanes) {
            *value = lanes.0[row];
        }
    }
}

/// Eight neighbouring instruments of a crowd.
#[derive(Clone)]
enum Tile<S, W> {
    /// In step since the first bar.
    Together(W),
    /// Each for itself.
    Apart(Box<[Slot<S>]>),
}

/// The same indicator live on many instruments, eight to a tile; those left over are alone.
struct Tiles<S, W, const I: usize, const O: usize> {
    together: Vec<Tile<S, W>>,
    alone: Vec<Slot<S>>,
    fresh: S,
    policy: Unusable,
}

impl<S, W, const I: usize, const O: usize> Tiles<S, W, I, O>
where
    S: State<I, O>,
    W: Wide<I, O, S>,
{
    /// The next bar of a whole tile, if all its instruments go on together.
    fn step_together(&mut self, tile: usize, bar: [Lanes; I]) -> Option<[Lanes; O]> {
        let Tile::Together(state) = &mut self.together[tile] else { return None };
        bar.iter().all(|lanes| all_finite(&lanes.0)).then(|| state.step(bar))
    }

    /// The next bar of one instrument.
    fn step_alone(&mut self, instrument: usize, bar: [f64; I]) -> Result<[f64; O]> {
        let (tile, lane) = (instrument / WIDTH, instrument % WIDTH);
        let slot = match self.together.get_mut(tile) {
            Some(each) => &mut each.part()[lane],
            None => &mut self.alone[lane],
        };
        slot.take(bar, &self.fresh, self.policy).ok_or_else(|| refusal(instrument, &bar))
    }
}

impl<S, W> Tile<S, W> {
    /// Eight states, made of the lanes when first needed.
    fn part<const I: usize, const O: usize>(&mut self) -> &mut [Slot<S>]
    where
        S: State<I, O>,
        W: Wide<I, O, S>,
    {
        if let Self::Together(state) = self {
            *self = Self::Apart((0..WIDTH).map(|lane| Slot::new(state.lane(lane))).collect());
        }
        match self {
            Self::Apart(slots) => slots,
            Self::Together(_) => unreachable!("the lanes were parted above"),
        }
    }
}

impl<S, W, const I: usize, const O: usize> Crowd for Tiles<S, W, I, O>
where
    S: State<I, O>,
    W: Wide<I, O, S>,
{
    fn update(&mut self, first: usize, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) -> Result<()> {
        let count = outputs[0].len();
        let inputs: [&[f64]; I] = inputs.try_into().expect("the caller passes as many inputs as the table says");
        let inputs = inputs.map(|input| &input[..count]);
        let mut place = 0;
        while place < count {
            let instrument = first + place;
            let whole =
                instrument.is_multiple_of(WIDTH) && count - place >= WIDTH && instrument / WIDTH < self.together.len();
            if whole {
                let bar = inputs.map(|input| Lanes(from_fn(|lane| input[place + lane])));
                if let Some(values) = self.step_together(instrument / WIDTH, bar) {
                    for (output, value) in outputs.iter_mut().zip(values) {
                        output[place..place + WIDTH].copy_from_slice(&value.0);
                    }
                    place += WIDTH;
                    continue;
                }
            }
            for place in place..if whole { place + WIDTH } else { place + 1 } {
                let values = self.step_alone(first + place, inputs.map(|input| input[place]))?;
                for (output, value) in outputs.iter_mut().zip(values) {
                    output[place] = value;
                }
            }
            place += if whole { WIDTH } else { 1 };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::indicators::{Job, NanPolicy, TABLE, compute};

    const INSTRUMENTS: usize = 27;
    const BARS: usize = 150;

    /// Series instrument after instrument that wander around 100; instrument 11 has a bar that is not a number.
    fn market(seed: u64) -> Vec<f64> {
        let mut state = seed;
        let uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            100.0 + (state >> 60) as f64
        };
        let mut values: Vec<f64> = std::iter::repeat_with(uniform).take(INSTRUMENTS * BARS).collect();
        values[11 * BARS + 70] = f64::NAN;
        values
    }

    fn bits(values: &[f64]) -> Vec<u64> {
        values.iter().map(|value| if value.is_nan() { 0 } else { value.to_bits() }).collect()
    }

    #[test]
    fn a_panel_is_its_instruments_one_by_one_to_the_bit() {
        for row in TABLE {
            let inputs: Vec<Vec<f64>> = (1..).map(market).take(row.inputs.len()).collect();
            let arguments = row.arguments(&[]).expect("defaults are valid");
            for policy in [NanPolicy::Skip, NanPolicy::Propagate] {
                let mut values = vec![vec![0.0; INSTRUMENTS * BARS]; row.outputs.len()];
                let job = Job {
                    indicator: row,
                    arguments: arguments.clone(),
                    inputs: inputs.iter().map(Vec::as_slice).collect(),
                    outputs: values.iter_mut().map(Vec::as_mut_slice).collect(),
                };
                compute(vec![job], BARS, policy).expect("the policy refuses nothing");
                for instrument in 0..INSTRUMENTS {
                    let range = instrument * BARS..(instrument + 1) * BARS;
                    let inputs: Vec<&[f64]> = inputs.iter().map(|input| &input[range.clone()]).collect();
                    let mut alone = vec![vec![0.0; BARS]; row.outputs.len()];
                    let mut outputs: Vec<&mut [f64]> = alone.iter_mut().map(Vec::as_mut_slice).collect();
                    row.run(&arguments, &inputs, &mut outputs, policy).expect("the policy refuses nothing");
                    for (alone, panel) in alone.iter().zip(&values) {
                        assert_eq!(bits(alone), bits(&panel[range.clone()]), "{} of {instrument}", row.name);
                    }
                }
            }
        }
    }

    #[test]
    fn a_crowd_is_its_streams_one_by_one_though_some_miss_bars() {
        for row in TABLE {
            let arguments = row.arguments(&[]).expect("defaults are valid");
            let inputs: Vec<Vec<f64>> = (1..).map(market).take(row.inputs.len()).collect();
            let mut crowd = row.crowd(&arguments, INSTRUMENTS, NanPolicy::Skip);
            let mut streams: Vec<_> = (0..INSTRUMENTS).map(|_| row.crowd(&arguments, 1, NanPolicy::Skip)).collect();
            for bar in 0..BARS {
                let at = |values: &Vec<f64>| (0..INSTRUMENTS).map(|i| values[i * BARS + bar]).collect::<Vec<f64>>();
                let bars: Vec<Vec<f64>> = inputs.iter().map(at).collect();
                // Now all at once, now in parts that end within a tile.
                let cuts = if bar % 3 == 0 { vec![0, INSTRUMENTS] } else { vec![0, 8, 20, INSTRUMENTS] };
                let mut values = vec![vec![0.0; INSTRUMENTS]; row.outputs.len()];
                for cut in cuts.windows(2) {
                    let inputs: Vec<&[f64]> = bars.iter().map(|bar| &bar[cut[0]..cut[1]]).collect();
                    let mut outputs: Vec<&mut [f64]> =
                        values.iter_mut().map(|values| &mut values[cut[0]..cut[1]]).collect();
                    crowd.update(cut[0], &inputs, &mut outputs).expect("the policy refuses nothing");
                }
                for (instrument, stream) in streams.iter_mut().enumerate() {
                    let inputs: Vec<&[f64]> = bars.iter().map(|bar| &bar[instrument..=instrument]).collect();
                    let mut alone = vec![[0.0]; row.outputs.len()];
                    let mut outputs: Vec<&mut [f64]> = alone.iter_mut().map(<[f64; 1]>::as_mut_slice).collect();
                    stream.update(0, &inputs, &mut outputs).expect("the policy refuses nothing");
                    for (alone, all) in alone.iter().zip(&values) {
                        assert_eq!(bits(alone), bits(&all[instrument..=instrument]), "{} of {instrument}", row.name);
                    }
                }
            }
        }
    }
}
