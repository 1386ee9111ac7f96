//! The strategy's repeating timers.

/// One timer: fires at `origin + k * period`.
#[derive(Clone, Copy, Debug)]
struct Timer {
    id: u64,
    period_ns: i64,
    next_ns: i64,
}

/// All timers of a strategy; the earliest fires first, equal ones in the order they were made.
#[derive(Clone, Debug, Default)]
pub struct Timers {
    timers: Vec<Timer>,
}

impl Timers {
    /// Adds a timer that counts from `origin_ns` and first fires after `now_ns`.
    pub fn add(&mut self, origin_ns: i64, now_ns: i64, period_ns: i64) -> u64 {
        let id = self.timers.len() as u64 + 1;
        let elapsed = now_ns.saturating_sub(origin_ns).max(0);
        let next_ns = origin_ns.saturating_add((elapsed / period_ns + 1).saturating_mul(period_ns));
        self.timers.push(Timer { id, period_ns, next_ns });
        id
    }

    /// When the next timer fires; `i64::MAX` when there is none.
    pub fn next_ns(&self) -> i64 {
        self.timers.iter().map(|timer| timer.next_ns).min().unwrap_or(i64::MAX)
    }

    /// Takes the timer that is due now; returns its id and time.
    pub fn fire(&mut self) -> Option<(u64, i64)> {
        let timer = self.timers.iter_mut().min_by_key(|timer| timer.next_ns)?;
        let fired = (timer.id, timer.next_ns);
        timer.next_ns = timer.next_ns.saturating_add(timer.period_ns);
        Some(fired)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_count_from_the_origin_and_keep_their_order() {
        let mut timers = Timers::default();
        assert_eq!(timers.next_ns(), i64::MAX);
        timers.add(1_000, 1_000, 100);
        timers.add(1_000, 1_250, 50);
        let fired: Vec<_> = (0..6).map(|_| timers.fire().unwrap()).collect();
        assert_eq!(fired, [(1, 1_100), (1, 1_200), (1, 1_300), (2, 1_300), (2, 1_350), (1, 1_400)]);
    }
}
