//! What is printed: a line for each candidate and distance of the cores, and how one stands to another.

use std::collections::BTreeMap;

use crate::ends::Work;
use crate::slices::{median, quantile};

/// What is measured: one side's name for a connection, and what goes through it.
pub type Candidate = (&'static str, Work);

/// Of every slice that counted its round, nanoseconds and tail, by candidate and class of distance.
pub type Figures = BTreeMap<(Candidate, &'static str), Vec<(u64, f64, f64)>>;

const CLASSES: [&str; 4] = ["near", "middle", "far", "any"];

/// What is compared: what it says, ours, the other. A rate by how many times it is the other's, a time as a share of it.
const RATIOS: [(&str, Candidate, Candidate); 7] = [
    ("one at a time: ours, times iceoryx2", ("ours", Work::Stream), ("iceoryx2", Work::Stream)),
    ("by 32: ours, times iceoryx2", ("ours_by_32", Work::Stream), ("iceoryx2_by_32", Work::Stream)),
    ("round trip: ours, of iceoryx2", ("ours", Work::Trips), ("iceoryx2", Work::Trips)),
    ("nobody reads: ours, of iceoryx2", ("ours", Work::Alone), ("iceoryx2", Work::Alone)),
    ("one at a time: processes, times threads", ("ours", Work::Stream), ("threads", Work::Stream)),
    ("by 32: processes, times threads", ("ours_by_32", Work::Stream), ("threads_by_32", Work::Stream)),
    ("round trip: processes, of threads", ("ours", Work::Trips), ("threads", Work::Trips)),
];

/// What a candidate is called.
fn title((who, work): Candidate) -> String {
    let (whom, by) = who.strip_suffix("_by_32").map_or((who, "one at a time"), |whom| (whom, "by 32"));
    let whom = match whom {
        "ours" => "ours, two processes",
        "threads" => "ours, two threads",
        _ => "iceoryx2, two processes",
    };
    match work {
        Work::Stream => format!("{by}: {whom}"),
        Work::Trips => format!("round trip: {whom}"),
        Work::Alone => format!("nobody reads: {}", whom.replace("two processes", "one thread")),
    }
}

/// Median, 10th to 90th percentile, and slices that counted of those tried.
pub fn print(tried: &[(Candidate, u64)], figures: &Figures) {
    for distance in CLASSES.into_iter().filter(|distance| figures.keys().any(|(_, class)| class == distance)) {
        println!("\n{:40}{:>8}            {:>16}  slices", format!("cores {distance}"), "median", "10..90 %");
        for (candidate, tried) in tried {
            let Some(slices) = figures.get(&(*candidate, distance)) else { continue };
            let (count, title) = (slices.len(), title(*candidate));
            let (middle, low, high) = spread(slices.iter().map(|(_, ns, _)| *ns));
            if candidate.1 == Work::Stream {
                let (rate, least, most) = (1e3 / middle, 1e3 / high, 1e3 / low);
                println!("{title:40}{rate:8.1} M/s        {least:7.1}..{most:7.1}  {count} of {tried}");
                continue;
            }
            if candidate.1 == Work::Alone {
                println!("{title:40}{middle:8.1} ns a record {low:7.1}..{high:7.1}  {count} of {tried}");
                continue;
            }
            println!("{title:40}{middle:8.0} ns p50     {low:7.0}..{high:7.0}  {count} of {tried}");
            let (middle, low, high) = spread(slices.iter().map(|(_, _, tail)| *tail));
            println!("{:40}{middle:8.0} ns p99     {low:7.0}..{high:7.0}", "");
        }
    }
}

/// The ratio within a round, of the rounds in which both sides counted at one distance.
pub fn print_ratios(figures: &Figures) {
    println!("\n{:48}{:>6}  {:>16}  rounds", "ratios", "median", "10..90 %");
    for (text, ours, theirs) in RATIOS {
        for distance in CLASSES {
            let (Some(ours), Some(theirs)) = (figures.get(&(ours, distance)), figures.get(&(theirs, distance))) else {
                continue;
            };
            let theirs: BTreeMap<u64, f64> = theirs.iter().map(|(round, ns, _)| (*round, *ns)).collect();
            let pairs = ours.iter().filter_map(|(round, ns, _)| Some((*ns, *theirs.get(round)?)));
            let rate = text.contains("times");
            let ratios: Vec<f64> =
                pairs.map(|(ours, theirs)| if rate { theirs / ours } else { ours / theirs }).collect();
            if !ratios.is_empty() {
                let (count, (middle, low, high)) = (ratios.len(), spread(ratios.into_iter()));
                println!("{text:40}{distance:>8}{middle:6.2}  {low:7.2}..{high:7.2}  {count}");
            }
        }
    }
}

/// Median, 10th and 90th percentile.
fn spread(values: impl Iterator<Item = f64>) -> (f64, f64, f64) {
    let mut values: Vec<f64> = values.collect();
    (median(&mut values), quantile(&mut values, 0.1), quantile(&mut values, 0.9))
}
