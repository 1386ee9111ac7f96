//! From hits by instrument to one table by time, instrument and pattern, without comparing: a counting sort over the
//! panel's time axis, in parallel and the same for any number of threads.

use rayon::prelude::*;

use super::hit::Hit;

/// Hits of some neighbouring instruments, by their place on the time axis, instruments in order within each.
pub struct Block {
    hits: Vec<Hit>,
    /// Where each place on the axis begins in `hits`; one more than there are places.
    starts: Vec<u32>,
}

impl Block {
    /// Sorts `hits`, which are in order of instrument and time, by `places` on an axis of `length`.
    pub fn new(hits: &[Hit], places: &[u32], length: usize) -> Self {
        let mut starts = vec![0u32; length + 1];
        for &place in places {
            starts[place as usize + 1] += 1;
        }
        for place in 0..length {
            starts[place + 1] += starts[place];
        }
        let mut next = starts.clone();
        let mut order = vec![0u32; hits.len()];
        for (number, &place) in places.iter().enumerate() {
            let slot = &mut next[place as usize];
            order[*slot as usize] = number as u32;
            *slot += 1;
        }
        Self { hits: order.into_iter().map(|number| hits[number as usize]).collect(), starts }
    }

    fn at(&self, place: usize) -> &[Hit] {
        &self.hits[self.starts[place] as usize..self.starts[place + 1] as usize]
    }
}

/// Joins blocks, which are in order of instrument, into one table.
pub fn merge(blocks: &[Block], length: usize) -> Vec<Hit> {
    let count_at = |place: usize| blocks.iter().map(|block| block.at(place).len()).sum::<usize>();
    let counts: Vec<usize> = (0..length).into_par_iter().map(count_at).collect();
    let mut table = vec![Hit::default(); counts.iter().sum()];
    let mut rest = table.as_mut_slice();
    let mut shares = Vec::with_capacity(length);
    for count in counts {
        let (share, after) = rest.split_at_mut(count);
        shares.push(share);
        rest = after;
    }
    shares.into_par_iter().enumerate().for_each(|(place, mut share)| {
        for block in blocks {
            let hits = block.at(place);
            let (head, tail) = share.split_at_mut(hits.len());
            head.copy_from_slice(hits);
            share = tail;
        }
    });
    table
}
