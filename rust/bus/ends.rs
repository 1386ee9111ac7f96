//! The two ends of a bus, whichever memory it is in: its own or a mapping that other processes share.

use std::time::Duration;

use super::{Message, Publisher, Subscription};
use crate::model::{Event, Result};

/// Where records go in.
pub trait Publish<M: Message = Event>: Send {
    /// See [`Publisher::publish_batch`].
    fn publish_batch(&mut self, records: &[M]) -> Result<u64>;
    /// See [`Publisher::try_publish_batch`].
    fn try_publish_batch(&mut self, records: &[M]) -> Result<usize>;
    /// The same for a batch whose rest follows at once by [`Self::publish_batch`]: in a shared mapping all of it counts
    /// as taken on.
    fn begin_batch(&mut self, records: &[M]) -> Result<usize> {
        self.try_publish_batch(records)
    }
    /// See [`Publisher::published`].
    fn published(&self) -> u64;
    /// See [`Publisher::subscriptions`].
    fn subscriptions(&self) -> usize;
    /// See [`Publisher::close`].
    fn close(&mut self);
}

/// Where records come out.
pub trait Receive<M: Message = Event>: Send {
    /// See [`Subscription::read_into`]. An `Engine` error where the memory is another process's.
    fn read_into(&mut self, records: &mut [M]) -> Result<usize>;
    /// See [`Subscription::wait`].
    fn wait(&self, timeout: Option<Duration>) -> bool;
    /// See [`Subscription::descriptor`].
    fn descriptor(&self) -> Result<i32>;
    /// See [`Subscription::arm`].
    fn arm(&self) -> bool;
    /// See [`Subscription::rejoin`].
    fn rejoin(&mut self);
    /// See [`Subscription::is_detached`].
    fn is_detached(&mut self) -> bool;
    /// See [`Subscription::spin`]; nobody counts those of other processes.
    fn spin(&self) -> Option<usize> {
        None
    }
    /// See [`Subscription::id`].
    fn id(&self) -> u32;
    /// See [`Subscription::fail`].
    fn fail(self: Box<Self>, why: String);
}

macro_rules! ends {
    ({$($bound:tt)*}, $record:ty, $publisher:ty, $subscription:ty, $read:expr, {$($more:tt)*}, {$($asks:tt)*}) => {
        impl<$($bound)*> Publish<$record> for $publisher {
            fn publish_batch(&mut self, records: &[$record]) -> Result<u64> {
                <$publisher>::publish_batch(self, records)
            }
            fn try_publish_batch(&mut self, records: &[$record]) -> Result<usize> {
                <$publisher>::try_publish_batch(self, records)
            }
            fn published(&self) -> u64 {
                <$publisher>::published(self)
            }
            fn subscriptions(&self) -> usize {
                <$publisher>::subscriptions(self)
            }
            fn close(&mut self) {
                <$publisher>::close(self);
            }
            $($more)*
        }

        impl<$($bound)*> Receive<$record> for $subscription {
            fn read_into(&mut self, records: &mut [$record]) -> Result<usize> {
                $read(<$subscription>::read_into(self, records))
            }
            fn wait(&self, timeout: Option<Duration>) -> bool {
                <$subscription>::wait(self, timeout)
            }
            fn descriptor(&self) -> Result<i32> {
                <$subscription>::descriptor(self)
            }
            fn arm(&self) -> bool {
                <$subscription>::arm(self)
            }
            fn rejoin(&mut self) {
                <$subscription>::rejoin(self);
            }
            fn is_detached(&mut self) -> bool {
                <$subscription>::is_detached(self)
            }
            fn id(&self) -> u32 {
                <$subscription>::id(self)
            }
            fn fail(self: Box<Self>, why: String) {
                <$subscription>::fail(*self, why);
            }
            $($asks)*
        }
    };
}

ends!({M: Message}, M, Publisher<M>, Subscription<M>, Ok, {}, {
    fn spin(&self) -> Option<usize> {
        Self::spin(self)
    }
});
#[cfg(target_os = "linux")]
ends!(
    {M: Message},
    M,
    super::shared::Publisher<M>,
    super::shared::Subscription<M>,
    std::convert::identity,
    {
        fn begin_batch(&mut self, records: &[M]) -> Result<usize> {
            Self::begin_batch(self, records)
        }
    },
    {}
);
