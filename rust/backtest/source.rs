//! One recording as two time-ordered views, a cursor each.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::book::View;
use crate::feed::Recording;
use crate::model::{Bar, Event};

/// A recording in a run: its events, the run's numbers of its instruments, and what is added to its receive times.
#[derive(Clone, Debug)]
pub struct Source {
    recording: Arc<Recording>,
    numbers: Vec<u32>,
    shift_ns: i64,
}

impl Source {
    /// `numbers[i]` is the run's number of the recording's instrument `i`; `shift_ns` is added to receive times.
    pub const fn new(recording: Arc<Recording>, numbers: Vec<u32>, shift_ns: i64) -> Self {
        Self { recording, numbers, shift_ns }
    }

    /// The recording.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// The events, in both views' order.
    #[inline]
    pub fn events(&self) -> &[Event] {
        self.recording.events()
    }

    /// The run's numbers of its instruments.
    pub fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// The run's number of an event's instrument.
    #[inline]
    pub fn number(&self, event: &Event) -> u32 {
        self.numbers[event.instrument as usize]
    }

    /// The bar behind a Bar event.
    pub fn bar(&self, event: &Event) -> &Bar {
        &self.recording.bars()[event.order_id as usize]
    }

    /// When a view sees an event.
    #[inline]
    pub const fn time(&self, view: View, event: &Event) -> i64 {
        match view {
            View::Receive => event.receive_ns.saturating_add(self.shift_ns),
            View::Exchange => event.exchange_ns,
        }
    }

    /// The index of the first event from `index` that a view sees, and when; past the end it is `i64::MAX`.
    #[inline]
    pub fn seek(&self, view: View, index: usize) -> (usize, i64) {
        self.seek_in(self.events(), view, index)
    }

    #[inline]
    fn seek_in(&self, events: &[Event], view: View, mut index: usize) -> (usize, i64) {
        let skip = view.skipped();
        while let Some(event) = events.get(index) {
            if !event.has(skip) {
                return (index, self.time(view, event));
            }
            index += 1;
        }
        (index, i64::MAX)
    }

    /// Hands over what a view sees before `bound`, from `head` on and at most `rows` rows of it, until `each` breaks; the
    /// next event and its time. The slice is taken once: this is the innermost loop of a run.
    #[inline]
    pub fn walk(
        &self,
        view: View,
        head: (usize, i64),
        (bound, rows): (i64, usize),
        mut each: impl FnMut(&Event, i64) -> ControlFlow<()>,
    ) -> (usize, i64) {
        let events = self.events();
        let (mut at, mut time_ns) = head;
        let end = at.saturating_add(rows);
        while time_ns < bound && at < end {
            let flow = each(&events[at], time_ns);
            (at, time_ns) = self.seek_in(events, view, at + 1);
            if flow.is_break() {
                break;
            }
        }
        (at, time_ns)
    }

    /// The newest event that a view has seen whose next one is at `index`, and whether there is one: before the first it
    /// is the first. `None` where the view is empty.
    pub fn newest(&self, view: View, index: usize) -> Option<(bool, &Event)> {
        let (skip, events) = (view.skipped(), self.events());
        let seen = events[..index.min(events.len())].iter().rev().find(|event| !event.has(skip));
        seen.map(|event| (true, event)).or_else(|| events.get(self.seek(view, 0).0).map(|event| (false, event)))
    }

    /// The time of the last event in either view; `i64::MIN` where there is none.
    pub fn last_ns(&self) -> i64 {
        let last = |view: View| {
            let seen = self.events().iter().rev().find(|event| !event.has(view.skipped()));
            seen.map_or(i64::MIN, |event| self.time(view, event))
        };
        last(View::Receive).max(last(View::Exchange))
    }
}
