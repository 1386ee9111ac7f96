//! The one order of a run's inputs: by time, at equal times by kind, then by number.
//!
//! A strategy that takes time to compute is one more thing in it: its inputs stay in the order in which they come, and
//! each is handled when it came or when the strategy is free, whichever is later. The exchange goes on meanwhile.

/// The order of inputs at equal times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The strategy's market data.
    LocalData,
    /// An order report arrives at the strategy.
    Report,
    /// The exchange's market data.
    ExchangeData,
    /// A request arrives at the exchange.
    Request,
    /// A timer of the strategy.
    Timer,
    /// A sample of the equity curve.
    Sample,
}

/// An input's place in the order: time, rank, index within the rank.
pub type Input = (i64, Rank, usize);

/// The place of an input that never comes.
const NEVER: Input = (i64::MAX, Rank::Sample, usize::MAX);

/// The two earliest of the inputs that were offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Race {
    first: Input,
    second: Input,
}

impl Default for Race {
    fn default() -> Self {
        Self { first: NEVER, second: NEVER }
    }
}

impl Race {
    /// Takes an input into account.
    #[inline]
    pub fn offer(&mut self, input: Input) {
        if input < self.first {
            self.second = self.first;
            self.first = input;
        } else if input < self.second {
            self.second = input;
        }
    }

    /// Whether nothing comes any more.
    pub const fn is_over(&self) -> bool {
        self.first.0 == i64::MAX
    }
}

/// The next input, its time the one at which it is handled, and the first time at which another input like it would no
/// longer be the next. `strategy` are the inputs of the strategy, which is free from `free_ns` on, `rest` all others.
pub fn next(strategy: &Race, rest: &Race, free_ns: i64) -> (Input, i64) {
    let (came_ns, rank, index) = strategy.first;
    let handled = (came_ns.max(free_ns), rank, index);
    if rest.first < handled {
        return (rest.first, bound(rest.first, rest.second.min(handled)));
    }
    if handled.0 > came_ns {
        return (handled, came_ns + 1);
    }
    (handled, bound(handled, strategy.second.min(rest.first)))
}

/// The first time at which an input like `first` comes after `second`.
fn bound(first: Input, second: Input) -> i64 {
    let wins_ties = (first.1, first.2) < (second.1, second.2);
    second.0.saturating_add(i64::from(wins_ties))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn race(inputs: &[Input]) -> Race {
        let mut race = Race::default();
        for &input in inputs {
            race.offer(input);
        }
        race
    }

    #[test]
    fn equal_times_go_by_rank_and_number_and_so_does_the_bound() {
        let strategy = race(&[(5, Rank::Report, 0), (5, Rank::LocalData, 1), (5, Rank::LocalData, 0)]);
        let rest = race(&[(5, Rank::Request, 0), (5, Rank::ExchangeData, 7), (9, Rank::Sample, 0)]);
        assert_eq!(next(&strategy, &rest, i64::MIN), ((5, Rank::LocalData, 0), 6));
        let strategy = race(&[(6, Rank::LocalData, 0), (8, Rank::Timer, 0)]);
        assert_eq!(next(&strategy, &rest, i64::MIN), ((5, Rank::ExchangeData, 7), 6));
        let rest = race(&[(7, Rank::ExchangeData, 7)]);
        assert_eq!(next(&strategy, &rest, i64::MIN), ((6, Rank::LocalData, 0), 8));
        assert_eq!(next(&race(&[(7, Rank::Timer, 0)]), &rest, i64::MIN), ((7, Rank::ExchangeData, 7), 8));
        assert!(race(&[]).is_over() && !rest.is_over());
    }

    #[test]
    fn a_busy_strategys_inputs_wait_in_the_order_they_came() {
        let waiting = race(&[(5, Rank::Report, 0), (3, Rank::LocalData, 1), (7, Rank::LocalData, 0)]);
        let rest = race(&[(9, Rank::Request, 0), (12, Rank::ExchangeData, 0)]);
        // Free at 10: the exchange's input at 9 comes first, then what came at 3.
        assert_eq!(next(&waiting, &rest, 10), ((9, Rank::Request, 0), 10));
        let rest = race(&[(12, Rank::ExchangeData, 0)]);
        assert_eq!(next(&waiting, &rest, 10), ((10, Rank::LocalData, 1), 4));
        let waiting = race(&[(5, Rank::Report, 0), (7, Rank::LocalData, 0)]);
        assert_eq!(next(&waiting, &rest, 10), ((10, Rank::Report, 0), 6));
        assert_eq!(next(&waiting, &rest, 12), ((12, Rank::Report, 0), 6));
        assert_eq!(next(&waiting, &rest, 13), ((12, Rank::ExchangeData, 0), 13));
        assert_eq!(next(&waiting, &rest, 5), ((5, Rank::Report, 0), 7));
    }
}
