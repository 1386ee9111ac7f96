//! Which slots of a ring are occupied: one bit a slot, and one summary bit for each 64 slots, so that the next occupied
//! slot is found in a few instructions however far it is.

/// Two-level bitmap over a power of two of slots, at least 64; the slots form a ring.
#[derive(Clone, Debug, Default)]
pub(super) struct Occupancy {
    words: Box<[u64]>,
    summary: Box<[u64]>,
}

impl Occupancy {
    /// All slots free.
    pub(super) fn new(slots: usize) -> Self {
        debug_assert!(slots.is_power_of_two() && slots >= 64, "{slots} slots");
        let words = slots / 64;
        Self { words: vec![0; words].into(), summary: vec![0; words.div_ceil(64)].into() }
    }

    /// Turns an occupied slot free or a free one occupied.
    #[inline]
    pub(super) fn flip(&mut self, slot: usize) {
        let word = &mut self.words[slot / 64];
        let before = *word;
        *word ^= 1 << (slot % 64);
        if before == 0 || *word == 0 {
            self.summary[slot / 4096] ^= 1 << (slot / 64 % 64);
        }
    }

    /// The nearest occupied slot below `slot`, around the ring; the caller knows that there is one.
    #[inline]
    pub(super) fn below(&self, slot: usize) -> usize {
        let word = slot / 64;
        let bits = self.words[word] & low_bits(slot % 64);
        if bits != 0 { word * 64 + highest(bits) } else { self.below_word(word) }
    }

    /// The highest occupied slot in the nearest occupied word below `word`, around the ring, `word` itself last.
    fn below_word(&self, word: usize) -> usize {
        let first = word / 64;
        let mut group = first;
        let mut bits = self.summary[group] & low_bits(word % 64);
        while bits == 0 {
            group = if group == 0 { self.summary.len() - 1 } else { group - 1 };
            bits = self.summary[group];
            assert!(bits != 0 || group != first, "the caller knows that a slot is occupied");
        }
        let word = group * 64 + highest(bits);
        word * 64 + highest(self.words[word])
    }

    /// Calls `void` with each group of 64 slots that has an occupied one, and frees them all.
    pub(super) fn drain(&mut self, mut void: impl FnMut(usize)) {
        for (word, bits) in self.words.iter_mut().enumerate() {
            if std::mem::take(bits) != 0 {
                void(word * 64);
            }
        }
        self.summary.fill(0);
    }
}

/// A mask of the bits below `bit`.
#[inline]
const fn low_bits(bit: usize) -> u64 {
    (1 << bit) - 1
}

/// The number of the highest set bit of a word that is not zero.
#[inline]
const fn highest(bits: u64) -> usize {
    63 - bits.leading_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walking_down_the_ring_visits_every_occupied_slot_once() {
        for slots in [64, 128, 4096, 1 << 17] {
            let mut occupancy = Occupancy::new(slots);
            let chosen: Vec<usize> =
                (0..slots).filter(|slot| slot * 7919 % 1009 == 3 || slot % (slots / 2) == 5).collect();
            chosen.iter().for_each(|&slot| occupancy.flip(slot));
            for start in [0, 5, slots / 2, slots - 1] {
                let mut slot = start;
                let mut seen: Vec<usize> = chosen
                    .iter()
                    .map(|_| {
                        slot = occupancy.below(slot);
                        slot
                    })
                    .collect();
                seen.sort_unstable();
                assert_eq!(seen, chosen, "{slots} slots from {start}");
            }
        }
    }

    #[test]
    fn drain_names_each_occupied_group_and_frees_it() {
        let mut occupancy = Occupancy::new(8192);
        [0, 63, 64, 5000].iter().for_each(|&slot| occupancy.flip(slot));
        let mut groups = Vec::new();
        occupancy.drain(|group| groups.push(group));
        assert_eq!(groups, [0, 64, 4992]);
        occupancy.flip(77);
        assert_eq!(occupancy.below(0), 77);
    }
}
