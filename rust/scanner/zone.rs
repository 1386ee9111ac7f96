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
#[derive(Clone, Debug, Default)]
pub struct Zones {
    /// Zones below the price, then zones above it.
    sides: [Side; 2],
    filled: Vec<Zone>,
}

/// Open zones on one side of the price, signed so that the price comes down to them: a zone above is mirrored.
#[derive(Clone, Debug)]
struct Side {
    /// By near end, the one met first last.
    untouched: Vec<(f64, Zone)>,
    /// By far end, the one filled first last.
    touched: Vec<(f64, Zone)>,
    /// A price at or below this changes some zone.
    watch: f64,
}

impl Default for Side {
    fn default() -> Self {
        Self { untouched: Vec::new(), touched: Vec::new(), watch: f64::NEG_INFINITY }
    }
}

/// The end of a zone the price meets first and the one it fills it at, signed.
#[inline]
fn ends(zone: &Zone) -> (f64, f64) {
    if zone.direction > 0 { (zone.hi, zone.lo) } else { (-zone.lo, -zone.hi) }
}

/// Keeps `zones` in order of their levels.
fn insert(zones: &mut Vec<(f64, Zone)>, level: f64, zone: Zone) {
    let place = zones.iter().rposition(|(other, _)| *other <= level).map_or(0, |place| place + 1);
    zones.insert(place, (level, zone));
}

impl Side {
    fn look(&mut self) {
        let near = self.untouched.last().map_or(f64::NEG_INFINITY, |(level, _)| *level);
        let far = self.touched.last().map_or(f64::NEG_INFINITY, |(level, _)| *level);
        self.watch = near.max(far);
    }

    fn reach(&mut self, t: u32, price: f64, filled: &mut Vec<Zone>) {
        while let Some((_, mut zone)) = self.untouched.pop_if(|(near, _)| price <= *near) {
            zone.touched = t as i32;
            insert(&mut self.touched, ends(&zone).1, zone);
        }
        while let Some((_, mut zone)) = self.touched.pop_if(|(far, _)| price < *far) {
            zone.filled = t as i32;
            filled.push(zone);
        }
        self.look();
    }
}

impl Zones {
    /// Forgets all zones.
    pub fn clear(&mut self) {
        self.filled.clear();
        for side in &mut self.sides {
            side.untouched.clear();
            side.touched.clear();
            side.look();
        }
    }

    /// A new zone.
    pub fn add(&mut self, zone: Zone) {
        let side = &mut self.sides[usize::from(zone.direction < 0)];
        insert(&mut side.untouched, ends(&zone).0, zone);
        side.look();
    }

    /// A low at or below the first changes a zone, and so does a high at or above the second.
    #[inline]
    pub fn watch(&self) -> [f64; 2] {
        [self.sides[0].watch, -self.sides[1].watch]
    }

    /// Bar `t` reached from `low` to `high`.
    #[inline]
    pub fn apply(&mut self, t: u32, high: f64, low: f64) {
        for (side, price) in self.sides.iter_mut().zip([low, -high]) {
            if price <= side.watch {
                side.reach(t, price, &mut self.filled);
            }
        }
    }

    /// All zones in the order in which they came; only the open ones if `live`.
    pub fn list(&self, live: bool) -> Vec<Zone> {
        let open = self.sides.iter().flat_map(|side| side.untouched.iter().chain(&side.touched));
        let mut zones: Vec<Zone> = open.map(|(_, zone)| *zone).collect();
        if !live {
            zones.extend_from_slice(&self.filled);
        }
        zones.sort_by_key(|zone| (zone.t, zone.pattern, -zone.direction));
        zones
    }
}
