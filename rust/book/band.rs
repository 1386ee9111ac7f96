//! The dense part of a ladder: a window of consecutive price indexes kept as a ring, so that moving the window copies
//! nothing; only the levels that leave it are touched.

use super::occupancy::Occupancy;

/// Quantities of the indexes `base .. base + len`, `len` a power of two; index `i` lives in slot `i mod len`.
///
/// Invariants: a slot is occupied if and only if its quantity is not zero; `base + len` does not overflow.
#[derive(Clone, Debug, Default)]
pub(super) struct Band {
    base: i64,
    quantities: Box<[i64]>,
    occupancy: Occupancy,
    count: usize,
}

impl Band {
    /// A free window of `len` indexes.
    pub(super) fn new(base: i64, len: usize) -> Self {
        let mut band = Self { base, quantities: vec![0; len].into(), occupancy: Occupancy::new(len), count: 0 };
        band.move_to(base);
        band
    }

    /// Indexes covered.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.quantities.len()
    }

    /// Levels held.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The lowest index covered.
    #[inline]
    pub(super) fn base(&self) -> i64 {
        self.base
    }

    /// The slot of an index, if it is inside the window.
    #[inline]
    pub(super) fn slot(&self, index: i64) -> Option<usize> {
        let len = self.quantities.len();
        let offset = index.wrapping_sub(self.base) as u64;
        if offset < len as u64 { Some(index as usize & (len - 1)) } else { None }
    }

    /// The index that lives in a slot.
    #[inline]
    pub(super) fn index(&self, slot: usize) -> i64 {
        let offset = slot.wrapping_sub(self.base as usize) & (self.quantities.len() - 1);
        self.base + offset as i64
    }

    /// The quantity in a slot.
    #[inline]
    pub(super) fn qty(&self, slot: usize) -> i64 {
        self.quantities[slot]
    }

    /// Puts a quantity into a slot, 0 frees it; returns what was there.
    #[inline]
    pub(super) fn replace(&mut self, slot: usize, qty: i64) -> i64 {
        let previous = std::mem::replace(&mut self.quantities[slot], qty);
        self.occupancy.mark(slot, qty != 0);
        self.count = self.count.wrapping_add(usize::from(qty != 0)).wrapping_sub(usize::from(previous != 0));
        previous
    }

    /// The occupied slot below this one; the caller knows that there is one.
    #[inline]
    pub(super) fn below(&self, slot: usize) -> usize {
        self.occupancy.below(slot)
    }

    /// The highest occupied slot, if any.
    pub(super) fn top(&self) -> Option<usize> {
        (self.count > 0).then(|| self.below(self.base as usize & (self.quantities.len() - 1)))
    }

    /// Moves the window; every level must be inside both the old and the new one.
    pub(super) fn move_to(&mut self, base: i64) {
        self.base = base.min(i64::MAX - self.quantities.len() as i64);
    }

    /// Frees every slot.
    pub(super) fn clear(&mut self) {
        let quantities = &mut self.quantities;
        self.occupancy.drain(|first| quantities[first..first + 64].fill(0));
        self.count = 0;
    }

    /// Index and quantity of each level, from the highest down.
    pub(super) fn levels(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        let mut slot = self.base as usize & self.quantities.len().wrapping_sub(1);
        (0..self.count).map(move |_| {
            slot = self.below(slot);
            (self.index(slot), self.quantities[slot])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_window_keeps_its_levels_in_order() {
        for base in [i64::MIN, -70, 0, 1 << 40, i64::MAX] {
            let mut band = Band::new(base, 64);
            let base = band.base();
            for offset in [40, 63, 50] {
                let slot = band.slot(base + offset).unwrap();
                assert_eq!(band.replace(slot, offset), 0);
            }
            let expected = [(base + 63, 63), (base + 50, 50), (base + 40, 40)];
            assert_eq!(band.levels().collect::<Vec<_>>(), expected);
            if base < 1 << 50 {
                band.move_to(base + 40);
                assert_eq!(band.levels().collect::<Vec<_>>(), expected);
                assert_eq!((band.slot(base + 39), band.slot(base + 104)), (None, None));
            }
        }
    }

    #[test]
    fn an_empty_band_covers_nothing() {
        let band = Band::default();
        assert_eq!((band.slot(0), band.slot(i64::MAX), band.top()), (None, None, None));
        assert_eq!(band.levels().count(), 0);
    }
}
