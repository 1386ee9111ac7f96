//! The peer in another process: LMAX's disruptor on a JVM, started by `benches/peers/bus/start`, one slice at a time.
//!
//! A line in, `WHAT COUNT`; a line out, `NANOSECONDS PREEMPTED`: per message or trip, and 1 if one of its threads lost
//! its core.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::slices::{Slice, pin};

/// The peer, waiting for work.
pub struct Peer {
    process: Child,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts it; `None`, with its reason printed, if this machine cannot run it.
    pub fn start() -> Option<Self> {
        // Its threads choose their cores themselves.
        pin(&[0, 1]);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/bus/start");
        let process = Command::new("sh").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        pin(&[0]);
        let mut process = process.ok()?;
        let (asked, answers) = (process.stdin.take()?, BufReader::new(process.stdout.take()?));
        let mut peer = Self { process, asked, answers };
        let word = peer.line();
        if word != "ready" {
            println!("LMAX left out: {word}");
            return None;
        }
        Some(peer)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        // A peer that is gone gives an empty line.
        let _ = self.answers.read_line(&mut line);
        line.trim().to_owned()
    }

    /// Runs one slice there.
    pub fn slice(&mut self, what: &str, count: u64) -> Slice {
        writeln!(self.asked, "{what} {count}").expect("the peer lives");
        let line = self.line();
        let (ns, preempted) = line.split_once(' ').unwrap_or_else(|| panic!("the peer said {line:?}"));
        Slice { ns: ns.parse().expect("a number of nanoseconds"), preempted: preempted != "0" }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = writeln!(self.asked, "end");
        let _ = self.process.wait();
    }
}
