//! Where everything is in the file, and the header that says so.
//!
//! ```text
//! header · names · places of publishers · places of subscriptions · ring, its table · ring, its table · …
//! ```
//! Everything is atomics for which zeros are a valid beginning, so a fresh file needs a header and nothing else.

use std::mem::size_of;
use std::time::Duration;

use super::super::conflation::Key;
use super::super::control::{Control, Line, Seat};
use super::super::format::RecordType;
use super::super::handlers::INLINE;
use super::super::inlet::Counts;
use super::super::join::Policy;
use super::super::park::Lot;
use super::super::subscription::Delivery;
use super::super::sync::{AtomicU64, Ordering};
use super::super::topic::{MAX_NAME, Pattern};
use super::process::Process;
use super::table::{CELL_WORDS, TOPICS, TableHead};
use crate::model::{Bar, Command, Event, Report, Result};

/// Publishers at once; the first place is the bus's own, of `control.bus`.
pub const PUBLISHERS: usize = 64;
/// Subscriptions at once.
pub const SUBSCRIBERS: usize = 64;
/// Instruments and topics a mapping can name.
pub const NAMES: usize = 16_384;
/// Slots of the control topic's ring, where the bus has more.
const NOTICES: u64 = 1024;
/// Where a header ends and the tables begin.
pub const HEADER_BYTES: usize = 4096;
/// Rings begin at a multiple of this, which is a multiple of every page size.
const RING_ALIGN: usize = 65_536;

/// Numbers at the front of the file.
pub const FACTS: usize = 20;
const MAGIC: u64 = u64::from_le_bytes(*b"QUANTBUS");
const VERSION: u64 = 3;
/// What the first facts are, in errors, in the order of checking; the numbers after them are the file's own.
const NAMED: [&str; 12] = [
    "magic number",
    "layout version",
    "bytes of an Event",
    "bytes of a Bar",
    "bytes of a Command",
    "bytes of a Report",
    "bytes of a ring's control words",
    "bytes of a seat",
    "publishers",
    "subscriptions",
    "names",
    "topics of a ring's table",
];
const CAPACITY: usize = NAMED.len();
const BYTES: usize = CAPACITY + 1;
const CREATOR: usize = CAPACITY + 2;
const BORN: usize = CAPACITY + 3;
const CHECK: usize = FACTS - 1;

/// Byte offsets for a ring size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Slots of a publisher's ring.
    pub capacity: u64,
    /// The names.
    pub names: usize,
    /// The places of publishers.
    pub publishers: usize,
    /// The places of subscriptions.
    pub subscribers: usize,
    rings: usize,
    stride: usize,
    /// The whole file.
    pub bytes: usize,
}

impl Layout {
    /// For rings of `capacity` slots. An error where that is no ring's size.
    pub fn new(capacity: u64) -> Result<Self> {
        super::super::region::check_capacity(capacity)?;
        let names = HEADER_BYTES;
        let publishers = names + NAMES * size_of::<Name>();
        let subscribers = (publishers + PUBLISHERS * size_of::<PublisherPlace>()).next_multiple_of(128);
        let rings = (subscribers + SUBSCRIBERS * size_of::<SubscriberPlace>()).next_multiple_of(RING_ALIGN);
        let stride = (Self::table_offset(capacity) + Self::TABLE_BYTES).next_multiple_of(RING_ALIGN);
        let bytes = rings + PUBLISHERS * stride;
        Ok(Self { capacity, names, publishers, subscribers, rings, stride, bytes })
    }

    const fn slots_offset() -> usize {
        (size_of::<Control>() + SUBSCRIBERS * size_of::<Seat>()).next_multiple_of(4096)
    }

    /// Bytes of a ring's table, its head included.
    pub const TABLE_BYTES: usize = size_of::<TableHead>() + TOPICS * CELL_WORDS * 8;

    /// Where the table begins, from the ring's control words. A page of its own: only a table in use has memory.
    const fn table_offset(capacity: u64) -> usize {
        // Room for the largest records: the file is sparse, and only what a ring uses has memory.
        (Self::slots_offset() + capacity as usize * size_of::<Report>()).next_multiple_of(RING_ALIGN)
    }

    /// A ring's table of last records.
    pub const fn table(&self, ring: usize) -> usize {
        self.control(ring) + Self::table_offset(self.capacity)
    }

    /// A ring's control words.
    pub const fn control(&self, ring: usize) -> usize {
        self.rings + ring * self.stride
    }

    /// A ring's seats.
    pub const fn seats(&self, ring: usize) -> usize {
        self.control(ring) + size_of::<Control>()
    }

    /// A ring's slots.
    pub const fn slots(&self, ring: usize) -> usize {
        self.control(ring) + Self::slots_offset()
    }

    /// A ring's size in slots.
    pub fn ring_capacity(&self, ring: usize) -> u64 {
        if ring == 0 { self.capacity.min(NOTICES) } else { self.capacity }
    }

    /// Bytes of a ring for records of this type, from its control words.
    pub fn ring_bytes(&self, ring: usize, record: RecordType) -> usize {
        Self::slots_offset() + self.ring_capacity(ring) as usize * record.words() * 8
    }

    /// Bytes before the rings.
    pub const fn table_bytes(&self) -> usize {
        self.rings
    }

    /// The front of a file of this layout.
    pub fn facts(&self, creator: Process) -> [u64; FACTS] {
        let mut facts = [0; FACTS];
        facts[..NAMED.len()].copy_from_slice(&expected());
        facts[CAPACITY] = self.capacity;
        facts[BYTES] = self.bytes as u64;
        facts[CREATOR] = creator.pid;
        facts[BORN] = creator.born;
        facts[CHECK] = digest(&facts);
        facts
    }
}

fn expected() -> [u64; NAMED.len()] {
    let sizes = [
        size_of::<Event>(),
        size_of::<Bar>(),
        size_of::<Command>(),
        size_of::<Report>(),
        size_of::<Control>(),
        size_of::<Seat>(),
        PUBLISHERS,
        SUBSCRIBERS,
        NAMES,
        TOPICS,
    ];
    let mut expected = [0; NAMED.len()];
    (expected[0], expected[1]) = (MAGIC, VERSION);
    for (fact, size) in expected[2..].iter_mut().zip(sizes) {
        *fact = size as u64;
    }
    expected
}

/// A sum of all facts but the last that changes with each of their bits.
fn digest(facts: &[u64; FACTS]) -> u64 {
    facts[..CHECK].iter().fold(0x9E37_79B9_7F4A_7C15, |state, fact| {
        let mixed = (state ^ fact).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed ^ (mixed >> 29)
    })
}

/// The layout that the front of a file describes, or what is wrong with it in words that follow "the file".
pub fn read_facts(facts: &[u64; FACTS], file_bytes: u64) -> std::result::Result<Layout, String> {
    if facts[0].swap_bytes() == MAGIC {
        return Err("was written by a machine of the other byte order".into());
    }
    for ((name, found), expected) in NAMED.iter().zip(facts).zip(expected()) {
        if *found != expected {
            let shown = |number: u64| if *name == NAMED[0] { format!("{number:#018x}") } else { number.to_string() };
            return Err(format!("has {name} {}, expected {}", shown(*found), shown(expected)));
        }
    }
    if facts[CHECK] != digest(facts) {
        let (found, right) = (facts[CHECK], digest(facts));
        return Err(format!("has a damaged header: its check is {found:#018x}, expected {right:#018x}"));
    }
    let layout = Layout::new(facts[CAPACITY]).map_err(|error| format!("has a wrong header: {error}"))?;
    if facts[BYTES] != layout.bytes as u64 || file_bytes != facts[BYTES] {
        return Err(format!("has {file_bytes} bytes, expected {}: it was cut or grown", layout.bytes));
    }
    Ok(layout)
}

/// The front of the mapping.
#[repr(C, align(128))]
pub struct Header {
    /// See [`Layout::facts`]; never changed.
    pub facts: [AtomicU64; FACTS],
    /// Counts the changes of the directory. Whoever publishes or reads looks at it, and at the places if it changed.
    pub epoch: Line<AtomicU64>,
    /// Numbers given to publishers and subscriptions.
    pub ids: AtomicU64,
    /// Names that are there.
    pub names: AtomicU64,
    /// Process that changes the directory, for errors.
    pub holder: AtomicU64,
    /// Publishers whose process died.
    pub publishers_died: AtomicU64,
    /// Subscriptions whose process died.
    pub subscribers_died: AtomicU64,
    /// Events that publishers had taken on and never published when they died.
    pub unpublished: AtomicU64,
}

/// A name of up to [`MAX_NAME`] bytes.
#[repr(C)]
pub struct Text {
    bytes: AtomicU64,
    words: [AtomicU64; MAX_NAME.div_ceil(8)],
}

impl Text {
    /// Writes it; the caller publishes it by a Release store of its own.
    pub fn set(&self, text: &str) {
        let mut padded = [0; MAX_NAME.next_multiple_of(8)];
        let kept = text.len().min(MAX_NAME);
        padded[..kept].copy_from_slice(&text.as_bytes()[..kept]);
        for (word, chunk) in self.words.iter().zip(padded.chunks_exact(8)) {
            word.store(u64::from_le_bytes(chunk.try_into().expect("chunks of eight")), Ordering::Relaxed);
        }
        self.bytes.store(kept as u64, Ordering::Relaxed);
    }

    /// Reads it; what is no text any more is shown as such.
    pub fn get(&self) -> String {
        let bytes: Vec<u8> = self.words.iter().flat_map(|word| word.load(Ordering::Relaxed).to_le_bytes()).collect();
        let length = (self.bytes.load(Ordering::Relaxed) as usize).min(MAX_NAME);
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    }
}

/// What a name is for, in [`Name::what`]: an instrument of a venue.
pub const LISTING: u64 = 0;
/// A user's fields, which topics refer to.
pub const FIELDS: u64 = 1;
/// And from here on a topic that carries records of the type that follows.
pub const TOPIC: u64 = 2;

/// One of the names that the processes agree on.
#[repr(C)]
pub struct Name {
    /// As written.
    pub text: Text,
    /// What it is for: one of the three above in the low byte, above it, of a topic whose records have a user's fields,
    /// one more than the number of the name that describes them.
    pub what: AtomicU64,
}

/// Nobody is here.
pub const VACANT: u64 = 0;
/// A publisher prepares its ring.
pub const OPENING: u64 = 1;
/// In use.
pub const OPEN: u64 = 2;
/// The publisher is gone; readers may still read what it left.
pub const ENDED: u64 = 3;

/// Who has a place in the directory.
#[repr(C)]
pub struct Place {
    /// One of the four above. Stored with Release by whoever is behind the door, loaded with Acquire by everybody: who
    /// sees a state also sees the words that go with it.
    pub state: AtomicU64,
    /// The occupant's number, never given twice.
    pub id: AtomicU64,
    pid: AtomicU64,
    born: AtomicU64,
    space: AtomicU64,
    record: AtomicU64,
    /// The publisher's prefix, the subscription's pattern.
    pub name: Text,
}

impl Place {
    /// Writes who comes, before the state says that somebody is here.
    pub fn enter(&self, id: u64, process: Process, name: &str, record: RecordType) {
        self.id.store(id, Ordering::Relaxed);
        self.pid.store(process.pid, Ordering::Relaxed);
        self.born.store(process.born, Ordering::Relaxed);
        self.space.store(process.space, Ordering::Relaxed);
        self.record.store(record as u64, Ordering::Relaxed);
        self.name.set(name);
    }

    /// Whose it is.
    pub fn process(&self) -> Process {
        let at = |word: &AtomicU64| word.load(Ordering::Relaxed);
        Process { pid: at(&self.pid), born: at(&self.born), space: at(&self.space) }
    }

    /// What it publishes or reads.
    pub fn record(&self) -> RecordType {
        // A number that is none is garbage, and any answer keeps what follows within the mapping.
        let number = self.record.load(Ordering::Relaxed) as usize;
        RecordType::ALL.get(number).copied().unwrap_or_default()
    }

    /// What it is in; Acquire pairs with the Release stores of the state.
    pub fn state(&self) -> u64 {
        self.state.load(Ordering::Acquire)
    }
}

/// A publisher's place; its ring has the same number.
#[repr(C, align(128))]
pub struct PublisherPlace {
    /// Who.
    pub place: Place,
    /// Sequence before its first one: the ring goes on where the publisher before it ended.
    pub first: AtomicU64,
    /// Records it had taken on and never published when it died.
    pub unpublished: AtomicU64,
    laid: AtomicU64,
}

impl PublisherPlace {
    /// Words of a slot of its ring, 0 while it has none.
    pub fn laid(&self) -> usize {
        self.laid.load(Ordering::Acquire) as usize
    }

    /// Release pairs with the Acquire in `laid`: who sees slots of a size sees none of another.
    pub fn set_laid(&self, words: usize) {
        self.laid.store(words as u64, Ordering::Release);
    }
}

/// A subscription's place; its seat has the same number on every ring.
#[repr(C, align(128))]
pub struct SubscriberPlace {
    /// Who.
    pub place: Place,
    patterns: AtomicU64,
    texts: [Text; INLINE],
    policy: AtomicU64,
    after: AtomicU64,
    patience_ns: AtomicU64,
    /// Where its reader sleeps.
    pub lot: Line<Lot>,
    /// Written by its reader.
    pub counts: Line<Counts>,
}

impl SubscriberPlace {
    /// Writes what it reads: at most [`INLINE`] patterns, which more than one only handlers have. Only its own process does
    /// this, behind the door: killed in the middle, it has no use for the rest.
    pub fn set_patterns(&self, patterns: &[Pattern]) {
        self.patterns.store(0, Ordering::Relaxed);
        for (text, pattern) in self.texts.iter().zip(patterns) {
            text.set(&pattern.to_string());
        }
        // Release pairs with the Acquire in `patterns`, for those who look without the door.
        self.patterns.store(patterns.len() as u64, Ordering::Release);
    }

    /// What it reads.
    pub fn patterns(&self) -> Vec<String> {
        let count = (self.patterns.load(Ordering::Acquire) as usize).min(INLINE);
        self.texts[..count].iter().map(Text::get).collect()
    }

    /// Writes what happens when it is slow.
    pub fn set_delivery(&self, delivery: Delivery) {
        let (code, after, patience) = match delivery {
            Delivery::Gate(Policy::Block) => (0, 0, Duration::ZERO),
            Delivery::Gate(Policy::Lossy) => (1, 0, Duration::ZERO),
            Delivery::Gate(Policy::Detach { after, patience }) => (2, after, patience),
            Delivery::Conflate(Key::Instrument) => (3, 0, Duration::ZERO),
            Delivery::Conflate(Key::Topic) => (4, 0, Duration::ZERO),
        };
        self.policy.store(code, Ordering::Relaxed);
        self.after.store(after, Ordering::Relaxed);
        self.patience_ns.store(patience.as_nanos() as u64, Ordering::Relaxed);
    }

    /// What happens when it is slow.
    pub fn delivery(&self) -> Delivery {
        let patience = Duration::from_nanos(self.patience_ns.load(Ordering::Relaxed));
        match self.policy.load(Ordering::Relaxed) {
            0 => Delivery::Gate(Policy::Block),
            1 => Delivery::Gate(Policy::Lossy),
            3 => Delivery::Conflate(Key::Instrument),
            4 => Delivery::Conflate(Key::Topic),
            _ => Delivery::Gate(Policy::Detach { after: self.after.load(Ordering::Relaxed), patience }),
        }
    }

    /// The same as a seat on a ring knows it: one that conflates may be lapped.
    pub fn policy(&self) -> Policy {
        match self.delivery() {
            Delivery::Gate(policy) => policy,
            Delivery::Conflate(_) => Policy::Lossy,
        }
    }

    /// Whether it needs the publishers' tables of last records.
    pub fn conflates(&self) -> bool {
        matches!(self.delivery(), Delivery::Conflate(_))
    }
}

const _: () = assert!(size_of::<Header>() <= HEADER_BYTES && std::mem::align_of::<Seat>() == 128);
