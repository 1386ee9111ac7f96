//! The others, in this process: disruptor-rs, rtrb, crossbeam, and a slot ring in C written for this bench.

use std::ffi::{CString, c_void};
use std::ops::Range;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use disruptor::{ProcessorSettings as _, Producer as _};

use crate::ours::SLOTS;
use crate::slices::{Managed, Slice, pin, stream, trips};

/// What the others carry: as much as ours beside its sequence, in the form that is fastest for them.
pub trait Load: Copy + Send + Sync + 'static {
    /// The message of this number.
    fn of(n: u64) -> Self;
    /// Its number.
    fn number(&self) -> u64;
}

impl Load for u64 {
    fn of(n: u64) -> Self {
        n
    }
    fn number(&self) -> u64 {
        *self
    }
}

/// 56 bytes side by side: what serves rtrb's batches best.
impl Load for [u64; 7] {
    fn of(n: u64) -> Self {
        [n; 7]
    }
    fn number(&self) -> u64 {
        self[0]
    }
}

/// 56 bytes on a cache line: what serves the others, and rtrb's single messages, best.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Line([u64; 7]);

impl Load for Line {
    fn of(n: u64) -> Self {
        Self([n; 7])
    }
    fn number(&self) -> u64 {
        self.0[0]
    }
}

/// disruptor-rs, one producer.
pub fn disruptor<L: Load>(batch: u64, messages: u64) -> Slice {
    let managed = Managed::default();
    let mut count = managed.handler(messages);
    // The library refuses a core that the calling thread may not use.
    pin(&[0, 1]);
    let mut producer = disruptor::build_single_producer(SLOTS, || L::of(0), disruptor::BusySpin)
        .pin_at_core(1)
        .handle_events_with(move |record: &L, sequence, ends| count(record.number(), sequence as u64, ends))
        .build();
    pin(&[0]);
    managed.stream(messages, |numbers: Range<u64>| {
        if batch == 1 {
            numbers.for_each(|n| producer.publish(|record| *record = L::of(n)));
            return;
        }
        for first in numbers.step_by(batch as usize) {
            producer.batch_publish(batch as usize, |records| {
                records.zip(first..).for_each(|(record, n)| *record = L::of(n));
            });
        }
    })
}

/// disruptor-rs for many producers, with one.
pub fn many_disruptor(messages: u64) -> Slice {
    let managed = Managed::default();
    let mut count = managed.handler(messages);
    pin(&[0, 1]);
    let mut producer = disruptor::build_multi_producer(SLOTS, || Line::of(0), disruptor::BusySpin)
        .pin_at_core(1)
        .handle_events_with(move |record: &Line, sequence, ends| count(record.number(), sequence as u64, ends))
        .build();
    pin(&[0]);
    managed.stream(messages, |numbers: Range<u64>| {
        numbers.for_each(|n| producer.publish(|record| *record = Line::of(n)));
    })
}

/// There and back over two disruptors, the second one polled.
pub fn disruptor_trips(count: u64) -> Slice {
    let build = || {
        let (poller, builder) =
            disruptor::build_single_producer(64, || Line::of(0), disruptor::BusySpin).new_event_poller();
        (builder.build(), poller)
    };
    let ((mut ask, mut questions), (mut reply, mut replies)) = (build(), build());
    trips(
        count,
        move |n| {
            ask.publish(|record| *record = Line::of(n));
            while replies.poll().map_or(0, |mut events| (&mut events).count()) == 0 {}
        },
        move |count| {
            for n in 0..count {
                while questions.poll().map_or(0, |mut events| (&mut events).count()) == 0 {}
                reply.publish(|record| *record = Line::of(n));
            }
        },
    )
}

/// Pauses of a reader that finds nothing, where it is said to pause: as many as ours.
pub const PAUSES: u32 = 16;

/// rtrb.
pub fn rtrb<L: Load>(batch: u64, pauses: u32, messages: u64) -> Slice {
    let (mut producer, mut consumer) = rtrb::RingBuffer::<L>::new(SLOTS);
    let produce = move |numbers: Range<u64>| {
        if batch == 1 {
            for n in numbers {
                while producer.push(L::of(n)).is_err() {}
            }
            return;
        }
        for first in numbers.step_by(batch as usize) {
            loop {
                if let Ok(chunk) = producer.write_chunk_uninit(batch as usize) {
                    chunk.fill_from_iter((first..).map(L::of));
                    break;
                }
            }
        }
    };
    stream(messages, produce, move |count| {
        if batch == 1 { singles(&mut consumer, pauses, count) } else { chunks(&mut consumer, pauses, count) }
    })
}

fn pause(pauses: u32) {
    (0..pauses).for_each(|_| std::hint::spin_loop());
}

fn singles<L: Load>(consumer: &mut rtrb::Consumer<L>, pauses: u32, count: u64) -> u64 {
    let (mut left, mut sum) = (count, 0_u64);
    while left > 0 {
        if let Ok(record) = consumer.pop() {
            sum = sum.wrapping_add(record.number());
            left -= 1;
        } else {
            pause(pauses);
        }
    }
    sum
}

fn chunks<L: Load>(consumer: &mut rtrb::Consumer<L>, pauses: u32, count: u64) -> u64 {
    let (mut left, mut sum) = (count, 0_u64);
    while left > 0 {
        let ready = consumer.slots().min(32).min(left as usize);
        if ready == 0 {
            pause(pauses);
        } else if let Ok(chunk) = consumer.read_chunk(ready) {
            for record in chunk {
                sum = sum.wrapping_add(record.number());
            }
            left -= ready as u64;
        }
    }
    sum
}

/// crossbeam's array queue.
pub fn crossbeam<L: Load>(messages: u64) -> Slice {
    let queue = Arc::new(crossbeam_queue::ArrayQueue::<L>::new(SLOTS));
    let other = Arc::clone(&queue);
    let produce = move |numbers: Range<u64>| {
        for n in numbers {
            while queue.push(L::of(n)).is_err() {}
        }
    };
    stream(messages, produce, move |count| {
        let (mut left, mut sum) = (count, 0_u64);
        while left > 0 {
            if let Some(record) = other.pop() {
                sum = sum.wrapping_add(record.number());
                left -= 1;
            }
        }
        sum
    })
}

type Create = unsafe extern "C" fn(u64, u64) -> *mut c_void;
type Destroy = unsafe extern "C" fn(*mut c_void);
type Produce = unsafe extern "C" fn(*mut c_void, u64, u64);
type Consume = unsafe extern "C" fn(*mut c_void, u64, u32) -> u64;

/// The functions of `ring.c`.
struct Library {
    create: Create,
    destroy: Destroy,
    produce_8: Produce,
    consume_8: Consume,
    produce_64: Produce,
    consume_64: Consume,
    batches_64: Produce,
}

/// `ring.c` compiled by the machine's C compiler at the first use.
fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/bus/ring.c");
        let target = concat!(env!("CARGO_MANIFEST_DIR"), "/target/bench-ring.so");
        let options = ["-std=c11", "-O3", "-march=native", "-Wall", "-Wextra", "-fPIC", "-shared"];
        let done = Command::new("cc").args(options).args([source, "-o", target]).status();
        assert!(done.is_ok_and(|status| status.success()), "cc could not compile {source}");
        let path = CString::new(target).expect("no zero in a path");
        // SAFETY: loads the library that was just compiled; its initialisers do nothing.
        let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
        assert!(!handle.is_null(), "{target} does not load");
        macro_rules! function {
            ($name:literal, $kind:ty) => {{
                // SAFETY: the handle is open and the name ends with a zero.
                let address = unsafe { libc::dlsym(handle, concat!($name, "\0").as_ptr().cast()) };
                assert!(!address.is_null(), "ring.c has {}", $name);
                // SAFETY: the function of that name in ring.c has the type of the field.
                unsafe { std::mem::transmute::<*mut c_void, $kind>(address) }
            }};
        }
        Library {
            create: function!("ring_create", Create),
            destroy: function!("ring_destroy", Destroy),
            produce_8: function!("ring_produce_8", Produce),
            consume_8: function!("ring_consume_8", Consume),
            produce_64: function!("ring_produce_64", Produce),
            consume_64: function!("ring_consume_64", Consume),
            batches_64: function!("ring_produce_64_by_32", Produce),
        }
    })
}

/// A ring of `ring.c`; both threads hold it.
struct CRing(*mut c_void);

// SAFETY: the ring's own atomics order what one producer and one consumer do with it.
unsafe impl Send for CRing {}
// SAFETY: as above.
unsafe impl Sync for CRing {}

impl CRing {
    fn new(slots: u64, bytes: u64) -> Arc<Self> {
        // SAFETY: allocates; the sizes are powers of two.
        let ring = unsafe { (library().create)(slots, bytes) };
        assert!(!ring.is_null(), "no memory for the ring of {slots} slots");
        Arc::new(Self(ring))
    }
}

impl Drop for CRing {
    fn drop(&mut self) {
        // SAFETY: created by `ring_create`, and nobody else holds it.
        unsafe { (library().destroy)(self.0) }
    }
}

/// The C ring with slots of 16 bytes (8 of payload) or 64, one at a time or by 32.
pub fn c_ring(bytes: u64, batch: u64, pauses: u32, messages: u64) -> Slice {
    let library = library();
    let produce = match (bytes, batch) {
        (8, _) => library.produce_8,
        (_, 1) => library.produce_64,
        _ => library.batches_64,
    };
    let consume = if bytes == 8 { library.consume_8 } else { library.consume_64 };
    let ring = CRing::new(SLOTS as u64, bytes);
    let other = Arc::clone(&ring);
    stream(
        messages,
        // SAFETY: the only producer; messages come in multiples of the batch.
        move |numbers: Range<u64>| unsafe { produce(ring.0, numbers.start, numbers.end) },
        // SAFETY: the only consumer.
        move |count| unsafe { consume(other.0, count, pauses) },
    )
}

/// There and back over two C rings.
pub fn c_trips(count: u64) -> Slice {
    let library = library();
    let (there, back) = (CRing::new(64, 64), CRing::new(64, 64));
    let (their_there, their_back) = (Arc::clone(&there), Arc::clone(&back));
    trips(
        count,
        // SAFETY: this thread alone produces on the one ring and consumes on the other.
        move |n| unsafe {
            (library.produce_64)(there.0, n, n + 1);
            assert_eq!((library.consume_64)(back.0, 1, 0), n);
        },
        // SAFETY: as above, the other way round.
        move |count| unsafe {
            for _ in 0..count {
                let n = (library.consume_64)(their_there.0, 1, 0);
                (library.produce_64)(their_back.0, n, n + 1);
            }
        },
    )
}
