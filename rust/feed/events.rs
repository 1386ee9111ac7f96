//! Where a recording's events lie: in memory of its own, or lent, such as by a mapped file.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::model::Event;

/// Events that cannot change any more.
#[derive(Clone)]
pub enum Events {
    /// In memory of their own.
    Owned(Vec<Event>),
    /// Somebody else's, kept there as long as this lives.
    Lent(Arc<dyn AsRef<[Event]> + Send + Sync>),
}

impl Deref for Events {
    type Target = [Event];

    #[inline]
    fn deref(&self) -> &[Event] {
        match self {
            Self::Owned(events) => events,
            Self::Lent(events) => (**events).as_ref(),
        }
    }
}

impl From<Vec<Event>> for Events {
    fn from(events: Vec<Event>) -> Self {
        Self::Owned(events)
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = if matches!(self, Self::Owned(_)) { "Owned" } else { "Lent" };
        formatter.debug_struct(whose).field("len", &self.len()).finish()
    }
}
