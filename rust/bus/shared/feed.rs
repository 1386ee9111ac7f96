//! A subscription as the feed of a thread of handlers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::super::dispatcher::{Feed, Intake};
use super::super::hub::Notice;
use super::super::inlet::lock;
use super::super::mask::Mask;
use super::super::message::Message;
use super::super::topic::Pattern;
use super::census::End;
use super::member::Member;
use super::subscription::Subscription;
use crate::model::Result;

impl<M: Message> Feed<M> for Subscription<M> {
    fn poll(&mut self, max: usize, handle: impl FnMut(&M)) -> usize {
        // Refused in a child of a fork only, where there is no thread that could ask.
        Self::poll(self, max, handle).unwrap_or(0)
    }

    fn wait(&self, timeout: Duration) {
        Self::wait(self, Some(timeout));
    }

    fn renew_mask(&mut self) {
        Self::renew_mask(self);
    }

    fn tell_fault(&self) {
        // Where somebody is behind the door for seconds the metrics still say it.
        if let Ok(door) = self.member.enter() {
            self.member.notify(&door, Notice::Faulted, u64::from(self.id()), End::read(0));
        }
    }
}

/// The way to a subscription whose handlers come one after the other.
pub struct Widening {
    pub(super) member: Arc<Member>,
    pub(super) index: usize,
    pub(super) id: u64,
    pub(super) patterns: Arc<Mutex<Vec<Pattern>>>,
}

impl Intake for Widening {
    fn widen(&self, patterns: Vec<Pattern>) -> Result<()> {
        self.member.read_patterns(self.index, self.id, &patterns)?;
        *lock(&self.patterns) = patterns;
        Ok(())
    }

    fn mask(&self, pattern: &Pattern) -> Mask {
        Mask::new(Arc::clone(&self.member.catalog), vec![pattern.clone()])
    }

    fn wake(&self) {
        self.member.subscribers()[self.index].lot.0.wake();
    }
}
