//! Several indicators over many instruments in one pass: each instrument's bars are read while they are in cache, and
//! instruments are spread over threads. The split never shows in the result.

use std::ops::Range;

use rayon::prelude::*;

use super::indicator::{Arguments, Indicator};
use super::lanes::WIDTH;
use super::state::{NanPolicy, Prototype, Unusable};
use crate::model::{Error, Result};

/// Instruments a thread takes at a time.
const BLOCK: usize = 16;

/// One indicator to compute over a panel.
pub struct Job<'a> {
    /// Which.
    pub indicator: &'static Indicator,
    /// With what.
    pub arguments: Arguments,
    /// Its inputs, instrument after instrument, `bars` each.
    pub inputs: Vec<&'a [f64]>,
    /// Where its outputs go, laid out like the inputs.
    pub outputs: Vec<&'a mut [f64]>,
}

/// A job's share of some instruments.
struct Share<'job, 'data> {
    prototype: &'job dyn Prototype,
    unusable: Unusable,
    inputs: Vec<&'data [f64]>,
    outputs: Vec<&'data mut [f64]>,
}

/// Computes every job over instruments of `bars` bars each.
pub fn compute(jobs: Vec<Job<'_>>, bars: usize, policy: NanPolicy) -> Result<()> {
    let values = jobs.first().map_or(0, |job| job.inputs[0].len());
    for job in &jobs {
        job.indicator.check(job.inputs.len(), job.outputs.len())?;
        let lengths = job.inputs.iter().map(|input| input.len()).chain(job.outputs.iter().map(|output| output.len()));
        if let Some(odd) = lengths.into_iter().find(|length| *length != values) {
            return Err(Error::Data(format!("a panel's series hold {values} and {odd} values; all must be equal")));
        }
    }
    if values == 0 || bars == 0 {
        return Ok(());
    }
    let prototypes: Vec<_> = jobs.iter().map(|job| (job.indicator.start)(&job.arguments)).collect();
    let mut blocks: Vec<Vec<Share<'_, '_>>> = Vec::new();
    blocks.resize_with(values.div_ceil(BLOCK * bars), Vec::new);
    for (job, prototype) in jobs.into_iter().zip(&prototypes) {
        let unusable = policy.with((job.indicator.memory)(&job.arguments));
        deal(job, &**prototype, unusable, BLOCK * bars, &mut blocks);
    }
    // The first error in the order of instruments, whichever thread met one first.
    let outcomes: Vec<Result<()>> =
        blocks.into_par_iter().enumerate().map(|(block, shares)| run_block(shares, bars, block * BLOCK)).collect();
    outcomes.into_iter().collect()
}

/// Runs `body` on a pool of `threads` threads; 0 is the process's own pool, as wide as the machine.
pub fn on_threads<T: Send>(threads: usize, body: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    if threads == 0 {
        return body();
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|error| Error::Config(format!("{threads} threads cannot be started: {error}")))?.install(body)
}

/// Cuts a job's series into blocks of `chunk` values.
fn deal<'job, 'data>(
    job: Job<'data>,
    prototype: &'job dyn Prototype,
    unusable: Unusable,
    chunk: usize,
    blocks: &mut [Vec<Share<'job, 'data>>],
) {
    let inputs: Vec<Vec<&[f64]>> = job.inputs.iter().map(|input| input.chunks(chunk).collect()).collect();
    let mut outputs: Vec<_> = job.outputs.into_iter().map(|output| output.chunks_mut(chunk)).collect();
    for (block, shares) in blocks.iter_mut().enumerate() {
        shares.push(Share {
            prototype,
            unusable,
            inputs: inputs.iter().map(|input| input[block]).collect(),
            outputs: outputs.iter_mut().filter_map(Iterator::next).collect(),
        });
    }
}

fn run_block(mut shares: Vec<Share<'_, '_>>, bars: usize, first: usize) -> Result<()> {
    let instruments = shares.first().map_or(0, |share| share.inputs[0].len() / bars);
    for from in (0..instruments).step_by(WIDTH) {
        let rows = from..instruments.min(from + WIDTH);
        for share in &mut shares {
            share.run(rows.clone(), bars, first)?;
        }
    }
    Ok(())
}

impl Share<'_, '_> {
    /// Runs instruments `rows` of the block that begins with instrument `first`: together if they can be, else by halves.
    fn run(&mut self, rows: Range<usize>, bars: usize, first: usize) -> Result<()> {
        let values = rows.start * bars..rows.end * bars;
        let inputs: Vec<&[f64]> = self.inputs.iter().map(|input| &input[values.clone()]).collect();
        let mut outputs: Vec<&mut [f64]> = self.outputs.iter_mut().map(|output| &mut output[values.clone()]).collect();
        if rows.len() > 1 {
            if self.prototype.run_rows(rows.len(), &inputs, &mut outputs) {
                return Ok(());
            }
            let middle = rows.start + rows.len() / 2;
            self.run(rows.start..middle, bars, first)?;
            return self.run(middle..rows.end, bars, first);
        }
        self.prototype.run(&inputs, &mut outputs, self.unusable).map_err(|error| match error {
            Error::Data(text) => Error::Data(format!("instrument {}, {text}", first + rows.start)),
            other => other,
        })
    }
}
