//! Unconsumed pivots of one side, which a wick may sweep.

/// Most that can be kept.
pub const LEVELS_MAX: usize = 16;

/// The last pivots, oldest first. Levels are signed: highs as they are, lows negated, so that "beyond" is always above.
#[derive(Clone, Debug)]
pub struct Levels {
    prices: [f64; LEVELS_MAX],
    bars: [u32; LEVELS_MAX],
    count: usize,
    nearest: f64,
}

impl Default for Levels {
    fn default() -> Self {
        Self { prices: [0.0; LEVELS_MAX], bars: [0; LEVELS_MAX], count: 0, nearest: f64::INFINITY }
    }
}

/// Levels a wick went through and the close did not.
pub struct Sweep {
    /// The farthest of them; of equals the latest.
    pub level: f64,
    /// Its bar.
    pub bar: u32,
    /// How many.
    pub count: usize,
}

impl Levels {
    /// Adds a pivot; the oldest falls out beyond `kept`.
    pub fn add(&mut self, level: f64, bar: u32, kept: usize) {
        if self.count == kept {
            self.prices.copy_within(1..kept, 0);
            self.bars.copy_within(1..kept, 0);
            self.count -= 1;
        }
        self.prices[self.count] = level;
        self.bars[self.count] = bar;
        self.count += 1;
        self.find_nearest();
    }

    /// A wick must go beyond this to reach any.
    #[inline]
    pub fn nearest(&self) -> f64 {
        self.nearest
    }

    /// Consumes the levels below `wick` and tells which of them are above `close`.
    #[inline]
    pub fn consume(&mut self, wick: f64, close: f64) -> Option<Sweep> {
        if wick <= self.nearest { None } else { self.consume_some(wick, close) }
    }

    fn consume_some(&mut self, wick: f64, close: f64) -> Option<Sweep> {
        let mut sweep: Option<Sweep> = None;
        let mut kept = 0;
        for place in 0..self.count {
            let (level, bar) = (self.prices[place], self.bars[place]);
            if wick > level {
                if close < level {
                    let count = sweep.as_ref().map_or(0, |sweep| sweep.count) + 1;
                    let farther = sweep.as_ref().is_none_or(|sweep| (level, bar) > (sweep.level, sweep.bar));
                    let (level, bar) = match &sweep {
                        Some(sweep) if !farther => (sweep.level, sweep.bar),
                        _ => (level, bar),
                    };
                    sweep = Some(Sweep { level, bar, count });
                }
            } else {
                (self.prices[kept], self.bars[kept]) = (level, bar);
                kept += 1;
            }
        }
        self.count = kept;
        self.find_nearest();
        sweep
    }

    fn find_nearest(&mut self) {
        self.nearest = self.prices[..self.count].iter().copied().fold(f64::INFINITY, f64::min);
    }
}
