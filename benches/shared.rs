//! Messages a second and round trips of the bus between two processes, beside the same between two threads.
//!
//! `cargo bench --bench shared` (`QUANTUM_ROUNDS` sets how many times each candidate runs, 20 unless told). The other
//! process is this program again. Both sides spin, each on a core of its own; events are 64 bytes, rings 65,536 slots.
//! Candidates take turns. A figure is the median of its rounds, with the lowest and highest, because virtual cores move
//! and are shared: run it on a machine with two idle cores.

use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use quantum_core::bus::{self, Delivery, Policy, shared};
use quantum_core::model::Event;

const MESSAGES: usize = 1 << 21;
/// Round trips of one round: so many, or what this much time allows.
const PINGS: u64 = 20_000;
const PATIENCE: Duration = Duration::from_secs(2);
const SLOTS: u64 = 65_536;
const KIND: u8 = 128;
/// What the other side is asked to do, in its environment.
const ROLE: &str = "QUANTUM_SHARED_ROLE";

/// Where events come from and go to, in either memory.
trait Bus: Sync {
    fn publisher(&self, topic: &str) -> (Box<dyn bus::Publish>, u32);
    fn subscription(&self, topic: &str, delivery: Delivery) -> Box<dyn bus::Receive>;
}

macro_rules! implement {
    ($bus:ty) => {
        impl Bus for $bus {
            fn publisher(&self, topic: &str) -> (Box<dyn bus::Publish>, u32) {
                let number = self.topic(topic).expect("the topic is a name");
                (Box::new(self.publisher(topic).expect("there is room for a publisher")), number)
            }
            fn subscription(&self, topic: &str, delivery: Delivery) -> Box<dyn bus::Receive> {
                Box::new(self.subscribe(topic, delivery).expect("there is room for a subscription"))
            }
        }
    };
}
implement!(bus::Bus);
implement!(shared::Bus);

fn main() {
    if let Ok(role) = std::env::var(ROLE) {
        let (name, role) = role.split_once(' ').expect("a name and a role");
        pin(1);
        return act(&shared::Bus::open(name, None).expect("the first process made the bus"), role);
    }
    let rounds: usize = std::env::var("QUANTUM_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    pin(0);
    let roles = ["publish 1", "publish 32", "echo"];
    let mut figures: Vec<[Vec<f64>; 2]> = roles.iter().map(|_| Default::default()).collect();
    let mut tails = Vec::new();
    for _ in 0..rounds {
        for (role, [processes, threads]) in roles.iter().zip(&mut figures) {
            let (figure, tail) = between_processes(role);
            processes.push(figure);
            tails.extend(tail);
            threads.push(between_threads(role).0);
        }
    }
    for (role, [processes, threads]) in roles.iter().zip(&mut figures) {
        let unit = if *role == "echo" { "ns a round trip, p50" } else { "M messages/s" };
        let (ours, base) = (spread(processes), spread(threads));
        println!("{role:12} {unit:22} processes {}   threads {}   ratio {:.2}", ours.1, base.1, ours.0 / base.0);
    }
    println!("echo         ns a round trip, p99    processes {}", spread(&mut tails).1);
}

/// The median, and it with the extremes as text.
fn spread(figures: &mut [f64]) -> (f64, String) {
    figures.sort_by(f64::total_cmp);
    let median = figures[figures.len() / 2];
    (median, format!("{median:8.1} ({:.1} to {:.1})", figures[0], figures[figures.len() - 1]))
}

fn between_processes(role: &str) -> (f64, Option<f64>) {
    let name = format!("bench-{}", std::process::id());
    let bus = shared::Bus::open(&name, Some(SLOTS)).expect("the system has shared memory");
    let mut other = Other(start(&name, role));
    let figure = measure(&bus, role);
    other.0.kill().expect("the other process runs until it is killed");
    shared::Bus::unlink(&name).expect("the bus is ours");
    figure
}

struct Other(Child);

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(name: &str, role: &str) -> Child {
    let program = std::env::current_exe().expect("this program has a file");
    Command::new(program).env(ROLE, format!("{name} {role}")).spawn().expect("this program can be run again")
}

fn between_threads(role: &str) -> (f64, Option<f64>) {
    let bus = bus::Bus::new(SLOTS, bus::Wait::BusySpin).expect("a ring's size");
    let (other, role) = (bus.clone(), role.to_owned());
    let asked = role.clone();
    // The thread ends with its first error: the ring closes, or stays full, when this side is gone.
    let thread = thread::spawn(move || {
        pin(1);
        act(&other, &asked);
    });
    let figure = measure(&bus, &role);
    thread.join().expect("the other side ends by an error, not by a panic");
    figure
}

/// The other side: runs until nobody wants it.
fn act(bus: &dyn Bus, role: &str) {
    let (mut publisher, number) = bus.publisher("there");
    let event = Event { kind: KIND, instrument: number, ..Event::default() };
    let mut back = bus.subscription("back", Delivery::Gate(Policy::Block));
    // At least one event once there is somebody to read it.
    let mut met = false;
    while !met {
        met = publisher.subscriptions() > 0;
        let _ = publisher.try_publish_batch(&[event]);
        thread::yield_now();
    }
    if role == "echo" {
        let mut one = [Event::default()];
        while publisher.subscriptions() > 0 {
            if back.read_into(&mut one).expect("the memory is ours") == 1 {
                let _ = publisher.try_publish_batch(&[Event { order_id: one[0].order_id, ..event }]);
            }
        }
        return;
    }
    let events = vec![event; if role == "publish 1" { 1 } else { 32 }];
    while publisher.subscriptions() > 0 {
        let _ = publisher.try_publish_batch(&events);
    }
}

fn measure(bus: &dyn Bus, role: &str) -> (f64, Option<f64>) {
    let mut from = bus.subscription("there", Delivery::Gate(Policy::Block));
    let (mut to, number) = bus.publisher("back");
    let mut events = vec![Event::default(); 256];
    while from.read_into(&mut events).expect("the memory is ours") == 0 {}
    if role == "echo" {
        return round_trips(&mut *from, &mut *to, number);
    }
    // The first rings fill pages and caches.
    let mut left = 2 * SLOTS as usize;
    let mut take = |left: &mut usize| {
        while *left > 0 {
            *left -= from.read_into(&mut events).expect("the memory is ours").min(*left);
        }
    };
    take(&mut left);
    let began = Instant::now();
    left = MESSAGES;
    take(&mut left);
    (MESSAGES as f64 / began.elapsed().as_secs_f64() / 1e6, None)
}

fn round_trips(from: &mut dyn bus::Receive, to: &mut dyn bus::Publish, number: u32) -> (f64, Option<f64>) {
    let mut ping = [Event { kind: KIND, instrument: number, ..Event::default() }];
    let mut events = vec![Event::default(); 256];
    let mut times = Vec::with_capacity(PINGS as usize);
    let end = Instant::now() + PATIENCE;
    for round in 1..=PINGS {
        ping[0].order_id = round;
        let began = Instant::now();
        to.publish_batch(&ping).expect("the reader reads");
        // What was published to find each other has the number 0.
        while from.read_into(&mut events[..1]).expect("the memory is ours") == 0 || events[0].order_id != round {}
        times.push(began.elapsed().as_nanos() as f64);
        if Instant::now() > end {
            break;
        }
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], Some(times[times.len() * 99 / 100]))
}

/// Keeps the thread on one core, where the system can.
fn pin(core: usize) {
    #[cfg(target_os = "linux")]
    // SAFETY: a plain set of bits on the stack, given with its size.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(core, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set);
    }
}
