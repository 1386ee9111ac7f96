//! iceoryx2's publish and subscribe, as fast as its settings make it where nothing may be lost.

use std::hint::spin_loop;
use std::ops::Range;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::prelude::*;
use quantum_core::model::Event;

use crate::ends::{BATCH, Ends, event};

/// What happened to go wrong.
pub type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// An event that may be put into memory other processes see.
#[repr(transparent)]
#[derive(Clone, Copy, Debug)]
pub struct Message(Event);

// SAFETY: `repr(transparent)` over a `repr(C)` record of integers without a pointer; both processes run this program.
unsafe impl ZeroCopySend for Message {}

/// Samples that may wait for a reader, a record each. It allows any number, and sets memory aside for all of them: 16
/// to 4,096 were as fast within 5 %, 65,536 slower by up to a half, because then they leave the cache.
const SINGLES: usize = 4096;
/// Samples of [`BATCH`] records that may wait: 4 to 2,048 were as fast within 3 %.
const BATCHES: usize = 256;
/// Pauses of a reader that found nothing, before it looks again: its fastest, 10 % more records a second than without
/// when sent one at a time, 5 % more in batches; 4 to 128 were tried. Not in round trips, which would be longer by them.
const REST: u32 = 64;

/// What is said of the above beside the figures.
pub fn buffers() -> String {
    format!("{SINGLES} samples of one record and {BATCHES} of {BATCH}")
}

/// A service there and a service back, seen from one side, a record to a sample.
pub struct Singles {
    publisher: Publisher<ipc::Service, Message, ()>,
    subscriber: Subscriber<ipc::Service, Message, ()>,
}

/// The same with up to [`BATCH`] records to a sample.
pub struct Batches {
    publisher: Publisher<ipc::Service, [Message], ()>,
    subscriber: Subscriber<ipc::Service, [Message], ()>,
}

/// A node with files of its own, apart from other users of the library on this machine.
pub fn node() -> Fallible<Node<ipc::Service>> {
    set_log_level(LogLevel::Error);
    // Interrupted, this process is to die; who started it tidies up.
    let builder = NodeBuilder::new().signal_handling_mode(SignalHandlingMode::Disabled);
    Ok(builder.config(&config()?).create()?)
}

macro_rules! ports {
    ($node:expr, $names:expr, $payload:ty, $samples:expr) => {{
        let service = |name: &String| -> Fallible<_> {
            let service = $node.service_builder(&name.as_str().try_into()?).publish_subscribe::<$payload>();
            // No place for others, who would have to be looked for with every sample.
            let service = service.max_nodes(2).max_publishers(1).max_subscribers(1).history_size(0);
            let service = service.subscriber_max_borrowed_samples(1).subscriber_max_buffer_size($samples);
            Ok(service.enable_safe_overflow(false).open_or_create()?)
        };
        (service(&$names[0])?, service(&$names[1])?.subscriber_builder().create()?)
    }};
}

impl Singles {
    /// Opens one side; of the names the first is sent to, the second read.
    pub fn open(node: &Node<ipc::Service>, names: &[String; 2]) -> Fallible<Self> {
        let (service, subscriber) = ports!(node, names, Message, SINGLES);
        let publisher = service.publisher_builder().max_loaned_samples(1);
        let publisher = publisher.backpressure_strategy(BackpressureStrategy::RetryUntilDelivered).create()?;
        Ok(Self { publisher, subscriber })
    }
}

impl Batches {
    /// As [`Singles::open`].
    pub fn open(node: &Node<ipc::Service>, names: &[String; 2]) -> Fallible<Self> {
        let (service, subscriber) = ports!(node, names, [Message], BATCHES);
        let publisher = service.publisher_builder().max_loaned_samples(1).initial_max_slice_len(BATCH as usize);
        let publisher = publisher.backpressure_strategy(BackpressureStrategy::RetryUntilDelivered).create()?;
        Ok(Self { publisher, subscriber })
    }
}

impl Ends for Singles {
    #[inline]
    fn send(&mut self, numbers: Range<u64>) {
        for n in numbers {
            let sample = self.publisher.loan_uninit().expect("memory for a full buffer and one more was set aside");
            sample.write_payload(Message(event(0, n))).send().expect("the other side reads");
        }
    }

    #[inline]
    fn poll(&mut self, _most: u64, mut see: impl FnMut(u64)) {
        if let Some(sample) = self.subscriber.receive().expect("the service is there") {
            see(sample.0.order_id);
        }
    }

    #[inline]
    fn rest(&mut self) {
        (0..REST).for_each(|_| spin_loop());
    }
}

impl Ends for Batches {
    #[inline]
    fn send(&mut self, numbers: Range<u64>) {
        for first in numbers.clone().step_by(BATCH as usize) {
            let count = BATCH.min(numbers.end - first) as usize;
            let sample = self.publisher.loan_slice_uninit(count).expect("memory for a full buffer and one more");
            sample.write_from_fn(|k| Message(event(0, first + k as u64))).send().expect("the other side reads");
        }
    }

    #[inline]
    fn poll(&mut self, _most: u64, mut see: impl FnMut(u64)) {
        if let Some(sample) = self.subscriber.receive().expect("the service is there") {
            sample.payload().iter().for_each(|message| see(message.0.order_id));
        }
    }

    #[inline]
    fn rest(&mut self) {
        (0..REST).for_each(|_| spin_loop());
    }
}

/// What the names of its files in shared memory begin with.
const PREFIX: &str = "quantum_bench_";

/// Where its files are that are not in shared memory.
fn folder() -> PathBuf {
    std::env::temp_dir().join("quantum-bench-iceoryx2")
}

fn config() -> Fallible<Config> {
    let mut config = Config::default();
    config.global.prefix = FileName::new(PREFIX.as_bytes())?;
    config.global.set_root_path(&Path::new(folder().to_str().ok_or("a temporary folder in UTF-8")?.as_bytes())?);
    Ok(config)
}

/// Takes away what processes that are gone left behind; waits a moment for those that are going.
pub fn tidy() -> Fallible<()> {
    set_log_level(LogLevel::Error);
    let (config, end) = (config()?, Instant::now() + Duration::from_secs(1));
    let mut living = true;
    while living && Instant::now() < end {
        living = false;
        Node::<ipc::Service>::list(&config, |state| {
            match state {
                NodeState::Dead(node) => drop(node.try_remove_stale_resources()),
                _ => living = true,
            }
            CallbackProgression::Continue
        })?;
        thread::sleep(Duration::from_millis(10));
    }
    if !living {
        // It keeps one file for all nodes that ever come.
        for entry in std::fs::read_dir("/dev/shm")?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(PREFIX) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
    // Folders that somebody still needs are not empty.
    for empty in [folder().join("nodes"), folder().join("services"), folder()] {
        let _ = std::fs::remove_dir(empty);
    }
    Ok(())
}
