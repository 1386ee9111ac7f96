//! What time it is.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

/// A source of the time of day.
pub trait Clock {
    /// Nanoseconds since the epoch, UTC.
    fn now_ns(&self) -> i64;
}

/// The system's clock. It may jump when the system corrects it; measure durations with a [`super::Stopwatch`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Wall;

impl Clock for Wall {
    #[inline]
    fn now_ns(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => since.as_nanos() as i64,
            Err(before) => -(before.duration().as_nanos() as i64),
        }
    }
}

/// A clock that stands still until it is set. Readers on the same thread may share it by reference.
#[derive(Clone, Debug, Default)]
pub struct Simulated {
    now_ns: Cell<i64>,
}

impl Simulated {
    /// A clock that shows this time.
    pub const fn at(now_ns: i64) -> Self {
        Self { now_ns: Cell::new(now_ns) }
    }

    /// Shows another time from now on.
    #[inline]
    pub fn set(&self, now_ns: i64) {
        self.now_ns.set(now_ns);
    }
}

impl Clock for Simulated {
    #[inline]
    fn now_ns(&self) -> i64 {
        self.now_ns.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulated_clock_moves_only_when_set() {
        let clock = Simulated::at(5);
        let reader: &dyn Clock = &clock;
        assert_eq!((reader.now_ns(), reader.now_ns()), (5, 5));
        clock.set(-7);
        assert_eq!(reader.now_ns(), -7);
    }

    #[test]
    fn the_wall_clock_agrees_with_the_system() {
        let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i64;
        let now = Wall.now_ns();
        let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i64;
        assert!(before <= now && now <= after);
    }
}
