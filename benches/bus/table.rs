//! What is printed: the figures of each class, and the goals beside what was reached.

use std::collections::BTreeMap;

use crate::slices::{median, quantile};

/// Nanoseconds of every slice that counted, by candidate and class of distance.
pub type Figures = BTreeMap<(&'static str, &'static str), Vec<f64>>;

/// What a candidate's figure is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Million messages a second, from one core to the other.
    Rate,
    /// Nanoseconds there and back.
    Trip,
    /// Nanoseconds an event, written by one core and read by the other.
    Call,
    /// Nanoseconds a call on one thread.
    Alone,
}

const CLASSES: [&str; 4] = ["near", "middle", "far", "any"];

/// A goal: a figure and what it is held against.
enum Goal {
    /// At least so many times the rate of another.
    Rate(&'static str, f64, &'static str),
    /// At most so many times the nanoseconds of another.
    Time(&'static str, f64, &'static str),
    /// At least so many million messages a second.
    Least(&'static str, f64),
    /// At most so many nanoseconds.
    Most(&'static str, f64),
    /// At most so many nanoseconds more than another.
    More(&'static str, f64, &'static str),
}

const GOALS: [Goal; 13] = [
    Goal::Rate("8 B: ring", 3.5, "8 B: LMAX"),
    Goal::Rate("8 B: ring", 1.1, "8 B: disruptor-rs"),
    Goal::Rate("8 B: ring of 1,024 slots", 0.7, "8 B: ring"),
    Goal::Rate("64 B: ring", 1.9, "64 B: LMAX"),
    Goal::Rate("64 B: ring", 1.0, "64 B: disruptor-rs"),
    Goal::Rate("64 B: ring of 1,024 slots", 0.7, "64 B: ring"),
    Goal::Rate("64 B by 32: ring", 3.0, "64 B by 32: LMAX"),
    Goal::Rate("many producers, one: ring", 5.0, "many producers, one: disruptor-rs"),
    Goal::Time("round trip: ring", 1.1, "round trip: C ring"),
    Goal::Least("bus, 8 subscriptions", 10.0),
    Goal::More("full ring: compiled handler", 2.0, "full ring: bare poll"),
    Goal::Most("same thread: publish and dispatch", 8.0),
    Goal::Time("publish, 1,000 other subscriptions", 1.1, "publish, nobody subscribed"),
];

/// A line per candidate and class: median, 10th to 90th percentile, slices that counted of those tried.
pub fn print(rows: &[(&'static str, Unit, u64)], figures: &mut Figures) {
    for distance in CLASSES {
        if !figures.keys().any(|(_, class)| *class == distance) {
            continue;
        }
        println!("\n{:38}{:>8}          {:>16}  slices", format!("cores {distance}"), "median", "10..90 %");
        for (name, unit, tried) in rows {
            if let Some(ns) = figures.get_mut(&(*name, distance)) {
                let (count, middle, low, high) = (ns.len(), median(ns), quantile(ns, 0.1), quantile(ns, 0.9));
                let line = match unit {
                    Unit::Rate => format!("{:8.1} M/s      {:7.1}..{:7.1}", 1e3 / middle, 1e3 / high, 1e3 / low),
                    Unit::Trip => format!("{middle:8.0} ns p50   {low:7.0}..{high:7.0}"),
                    Unit::Call | Unit::Alone => format!("{middle:8.2} ns       {low:7.2}..{high:7.2}"),
                };
                println!("{name:38}{line}  {count} of {tried}");
            }
        }
    }
}

/// A line per goal and class in which both sides have figures.
pub fn print_goals(figures: &mut Figures) {
    println!("\n{:78}{:>6}  {:>7}", "goals", "goal", "reached");
    for goal in &GOALS {
        for distance in CLASSES {
            if let Some((text, wanted, reached, met)) = goal.judge(distance, figures) {
                let verdict = if met { "" } else { "  missed" };
                println!("{text:70}{distance:>7} {wanted:>6}  {reached:7.2}{verdict}");
            }
        }
    }
}

impl Goal {
    /// What it says, what was wanted, what was reached and whether that is enough.
    fn judge(&self, distance: &'static str, figures: &mut Figures) -> Option<(String, f64, f64, bool)> {
        let mut ns = |name: &'static str| figures.get_mut(&(name, distance)).map(|ns| median(ns));
        Some(match *self {
            Self::Rate(ours, least, theirs) => {
                let ratio = ns(theirs)? / ns(ours)?;
                (format!("{ours}, times {theirs}"), least, ratio, ratio >= least)
            }
            Self::Time(ours, most, theirs) => {
                let ratio = ns(ours)? / ns(theirs)?;
                (format!("{ours}, of {theirs}, at most"), most, ratio, ratio <= most)
            }
            Self::Least(ours, least) => {
                let rate = 1e3 / ns(ours)?;
                (format!("{ours}, M/s"), least, rate, rate >= least)
            }
            Self::Most(ours, most) => {
                let ns = ns(ours)?;
                (format!("{ours}, ns at most"), most, ns, ns <= most)
            }
            Self::More(ours, most, theirs) => {
                let more = ns(ours)? - ns(theirs)?;
                (format!("{ours}, ns more than {theirs}, at most"), most, more, more <= most)
            }
        })
    }
}
