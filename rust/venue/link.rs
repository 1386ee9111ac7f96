//! The wires that messages travel on.

use std::collections::VecDeque;

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_message_overtakes_and_none_is_early(delays in prop::collection::vec(0i64..50, 1..40)) {
            let mut link = Link::default();
            for (sent_ns, delay_ns) in delays.iter().enumerate() {
                link.send(sent_ns as i64 + delay_ns, sent_ns);
            }
            let mut latest_ns = i64::MIN;
            for (sent_ns, delay_ns) in delays.iter().enumerate() {
                let alone_ns = sent_ns as i64 + delay_ns;
                latest_ns = latest_ns.max(alone_ns);
                prop_assert_eq!(link.next_ns(), latest_ns);
                prop_assert_eq!(link.receive(), Some(sent_ns));
            }
            prop_assert_eq!(link.next_ns(), i64::MAX);
        }
    }
}
