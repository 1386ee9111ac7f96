//! Ours: the bus of several processes and the bus of one, with topics, counts and the wake-up of sleepers.

use std::ops::Range;
use std::time::Duration;

use quantum_core::bus::{self, Delivery, Policy, Wait, shared};
use quantum_core::model::{Event, Result};

use crate::ends::{BATCH, Ends, event};

/// Slots of every ring.
pub const SLOTS: u64 = 65_536;
/// Longest time a publisher waits for room.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most events of one poll.
const MOST: u64 = 1024;

/// Its topic there and its topic back, seen from one side.
pub struct Ours<P, S> {
    publisher: P,
    subscription: S,
    topic: u32,
    batch: u64,
}

/// Between processes.
pub type Between = Ours<shared::Publisher, shared::Subscription>;
/// In one process.
pub type Within = Ours<bus::Publisher, bus::Subscription>;

/// A bus in one process, without which nobody finds the other, and its two sides.
pub fn within(batch: u64) -> Result<(bus::Bus, [Within; 2])> {
    let bus = bus::Bus::new(SLOTS, Wait::BusySpin)?;
    let side = |out, back| -> Result<_> {
        let (topic, publisher) = (bus.topic(out)?, bus.publisher(out)?);
        Ok(Ours { publisher, subscription: bus.subscribe(back, Delivery::Gate(Policy::Block))?, topic, batch })
    };
    let sides = [side("there", "back")?, side("back", "there")?];
    Ok((bus, sides))
}

/// One side of a bus between processes. Of the topics the first is sent, the second read.
pub fn between(name: &str, [out, back]: [&str; 2], batch: u64) -> Result<Between> {
    let bus = shared::Bus::with_timeout(name, Some(SLOTS), Wait::BusySpin, PATIENCE)?;
    let (topic, publisher) = (bus.topic(out)?, bus.publisher(out)?);
    Ok(Ours { publisher, subscription: bus.subscribe(back, Delivery::Gate(Policy::Block))?, topic, batch })
}

macro_rules! ends {
    ($ours:ty, $single:expr, $polled:expr) => {
        impl Ends for $ours {
            #[inline]
            fn send(&mut self, numbers: Range<u64>) {
                let topic = self.topic;
                if self.batch == 1 || numbers.end - numbers.start < BATCH {
                    for n in numbers {
                        $single(&mut self.publisher, event(topic, n)).expect("the other side reads");
                    }
                    return;
                }
                for first in numbers.step_by(BATCH as usize) {
                    let events: [Event; BATCH as usize] = std::array::from_fn(|k| event(topic, first + k as u64));
                    self.publisher.publish_batch(&events).expect("the other side reads");
                }
            }

            #[inline]
            fn poll(&mut self, most: u64, mut see: impl FnMut(u64)) {
                $polled(self.subscription.poll(most.min(MOST) as usize, |event| see(event.order_id)));
            }
        }
    };
}
ends!(Within, |to: &mut bus::Publisher, event| to.publish(event), |_: usize| ());
ends!(Between, |to: &mut shared::Publisher, event| to.publish(&[event]), |read: Result<usize>| {
    read.expect("the memory is ours");
});
