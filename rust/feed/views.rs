//! Two time-ordered views in one array.
//!
//! The exchange's side of a simulation lives in exchange time, the strategy's in receive time, and the network may
//! swap two messages between them. A recording keeps one array for both: rows not flagged `LOCAL_ONLY` are in exchange
//! order, rows not flagged `EXCHANGE_ONLY` in receive order. A message that can stand in both orders at once is stored
//! once; one that cannot is stored twice, once per side. Which ones can is the heaviest increasing subsequence of the
//! messages, so that as few rows as possible are doubled.

use crate::model::{Error, Event, Result, flags};

/// Rows that belong to one side only.
const ONE_SIDED: u8 = flags::EXCHANGE_ONLY | flags::LOCAL_ONLY;

impl Event {
    /// Whether this is part of what the strategy sees.
    #[inline]
    pub const fn is_local(&self) -> bool {
        !self.has(flags::EXCHANGE_ONLY)
    }

    /// Whether this is part of what the exchange's side of a simulation sees.
    #[inline]
    pub const fn is_exchange(&self) -> bool {
        !self.has(flags::LOCAL_ONLY)
    }
}

/// Whether the row repeats an event that has another row: the exchange's row of a pair.
#[inline]
pub const fn is_second_row(event: &Event) -> bool {
    event.has(flags::EXCHANGE_ONLY)
}

/// Whether any row is meant for one side only: such an array is normalised already.
pub fn is_normalised(events: &[Event]) -> bool {
    events.iter().any(|event| event.has(ONE_SIDED))
}

/// Rows `[start, end)` of one message.
#[derive(Clone, Copy)]
struct Message {
    start: u32,
    end: u32,
    exchange_ns: i64,
}

/// Turns events in receive order into both views. Events with equal times
/// keep their order, the rows of a message (up to its `LAST`, at the same times) stay together.
pub fn normalise(events: Vec<Event>) -> Result<Vec<Event>> {
    if let Some(row) = (1..events.len()).find(|&row| events[row].receive_ns < events[row - 1].receive_ns) {
        return Err(backwards(&events, row - 1, row, "receive_ns"));
    }
    if events.is_sorted_by_key(|event| event.exchange_ns) {
        return Ok(events);
    }
    if u32::try_from(events.len()).is_err() {
        return Err(Error::Data(format!("{} events in one recording: at most {} fit", events.len(), u32::MAX)));
    }
    let messages = messages(&events);
    let mut by_exchange: Vec<u32> = (0..messages.len() as u32).collect();
    by_exchange.sort_by_key(|&message| messages[message as usize].exchange_ns);
    let shared = heaviest_increasing(&by_exchange, &messages);
    Ok(interleave(&events, &messages, &by_exchange, &shared))
}

/// Checks the order of both views.
pub fn verify(events: &[Event]) -> Result<()> {
    let mut last_local: Option<usize> = None;
    let mut last_exchange: Option<usize> = None;
    for (row, event) in events.iter().enumerate() {
        if event.flags & ONE_SIDED == ONE_SIDED {
            return Err(Error::Data(format!("row {row} is flagged for neither side (EXCHANGE_ONLY and LOCAL_ONLY)")));
        }
        if event.is_local() {
            if let Some(before) = last_local.filter(|&before| event.receive_ns < events[before].receive_ns) {
                return Err(backwards(events, before, row, "receive_ns"));
            }
            last_local = Some(row);
        }
        if event.is_exchange() {
            if let Some(before) = last_exchange.filter(|&before| event.exchange_ns < events[before].exchange_ns) {
                return Err(backwards(events, before, row, "exchange_ns"));
            }
            last_exchange = Some(row);
        }
    }
    Ok(())
}

fn backwards(events: &[Event], before: usize, row: usize, clock: &str) -> Error {
    let time = |row: usize| if clock == "receive_ns" { events[row].receive_ns } else { events[row].exchange_ns };
    let (earlier, later) = (time(row), time(before));
    Error::Data(format!("time runs backwards: row {row} has {clock} {earlier}, row {before} before it has {later}"))
}

/// The messages: maximal runs of rows with the same times, each ended by `LAST` at the latest.
fn messages(events: &[Event]) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    let mut open = false;
    for (row, event) in events.iter().enumerate() {
        let same = |other: &Event| (event.exchange_ns, event.receive_ns) == (other.exchange_ns, other.receive_ns);
        match messages.last_mut().filter(|_| open && same(&events[row - 1])) {
            Some(message) => message.end += 1,
            None => messages.push(Message { start: row as u32, end: row as u32 + 1, exchange_ns: event.exchange_ns }),
        }
        open = !event.has(flags::LAST);
    }
    messages
}

/// For each message whether it is part of the heaviest (by rows) subsequence of `order` with rising numbers.
fn heaviest_increasing(order: &[u32], messages: &[Message]) -> Vec<bool> {
    const NONE: u32 = u32::MAX;
    // A Fenwick tree over message numbers: the heaviest chain that ends at or below one, and its last message.
    let mut tree = vec![(0u32, NONE); order.len() + 1];
    let mut previous = vec![NONE; order.len()];
    for &message in order {
        let mut best = (0, NONE);
        let mut node = message as usize;
        while node > 0 {
            best = if tree[node].0 > best.0 { tree[node] } else { best };
            node &= node - 1;
        }
        previous[message as usize] = best.1;
        let Message { start, end, .. } = messages[message as usize];
        let weight = best.0 + (end - start);
        node = message as usize + 1;
        while node < tree.len() {
            if weight > tree[node].0 {
                tree[node] = (weight, message);
            }
            node += node & node.wrapping_neg();
        }
    }
    let mut shared = vec![false; order.len()];
    let (_, mut last) = tree.iter().copied().max_by_key(|&(weight, _)| weight).unwrap_or((0, NONE));
    while last != NONE {
        shared[last as usize] = true;
        last = previous[last as usize];
    }
    shared
}

/// Both orders in one array: shared messages once, the others before the next shared one of their order.
fn interleave(events: &[Event], messages: &[Message], by_exchange: &[u32], shared: &[bool]) -> Vec<Event> {
    let rows = |message: u32| {
        let Message { start, end, .. } = messages[message as usize];
        &events[start as usize..end as usize]
    };
    let single = |message: &&u32| !shared[**message as usize];
    let doubled: usize = by_exchange.iter().filter(single).map(|&message| rows(message).len()).sum();
    let mut merged = Vec::with_capacity(events.len() + doubled);
    let mut push = |message: u32, side: u8| {
        merged.extend(rows(message).iter().map(|event| Event { flags: event.flags | side, ..*event }));
    };
    let mut local = 0;
    for &message in by_exchange {
        if !shared[message as usize] {
            push(message, flags::EXCHANGE_ONLY);
            continue;
        }
        (local..message).filter(|&earlier| !shared[earlier as usize]).for_each(|m| push(m, flags::LOCAL_ONLY));
        push(message, 0);
        local = message + 1;
    }
    (local..messages.len() as u32).for_each(|m| push(m, flags::LOCAL_ONLY));
    merged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Messages of one to three rows with jittered clocks; `order_id` numbers the rows.
    fn recording() -> impl Strategy<Value = Vec<Event>> {
        prop::collection::vec((0i64..3, -6i64..6, 1usize..4), 0..60).prop_map(|messages| {
            let mut events = Vec::new();
            let mut receive_ns = 100;
            for (step, latency, rows) in messages {
                receive_ns += step;
                for row in 0..rows {
                    let last = if row + 1 == rows { flags::LAST } else { 0 };
                    let order_id = events.len() as u64;
                    let exchange_ns = receive_ns - latency;
                    events.push(Event { receive_ns, exchange_ns, order_id, flags: last, ..Event::default() });
                }
            }
            events
        })
    }

    fn ids(events: impl Iterator<Item = Event>) -> Vec<u64> {
        events.map(|event| event.order_id).collect()
    }

    proptest! {
        #[test]
        fn each_view_holds_each_event_once_in_its_stable_order(events in recording()) {
            let rows = normalise(events.clone()).unwrap();
            verify(&rows).unwrap();
            let local = rows.iter().copied().filter(Event::is_local);
            prop_assert_eq!(ids(local), ids(events.iter().copied()));
            let mut sorted = events.clone();
            sorted.sort_by_key(|event| event.exchange_ns);
            let exchange = rows.iter().copied().filter(Event::is_exchange);
            prop_assert_eq!(ids(exchange), ids(sorted.into_iter()));
            let only = |side| rows.iter().filter(|event| event.has(side)).count();
            prop_assert_eq!(only(flags::EXCHANGE_ONLY), only(flags::LOCAL_ONLY));
        }

        #[test]
        fn no_array_with_fewer_rows_holds_both_views(events in recording()) {
            // The longest common subsequence of the two orders by the quadratic textbook method.
            let mut sorted = events.clone();
            sorted.sort_by_key(|event| event.exchange_ns);
            let mut best = vec![vec![0usize; events.len() + 1]; events.len() + 1];
            for i in 0..events.len() {
                for j in 0..events.len() {
                    let same = events[i].order_id == sorted[j].order_id;
                    best[i + 1][j + 1] = if same { best[i][j] + 1 } else { best[i][j + 1].max(best[i + 1][j]) };
                }
            }
            let rows = normalise(events.clone()).unwrap();
            prop_assert_eq!(rows.len(), 2 * events.len() - best[events.len()][events.len()]);
        }
    }

    #[test]
    fn receive_times_must_not_run_backwards() {
        let at = |receive_ns| Event { receive_ns, ..Event::default() };
        let error = normalise(vec![at(5), at(4)]).unwrap_err();
        assert!(error.message().contains("row 1 has receive_ns 4, row 0 before it has 5"), "{error}");
        let flagged =
            |receive_ns, exchange_ns, side| Event { receive_ns, exchange_ns, flags: side, ..Event::default() };
        assert!(verify(&[flagged(5, 1, flags::LOCAL_ONLY), flagged(4, 2, flags::EXCHANGE_ONLY)]).is_ok());
        assert!(verify(&[flagged(1, 5, 0), flagged(4, 2, flags::EXCHANGE_ONLY)]).is_err());
        assert!(verify(&[flagged(1, 5, flags::EXCHANGE_ONLY | flags::LOCAL_ONLY)]).is_err());
    }
}
