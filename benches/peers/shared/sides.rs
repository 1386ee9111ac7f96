//! The processes: one that measures, one that answers, and one that outlives both and tidies up after them.

use std::io::{BufReader, PipeWriter, pipe};
use std::process::{Child, ChildStdin, Command, Stdio, exit};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use quantum_core::bus::{Bus, shared};

use crate::ends::{BATCH, Slice, Work, alone, answer, ask, listen};
use crate::ours::{Between, Within, between, within};
use crate::slices::pin;
use crate::theirs::{Batches, Fallible, Singles, node, tidy};

/// Signals that end a program.
const ENDING: [i32; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// Runs this program again to measure, and tidies up after it, however it ends. Gives its code.
pub fn guard() -> Fallible<i32> {
    tidy()?;
    let signals = mask(libc::SIG_BLOCK, &[&ENDING[..], &[libc::SIGCHLD]].concat());
    let mut measuring = again("measure", &[], Stdio::null())?;
    let code = loop {
        let mut signal = 0;
        // SAFETY: a set that `mask` filled, and a place for the answer.
        unsafe { libc::sigwait(&raw const signals, &raw mut signal) };
        if ENDING.contains(&signal) {
            measuring.kill()?;
            measuring.wait()?;
            break 128 + signal;
        }
        if let Some(status) = measuring.try_wait()? {
            break status.code().unwrap_or(1);
        }
    };
    tidy()?;
    // Gone long since, unless a process ended while they were being opened.
    let run = run(measuring.id());
    unlink(&run)?;
    unlink(&nobody(&run))?;
    Ok(code)
}

/// What a run's buses and services are called.
fn run(process: u32) -> String {
    format!("bench-{process}")
}

/// The same of those that nobody else opens.
fn nobody(run: &str) -> String {
    format!("{run}-alone")
}

fn unlink(run: &str) -> Fallible<()> {
    for batch in [1, BATCH] {
        shared::Bus::unlink(&bus(run, batch))?;
    }
    Ok(())
}

/// A set of signals that this thread, and those it starts, now keep waiting or get again.
fn mask(how: i32, signals: &[i32]) -> libc::sigset_t {
    // SAFETY: the set is made empty by its own function before it is used; the numbers are those of signals.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in signals {
            libc::sigaddset(&raw mut set, *signal);
        }
        libc::pthread_sigmask(how, &raw const set, std::ptr::null_mut());
        set
    }
}

/// Starts this program in another role.
fn again(role: &str, more: &[&str], input: Stdio) -> std::io::Result<Child> {
    let own = std::process::id().to_string();
    Command::new(std::env::current_exe()?).arg(role).arg(own).args(more).stdin(input).spawn()
}

/// What a process in a role does first: it dies when the one that started it does, and as a whole if a thread panics.
pub fn follow(parent: &str) {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |what| {
        report(what);
        exit(1);
    }));
    mask(libc::SIG_SETMASK, &[]);
    // SAFETY: numbers only.
    let now = unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        libc::getppid()
    };
    if now.to_string() != parent {
        exit(1);
    }
}

/// The connections of one side between processes.
struct Connections {
    ours: [Between; 2],
    singles: Singles,
    batches: Batches,
}

impl Connections {
    /// Of the two words the first is what this side sends to.
    fn open(run: &str, [out, back]: [&str; 2]) -> Fallible<Self> {
        let names = |what: &str| [format!("{run}/{what}/{out}"), format!("{run}/{what}/{back}")];
        let node = node()?;
        Ok(Self {
            ours: [between(&bus(run, 1), [out, back], 1)?, between(&bus(run, BATCH), [out, back], BATCH)?],
            singles: Singles::open(&node, &names("singles"))?,
            batches: Batches::open(&node, &names("batches"))?,
        })
    }
}

fn bus(run: &str, batch: u64) -> String {
    format!("{run}-by-{batch}")
}

/// The process on core 1: answers until its input ends.
pub fn other(run: &str) -> Fallible<()> {
    pin(&[1]);
    let Connections { ours: [mut ours, mut ours_by_32], mut singles, mut batches } =
        Connections::open(run, ["back", "there"])?;
    listen(std::io::stdin().lock(), |who, work, count| match who {
        "ours" => answer(&mut ours, work, count),
        "ours_by_32" => answer(&mut ours_by_32, work, count),
        "iceoryx2" => answer(&mut singles, work, count),
        "iceoryx2_by_32" => answer(&mut batches, work, count),
        _ => panic!("asked for {who:?}"),
    });
    Ok(())
}

/// The process on core 0, with whom it talks.
pub struct Asker {
    connections: Connections,
    process: ChildStdin,
    ended: Arc<AtomicBool>,
    watch: JoinHandle<()>,
    threads: [Within; 2],
    _buses: [Bus; 2],
    thread: PipeWriter,
    answering: JoinHandle<()>,
    /// The same connections with nobody at the other end.
    alone: Connections,
}

impl Asker {
    /// Starts the others.
    pub fn new() -> Fallible<Self> {
        let run = run(std::process::id());
        let connections = Connections::open(&run, ["there", "back"])?;
        let alone = Connections::open(&nobody(&run), ["there", "back"])?;
        unlink(&nobody(&run))?;
        let mut child = again("other", &[&run], Stdio::piped())?;
        let process = child.stdin.take().expect("piped");
        let ended = Arc::new(AtomicBool::new(false));
        let expected = Arc::clone(&ended);
        let watch = thread::spawn(move || {
            let status = child.wait();
            if !expected.load(Ordering::Acquire) {
                eprintln!("the second process ended: {status:?}");
                exit(1);
            }
        });
        let (bus_by_1, [ours, mut theirs]) = within(1)?;
        let (bus_by_32, [ours_by_32, mut theirs_by_32]) = within(BATCH)?;
        let (input, thread) = pipe()?;
        let answering = thread::spawn(move || {
            pin(&[1]);
            listen(BufReader::new(input), |who, work, count| match who {
                "threads" => answer(&mut theirs, work, count),
                _ => answer(&mut theirs_by_32, work, count),
            });
        });
        let threads = [ours, ours_by_32];
        let mut asker = Self {
            connections,
            process,
            ended,
            watch,
            threads,
            _buses: [bus_by_1, bus_by_32],
            thread,
            answering,
            alone,
        };
        asker.slice("ours", Work::Trips, 1);
        asker.slice("ours_by_32", Work::Trips, 1);
        // Both sides have them open: nothing is left behind, whoever dies.
        unlink(&run)?;
        Ok(asker)
    }

    /// One slice.
    pub fn slice(&mut self, who: &str, work: Work, count: u64) -> Slice {
        let connections = if work == Work::Alone { &mut self.alone } else { &mut self.connections };
        let Connections { ours: [ours, ours_by_32], singles, batches } = connections;
        let [threads, threads_by_32] = &mut self.threads;
        let what = (work, count);
        match who {
            "ours" if work == Work::Alone => alone(ours, count),
            "iceoryx2" if work == Work::Alone => alone(singles, count),
            "ours" => ask(ours, &mut self.process, who, what),
            "ours_by_32" => ask(ours_by_32, &mut self.process, who, what),
            "iceoryx2" => ask(singles, &mut self.process, who, what),
            "iceoryx2_by_32" => ask(batches, &mut self.process, who, what),
            "threads" => ask(threads, &mut self.thread, who, what),
            "threads_by_32" => ask(threads_by_32, &mut self.thread, who, what),
            _ => panic!("asked for {who:?}"),
        }
    }

    /// Sends the others home.
    pub fn end(self) {
        self.ended.store(true, Ordering::Release);
        drop((self.process, self.thread));
        self.watch.join().expect("it waits, no more");
        self.answering.join().expect("it stops at the end of its input");
    }
}
