//! How long messages travel, and the wires they travel on.

use std::collections::VecDeque;

/// Constant travel times, ns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// From us to the venue.
    pub entry_ns: i64,
    /// From the venue to us.
    pub response_ns: i64,
    /// Added to the receive times of market data.
    pub feed_ns: i64,
}

/// A wire that keeps the order of messages: none overtakes an earlier one.
#[derive(Clone, Debug)]
pub struct Link<T> {
    messages: VecDeque<(i64, T)>,
}

impl<T> Default for Link<T> {
    fn default() -> Self {
        Self { messages: VecDeque::new() }
    }
}

impl<T> Link<T> {
    /// Sends a message that arrives at `due_ns`, or with the message before it if that is later.
    pub fn send(&mut self, due_ns: i64, message: T) {
        let due_ns = self.messages.back().map_or(due_ns, |last| due_ns.max(last.0));
        self.messages.push_back((due_ns, message));
    }

    /// When the next message arrives; `i64::MAX` when none is under way.
    #[inline]
    pub fn next_ns(&self) -> i64 {
        self.messages.front().map_or(i64::MAX, |message| message.0)
    }

    /// Takes the next message.
    pub fn receive(&mut self) -> Option<T> {
        self.messages.pop_front().map(|message| message.1)
    }
}
