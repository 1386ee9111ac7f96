//! When each source and each wire has its next input, held so that the earliest is known at once.
//!
//! Two knockouts, one for what comes to the strategy and one for what comes to the exchanges: a change costs the height
//! of a tree, the earliest nothing. With 200 recordings a look at every one of them took 600 ns an event.

use super::order::{Race, Rank};

/// A knockout of times: the earliest of them, the lowest slot among equals.
#[derive(Clone, Debug)]
struct Knockout {
    width: usize,
    /// A heap-shaped tree: node 1 is the winner, the leaves are the last `width` nodes.
    nodes: Vec<(i64, u32)>,
}

impl Knockout {
    /// Of so many slots, none of which has a time.
    fn new(slots: usize) -> Self {
        let width = slots.next_power_of_two();
        let mut knockout = Self { width, nodes: vec![(i64::MAX, u32::MAX); 2 * width] };
        for slot in 0..slots {
            knockout.nodes[width + slot].1 = slot as u32;
        }
        (1..width).rev().for_each(|node| knockout.play(node));
        knockout
    }

    /// The winner of a node's two.
    fn play(&mut self, node: usize) {
        self.nodes[node] = self.nodes[2 * node].min(self.nodes[2 * node + 1]);
    }

    /// A slot's time from now on; `i64::MAX` is never.
    #[inline]
    fn set(&mut self, slot: usize, time_ns: i64) {
        let mut node = self.width + slot;
        if self.nodes[node].0 == time_ns {
            return;
        }
        self.nodes[node].0 = time_ns;
        while node > 1 {
            node /= 2;
            let before = self.nodes[node];
            self.play(node);
            if self.nodes[node] == before {
                return;
            }
        }
    }

    /// The winner, and the best of those that lost to it.
    #[inline]
    fn best(&self) -> [(i64, u32); 2] {
        let winner = self.nodes[1];
        let mut second = (i64::MAX, u32::MAX);
        let mut node = self.width + winner.1 as usize;
        while node > 1 {
            second = second.min(self.nodes[node ^ 1]);
            node /= 2;
        }
        [winner, second]
    }
}

/// The next inputs of a run, but for its timers and samples.
#[derive(Clone, Debug)]
pub struct Agenda {
    sources: usize,
    strategy: Knockout,
    exchange: Knockout,
}

impl Agenda {
    /// Of so many sources and instruments, with nothing to come.
    pub fn new(sources: usize, instruments: usize) -> Self {
        let knockout = Knockout::new(sources + instruments);
        Self { sources, strategy: knockout.clone(), exchange: knockout }
    }

    /// The strategy's view of a source goes on at this time.
    #[inline]
    pub fn set_local(&mut self, source: usize, time_ns: i64) {
        self.strategy.set(source, time_ns);
    }

    /// A report about this instrument arrives at this time.
    #[inline]
    pub fn set_report(&mut self, instrument: usize, time_ns: i64) {
        self.strategy.set(self.sources + instrument, time_ns);
    }

    /// The exchange's view of a source goes on at this time.
    #[inline]
    pub fn set_exchange(&mut self, source: usize, time_ns: i64) {
        self.exchange.set(source, time_ns);
    }

    /// A request for this instrument arrives at this time.
    #[inline]
    pub fn set_request(&mut self, instrument: usize, time_ns: i64) {
        self.exchange.set(self.sources + instrument, time_ns);
    }

    /// The earliest two of what comes to the strategy, and of what comes to the exchanges.
    #[inline]
    pub fn races(&self) -> (Race, Race) {
        let strategy = self.race(&self.strategy, Rank::LocalData, Rank::Report);
        (strategy, self.race(&self.exchange, Rank::ExchangeData, Rank::Request))
    }

    #[inline]
    fn race(&self, knockout: &Knockout, data: Rank, message: Rank) -> Race {
        let mut race = Race::default();
        for (time_ns, slot) in knockout.best() {
            let slot = slot as usize;
            if time_ns != i64::MAX {
                let (rank, index) = if slot < self.sources { (data, slot) } else { (message, slot - self.sources) };
                race.offer((time_ns, rank, index));
            }
        }
        race
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_agenda_says_what_a_look_at_everything_says(
            (sources, instruments) in (1usize..9, 1usize..9),
            changes in prop::collection::vec((0u8..4, 0usize..9, prop_oneof![0i64..6, Just(i64::MAX)]), 1..80),
        ) {
            let mut agenda = Agenda::new(sources, instruments);
            let mut times = [vec![i64::MAX; sources], vec![i64::MAX; instruments], vec![i64::MAX; sources], vec![i64::MAX; instruments]];
            for (kind, index, time_ns) in changes {
                let index = index % times[usize::from(kind)].len();
                times[usize::from(kind)][index] = time_ns;
                match kind {
                    0 => agenda.set_local(index, time_ns),
                    1 => agenda.set_report(index, time_ns),
                    2 => agenda.set_exchange(index, time_ns),
                    _ => agenda.set_request(index, time_ns),
                }
                let ranks = [Rank::LocalData, Rank::Report, Rank::ExchangeData, Rank::Request];
                let mut races = [Race::default(), Race::default()];
                for ((rank, times), race) in ranks.into_iter().zip(&times).zip([0, 0, 1, 1]) {
                    for (index, &time_ns) in times.iter().enumerate().filter(|each| *each.1 != i64::MAX) {
                        races[race].offer((time_ns, rank, index));
                    }
                }
                prop_assert_eq!(agenda.races(), (races[0], races[1]));
            }
        }
    }
}
