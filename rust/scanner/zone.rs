//! Zones with a life: a fair value gap or order block is touched, then filled.

/// A zone a hit left on the chart.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zone {
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// Bar it was known at.
    pub t: u32,
    /// Bar it comes from.
    pub origin: u32,
    /// First later bar whose wick reached it, -1 if none did.
    pub touched: i32,
    /// First later bar whose wick went through it, -1 if none did.
    pub filled: i32,
    /// [`super::Pattern`].
    pub pattern: u8,
    /// 1 up, -1 down.
    pub direction: i8,
}

/// The zones of one instrument: those still open, and those filled.
#[derive(Clone, Debug)]
pub struct Zones {
    open: Vec<Zone>,
    filled: Vec<Zone>,
    // A low at or below the first, or a high at or above the second, changes some open zone.
    low_watch: f64,
    high_watch: f64,
}

impl Default for Zones {
    fn default() -> Self {
        Self { open: Vec::new(), filled: Vec::new(), low_watch: f64::NEG_INFINITY, high_watch: f64::INFINITY }
    }
}

impl Zones {
    /// A new zone.
    pub fn add(&mut self, zone: Zone) {
        self.watch(&zone);
        self.open.push(zone);
    }

    #[inline]
    fn watch(&mut self, zone: &Zone) {
        let untouched = zone.touched < 0;
        if zone.direction > 0 {
            self.low_watch = self.low_watch.max(if untouched { zone.hi } else { zone.lo });
        } else {
            self.high_watch = self.high_watch.min(if untouched { zone.lo } else { zone.hi });
        }
    }

    /// Bar `t` reached from `low` to `high`.
    #[inline]
    pub fn apply(&mut self, t: u32, high: f64, low: f64) {
        if low <= self.low_watch || high >= self.high_watch {
            self.apply_some(t, high, low);
        }
    }

    fn apply_some(&mut self, t: u32, high: f64, low: f64) {
        (self.low_watch, self.high_watch) = (f64::NEG_INFINITY, f64::INFINITY);
        let mut open = std::mem::take(&mut self.open);
        open.retain_mut(|zone| {
            let up = zone.direction > 0;
            let reached = if up { low <= zone.hi } else { high >= zone.lo };
            if reached && zone.touched < 0 {
                zone.touched = t as i32;
            }
            if if up { low < zone.lo } else { high > zone.hi } {
                zone.filled = t as i32;
                self.filled.push(*zone);
                return false;
            }
            self.watch(zone);
            true
        });
        self.open = open;
    }

    /// All zones in the order in which they came; only the open ones if `live`.
    pub fn list(&self, live: bool) -> Vec<Zone> {
        let mut zones = self.open.clone();
        if !live {
            zones.extend_from_slice(&self.filled);
        }
        zones.sort_by_key(|zone| (zone.t, zone.pattern, -zone.direction));
        zones
    }
}
