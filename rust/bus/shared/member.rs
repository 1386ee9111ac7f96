//! One process's side of a mapping: the file, its memory, and the door to the directory.

use std::fs::File;
use std::mem::size_of;
use std::ptr::NonNull;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError, Weak};
use std::time::{Duration, Instant};

use super::super::catalog::Catalog;
use super::super::control::{Control, NOT_GATING, Seat};
use super::super::format::RecordType;
use super::super::inlet::lock;
use super::super::join::latest;
use super::super::message::Message;
use super::super::record::Record;
use super::super::region::{Keeper, Region, Shape};
use super::super::ring::Ring;
use super::super::sync::{AtomicU64, Ordering, fence};
use super::file;
use super::layout::{Header, Layout, OPEN, PUBLISHERS, PublisherPlace, SUBSCRIBERS, SubscriberPlace};
use super::locks::Lock;
use super::mapping::Mapping;
use super::names::Mirror;
use super::process::{Process, forks, watch_forks};
use super::table::{CELL_WORDS, TOPICS, Table, TableHead};
use crate::model::{Error, Event, Report, Result};

/// Longest wait at the door. Inside, a process needs microseconds, or the time to get a ring's memory.
const AT_THE_DOOR: Duration = Duration::from_secs(5);

/// See the module.
pub struct Member {
    me: Weak<Self>,
    mapping: Mapping,
    pub(super) file: File,
    pub(super) layout: Layout,
    pub(super) name: String,
    pub(super) process: Process,
    forks: u32,
    timeout: Duration,
    door: Mutex<()>,
    /// Locks that this open file holds, by number: the kernel does not tell us of our own.
    held: Box<[AtomicBool]>,
    pub(super) catalog: Arc<Catalog>,
    pub(super) mirror: Mirror,
    pub(super) began: Instant,
    /// When the places were last looked at, in ns since `began`.
    pub(super) swept_ns: AtomicU64,
}

/// The right to change the directory: nobody else, of this process or another one, is behind the door.
pub struct Door<'m> {
    member: &'m Member,
    _thread: MutexGuard<'m, ()>,
}

impl Drop for Door<'_> {
    fn drop(&mut self) {
        Lock::Door.release(&self.member.file);
    }
}

impl Member {
    /// Attaches to the bus of this name, or makes it. `capacity` is checked against the one that is there.
    pub fn open(name: &str, capacity: Option<u64>, timeout: Duration) -> Result<Arc<Self>> {
        let path = file::path(name)?;
        // Checked first, so that it fails where the bus exists, too.
        let wanted = Layout::new(capacity.unwrap_or(65_536))?;
        loop {
            if let Some((file, layout)) = file::open(&path)? {
                if capacity.is_some_and(|capacity| capacity != layout.capacity) {
                    return Err(mismatch(name, layout.capacity, wanted.capacity));
                }
                return Self::over(name, file, layout, timeout);
            }
            let file = file::create(&path, &wanted)?;
            let member = Self::over(name, file, wanted, timeout)?;
            member.found();
            if file::publish(&member.file, &path)? {
                return Ok(member);
            }
        }
    }

    fn over(name: &str, file: File, layout: Layout, timeout: Duration) -> Result<Arc<Self>> {
        watch_forks();
        let mapping = Mapping::new(&file, layout.bytes)?;
        let held = (0..=PUBLISHERS + SUBSCRIBERS).map(|_| AtomicBool::new(false)).collect();
        Ok(Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            mapping,
            file,
            layout,
            name: name.to_owned(),
            process: Process::own(),
            forks: forks(),
            timeout,
            door: Mutex::new(()),
            held,
            catalog: Arc::default(),
            mirror: Mirror::default(),
            began: Instant::now(),
            swept_ns: AtomicU64::new(0),
        }))
    }

    /// Opens the bus's own topic in a file that has no name yet.
    fn found(&self) {
        let control = &self.publishers()[0];
        control.set_laid(Event::WORDS);
        self.vacate_ring(0);
        control.place.enter(0, self.process, "control", RecordType::Event);
        control.place.state.store(OPEN, Ordering::Release);
    }

    /// Waits for the door, for some seconds. An `Engine` error names the process inside.
    pub fn enter(&self) -> Result<Door<'_>> {
        self.check_process()?;
        let deadline = Instant::now() + AT_THE_DOOR;
        let thread = lock(&self.door);
        while !Lock::Door.take(&self.file) {
            if Instant::now() >= deadline {
                return Err(Error::Engine(format!(
                    "shared bus {:?}: process {} has been changing the directory for {AT_THE_DOOR:?}",
                    self.name,
                    self.header().holder.load(Ordering::Relaxed)
                )));
            }
            std::thread::sleep(Duration::from_micros(50));
        }
        Ok(self.entered(thread))
    }

    /// The door, if nobody is behind it.
    pub fn try_enter(&self) -> Option<Door<'_>> {
        let thread = match self.door.try_lock() {
            Ok(thread) => thread,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        (!self.is_forked() && Lock::Door.take(&self.file)).then(|| self.entered(thread))
    }

    fn entered<'m>(&'m self, thread: MutexGuard<'m, ()>) -> Door<'m> {
        self.header().holder.store(self.process.pid, Ordering::Relaxed);
        Door { member: self, _thread: thread }
    }

    /// Takes a place's lock, which says that we live. `false` if another open file has it.
    pub fn hold(&self, lock: Lock) -> bool {
        let taken = lock.take(&self.file);
        if taken {
            self.held[lock.number()].store(true, Ordering::Relaxed);
        }
        taken
    }

    /// Gives it back.
    pub fn let_go(&self, lock: Lock) {
        self.held[lock.number()].store(false, Ordering::Relaxed);
        lock.release(&self.file);
    }

    /// Whether this open file has it.
    pub fn holds(&self, lock: Lock) -> bool {
        self.held[lock.number()].load(Ordering::Relaxed)
    }

    /// Whether this is a child of the process that opened the bus: its places are the parent's.
    #[inline]
    pub fn is_forked(&self) -> bool {
        forks() != self.forks
    }

    /// An `Engine` error in a child.
    #[inline]
    pub fn check_process(&self) -> Result<()> {
        if self.is_forked() { Err(self.is_parents()) } else { Ok(()) }
    }

    #[cold]
    fn is_parents(&self) -> Error {
        let (name, parent) = (&self.name, self.process.pid);
        Error::Engine(format!("shared bus {name:?} was opened by process {parent} before a fork; open it here again"))
    }

    /// The front of the mapping.
    #[inline]
    pub fn header(&self) -> &Header {
        self.mapping.at(0)
    }

    /// The names, in the order in which they were given.
    pub fn names(&self) -> &[super::layout::Name] {
        self.mapping.slice(self.layout.names, super::layout::NAMES)
    }

    /// The publishers' places.
    #[inline]
    pub fn publishers(&self) -> &[PublisherPlace] {
        self.mapping.slice(self.layout.publishers, PUBLISHERS)
    }

    /// The subscriptions' places.
    #[inline]
    pub fn subscribers(&self) -> &[SubscriberPlace] {
        self.mapping.slice(self.layout.subscribers, SUBSCRIBERS)
    }

    /// A ring's shared words.
    #[inline]
    pub fn control(&self, ring: usize) -> &Control {
        self.mapping.at(self.layout.control(ring))
    }

    /// A ring's seats, one per subscription's place.
    #[inline]
    pub fn seats(&self, ring: usize) -> &[Seat] {
        self.mapping.slice(self.layout.seats(ring), SUBSCRIBERS)
    }

    /// How often the directory changed; Acquire pairs with the Release in `change`: who sees the number sees the places
    /// as they were then, or newer.
    #[inline]
    pub fn epoch(&self) -> u64 {
        self.header().epoch.0.load(Ordering::Acquire)
    }

    /// Says that the directory changed.
    pub fn change(&self, _: &Door<'_>) {
        self.header().epoch.0.fetch_add(1, Ordering::Release);
    }

    /// A number nobody had.
    pub fn new_id(&self, _: &Door<'_>) -> u64 {
        self.header().ids.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A ring of records of this type, which its publisher's place says.
    pub fn ring<M: Message>(&self, index: usize) -> Ring<M> {
        let keeper = self.me.upgrade().expect("whoever calls this has a reference");
        let capacity = self.layout.ring_capacity(index);
        let origin = self.publishers()[index].first.load(Ordering::Relaxed);
        let shape = Shape { capacity, seats: SUBSCRIBERS, open: true, many: false, origin };
        let words: &[AtomicU64] = self.mapping.slice(self.layout.slots(index), capacity as usize * M::WORDS);
        let (control, seats) = (NonNull::from(self.control(index)), NonNull::from(self.seats(index)));
        // SAFETY: three disjoint parts of the layout with these lengths, which `slice` has found inside the mapping and
        // aligned; a slot begins at a multiple of its 64 or 128 bytes. The mapping lives as long as `keeper`.
        let region = unsafe { Region::over(control, seats, NonNull::from(words).cast(), shape, keeper) };
        Ring::over(region, self.timeout)
    }

    /// The last sequence published to a ring.
    pub fn last(&self, index: usize) -> u64 {
        // All that matters is how many words a slot has.
        match self.publishers()[index].laid() {
            0 => self.control(index).cursor.0.read().0,
            Event::WORDS => latest(&self.ring::<Event>(index).region),
            _ => latest(&self.ring::<Report>(index).region),
        }
    }

    /// Makes the slots of a ring that nobody uses ready for records of another size: what was payload must not be taken
    /// for a commit word. A process that dies in here leaves a ring without slots, whose end is in its cursor.
    fn lay(&self, _: &Door<'_>, index: usize, record: RecordType) {
        let (publisher, words) = (&self.publishers()[index], record.words());
        if publisher.laid() == words {
            return;
        }
        self.control(index).cursor.0.store(self.last(index));
        publisher.set_laid(0);
        let slots = self.layout.ring_capacity(index) as usize * words;
        let slots: &[AtomicU64] = self.mapping.slice(self.layout.slots(index), slots);
        for word in slots {
            word.store(0, Ordering::Relaxed);
        }
        publisher.set_laid(words);
    }

    /// Makes a ring that nobody uses ready for its next publisher, who goes on after the last sequence: what old slots
    /// hold is then older than anything a reader asks for.
    pub fn clear_ring(&self, door: &Door<'_>, index: usize, record: RecordType) {
        self.lay(door, index, record);
        self.vacate_ring(index);
    }

    /// Nobody is on the ring any more.
    pub fn vacate_ring(&self, index: usize) {
        let control = self.control(index);
        for seat in self.seats(index) {
            seat.gate.0.store(NOT_GATING, Ordering::Relaxed);
            seat.occupant.store(0, Ordering::Relaxed);
        }
        for word in [&control.seats_used, &control.refused, &control.detached] {
            word.store(0, Ordering::Relaxed);
        }
        control.closed.store(0, Ordering::Relaxed);
        control.producers.store(0, Ordering::Relaxed);
    }

    /// Memory for a ring, touched. An `Engine` error if there is none.
    pub fn furnish(&self, index: usize, record: RecordType) -> Result<()> {
        let (offset, bytes) = (self.layout.control(index), self.layout.ring_bytes(index, record));
        file::reserve(&self.file, offset, bytes)?;
        self.mapping.populate(offset, bytes);
        Ok(())
    }

    /// A ring's table of last records. Whoever writes it knows that it has its memory, see `furnish_table`.
    pub fn table(&self, ring: usize) -> Table<'_> {
        let at = self.layout.table(ring);
        let cells = self.mapping.slice(at + size_of::<TableHead>(), TOPICS * CELL_WORDS);
        Table { head: self.mapping.at(at), cells }
    }

    /// Memory for a ring's table, before the first reader that conflates sits there. An `Engine` error if there is none.
    pub fn furnish_table(&self, _: &Door<'_>, index: usize) -> Result<()> {
        file::reserve(&self.file, self.layout.table(index), Layout::TABLE_BYTES)
    }

    /// Wakes those who read a ring.
    pub fn wake_readers(&self, ring: usize) {
        // Pairs with the fence in `Lot::sleep`.
        fence(Ordering::SeqCst);
        for (seat, subscriber) in self.seats(ring).iter().zip(self.subscribers()) {
            if seat.occupant.load(Ordering::Relaxed) != 0 {
                subscriber.lot.0.wake_after_fence();
            }
        }
    }
}

impl Keeper for Member {
    fn reap(&self, seat: usize) -> bool {
        self.bury_subscriber(seat)
    }
}

fn mismatch(name: &str, found: u64, wanted: u64) -> Error {
    Error::Config(format!(
        "shared bus {name:?} has rings of {found} slots, not {wanted}; leave the capacity out, or unlink the bus first"
    ))
}
