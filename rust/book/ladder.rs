//! One side of a book: every level ordered by *rank*, which is the price of a bid and the negated price of an ask, so
//! that the best is always the highest and both sides run the same code.

use std::collections::BTreeMap;

use super::band::Band;

/// Fewest prices of a band: one word of the bitmap, 512 bytes.
const BAND_MIN: usize = 1 << 6;
/// Most prices of a band: one mebibyte.
const BAND_MAX: usize = 1 << 17;
/// A band holds at most this many prices for each level of the ladder, so that memory follows the levels.
const BAND_PER_LEVEL: usize = 16;
/// The band adapts after this many misses and a quarter of the number of levels: moving them costs about as much as
/// the misses did.
const PATIENCE: usize = 16;
/// The rank of "no level"; prices are positive, so no level has it.
const NO_RANK: i64 = i64::MIN;

/// A side's levels: a band around the best, a sorted spill for all other prices, the best cached.
///
/// Invariants: a level whose rank is a multiple of `tick` and inside the band's window is in the band, any other in the
/// spill; `best_rank`, `best_qty` and `spill_rank` (the spill's highest) are current after each call.
#[derive(Clone, Debug)]
pub(super) struct Ladder {
    band: Band,
    best_rank: i64,
    best_qty: i64,
    tick: i64,
    spill_rank: i64,
    misses: usize,
    spill: BTreeMap<i64, i64>,
}

impl Ladder {
    /// No levels; the band will index multiples of `tick`.
    pub(super) fn new(tick: i64) -> Self {
        assert!(tick > 0, "the order grid must be at least one price increment, not {tick}");
        Self {
            band: Band::default(),
            best_rank: NO_RANK,
            best_qty: 0,
            tick,
            spill_rank: NO_RANK,
            misses: 0,
            spill: BTreeMap::new(),
        }
    }

    /// Rank and quantity of the best level.
    #[inline]
    pub(super) fn best(&self) -> Option<(i64, i64)> {
        if self.best_rank == NO_RANK { None } else { Some((self.best_rank, self.best_qty)) }
    }

    /// Levels held.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.band.count() + self.spill.len()
    }

    /// Replaces the quantity at a rank, 0 deletes; returns the previous one.
    #[inline]
    pub(super) fn set(&mut self, rank: i64, qty: i64) -> i64 {
        let previous = match self.slot(rank) {
            Some(slot) => self.band.replace(slot, qty),
            None => self.set_outside(rank, qty),
        };
        if rank >= self.best_rank {
            self.renew_best(rank, qty);
        }
        previous
    }

    /// The quantity at a rank, 0 where there is no level.
    pub(super) fn qty(&self, rank: i64) -> i64 {
        self.slot(rank).map_or_else(|| self.spill.get(&rank).copied().unwrap_or(0), |slot| self.band.qty(slot))
    }

    /// Rank and quantity of each level, from the best outward.
    pub(super) fn levels(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        let mut near = self.band.levels().map(|(index, qty)| (index * self.tick, qty)).peekable();
        let mut far = self.spill.iter().rev().map(|(&rank, &qty)| (rank, qty)).peekable();
        std::iter::from_fn(move || match (near.peek(), far.peek()) {
            (Some(a), Some(b)) if a.0 < b.0 => far.next(),
            (None, _) => far.next(),
            _ => near.next(),
        })
    }

    /// Deletes every level, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.band.clear();
        self.spill.clear();
        (self.best_rank, self.best_qty, self.spill_rank, self.misses) = (NO_RANK, 0, NO_RANK, 0);
    }

    /// Deletes the levels from the best through `rank`.
    pub(super) fn clear_through(&mut self, rank: i64) {
        while self.best_rank >= rank && self.best_rank != NO_RANK {
            self.set(self.best_rank, 0);
        }
    }

    /// The band's slot of a rank, if it has one.
    #[inline]
    fn slot(&self, rank: i64) -> Option<usize> {
        if self.tick == 1 { self.band.slot(rank) } else { self.index(rank).and_then(|index| self.band.slot(index)) }
    }

    /// A rank as the band's index, `None` off the grid.
    #[inline]
    fn index(&self, rank: i64) -> Option<i64> {
        (rank % self.tick == 0).then(|| rank / self.tick)
    }

    /// The best after the level at `rank`, at or above the old best, became `qty`.
    #[inline]
    fn renew_best(&mut self, rank: i64, qty: i64) {
        if qty > 0 {
            (self.best_rank, self.best_qty) = (rank, qty);
        } else if rank == self.best_rank {
            self.find_best(rank);
        }
    }

    /// The best after the level at `removed`, which was the best, is gone.
    fn find_best(&mut self, removed: i64) {
        let near = match self.slot(removed) {
            Some(slot) if self.band.count() > 0 => Some(self.band.below(slot)),
            _ => self.band.top(),
        };
        (self.best_rank, self.best_qty) =
            near.map_or((NO_RANK, 0), |slot| (self.band.index(slot) * self.tick, self.band.qty(slot)));
        if self.spill_rank > self.best_rank {
            self.best_rank = self.spill_rank;
            self.best_qty = self.spill[&self.spill_rank];
        }
    }

    /// [`Ladder::set`] for a rank without a slot: in the spill, unless the band moves to it.
    #[inline(never)]
    fn set_outside(&mut self, rank: i64, qty: i64) -> i64 {
        if self.index(rank).is_some() {
            self.miss(rank, qty);
            if let Some(slot) = self.slot(rank) {
                return self.band.replace(slot, qty);
            }
        }
        if qty > 0 {
            self.spill_rank = self.spill_rank.max(rank);
            return self.spill.insert(rank, qty).unwrap_or(0);
        }
        let previous = self.spill.remove(&rank).unwrap_or(0);
        if rank == self.spill_rank {
            self.spill_rank = self.highest_spilled();
        }
        previous
    }

    /// Counts a rank on the grid that the band does not cover; once there were many for the number of levels, the band
    /// moves or grows. An empty ladder's band goes where its first level is.
    fn miss(&mut self, rank: i64, qty: i64) {
        if self.count() == 0 {
            if qty > 0 {
                let len = self.band.len().max(BAND_MIN);
                self.rehome(rank, len);
            }
            return;
        }
        self.misses += 1;
        if self.misses > PATIENCE + self.count() / 4 {
            self.misses = 0;
            self.adapt();
        }
    }

    /// Centres the band on the best; if it is there already, doubles it as far as the levels justify.
    fn adapt(&mut self) {
        let len = self.band.len().max(BAND_MIN);
        let drift = self.best_rank.div_euclid(self.tick).abs_diff(self.home());
        if drift > len as u64 / 8 {
            self.rehome(self.best_rank, len);
        } else if len < BAND_MAX && 2 * len <= BAND_PER_LEVEL * self.count() {
            self.rehome(self.best_rank, 2 * len);
        }
    }

    /// The index where the best of a centred band is: three quarters up, as most levels lie below the best.
    fn home(&self) -> i64 {
        self.band.base() + (self.band.len() / 4 * 3) as i64
    }

    /// Makes the band `len` prices with `rank` at home; levels change between band and spill as they must.
    fn rehome(&mut self, rank: i64, len: usize) {
        let base = rank.div_euclid(self.tick).saturating_sub((len / 4 * 3) as i64);
        if len == self.band.len() {
            self.evict_outside(base);
            self.band.move_to(base);
        } else {
            let old = std::mem::replace(&mut self.band, Band::new(base, len));
            for (index, qty) in old.levels() {
                self.place(index, qty);
            }
        }
        self.admit_spilled();
        self.spill_rank = self.highest_spilled();
    }

    /// Moves the band's levels outside a window that starts at `base` to the spill.
    fn evict_outside(&mut self, base: i64) {
        let last = base.saturating_add(self.band.len() as i64 - 1);
        let leaving: Vec<(i64, i64)> = self.band.levels().filter(|&(index, _)| index < base || index > last).collect();
        for (index, qty) in leaving {
            let slot = self.band.slot(index).expect("a level of the band has a slot");
            self.band.replace(slot, 0);
            self.spill.insert(index * self.tick, qty);
        }
    }

    /// Moves the spill's levels inside the band's window to the band.
    fn admit_spilled(&mut self) {
        let first = self.band.base().saturating_mul(self.tick);
        let last = (self.band.base() + (self.band.len() as i64 - 1)).saturating_mul(self.tick);
        let entering: Vec<(i64, i64)> = self.spill.range(first..=last).map(|(&rank, &qty)| (rank, qty)).collect();
        for (rank, qty) in entering {
            if let Some(slot) = self.slot(rank) {
                self.spill.remove(&rank);
                self.band.replace(slot, qty);
            }
        }
    }

    /// Puts a level on the grid where it belongs.
    fn place(&mut self, index: i64, qty: i64) {
        match self.band.slot(index) {
            Some(slot) => _ = self.band.replace(slot, qty),
            None => _ = self.spill.insert(index * self.tick, qty),
        }
    }

    /// The spill's highest rank.
    fn highest_spilled(&self) -> i64 {
        self.spill.last_key_value().map_or(NO_RANK, |(&rank, _)| rank)
    }
}
