//! Consumers that come after one another, by name, checked before the first one joins.

use std::collections::HashMap;

use super::consumer::Consumer;
use super::join::Start;
use super::record::Record;
use super::ring::Ring;
use super::wait::Wait;
use crate::model::{Error, Result};

/// A graph of gating consumers by name.
///
/// ```
/// use quantum_core::bus::{Graph, Ring};
/// use quantum_core::model::Event;
///
/// let ring: Ring<Event> = Ring::<Event>::builder(64).build()?;
/// let diamond = Graph::new()
///     .consumer("join", &["left", "right"])
///     .consumer("left", &["source"])
///     .consumer("right", &["source"])
///     .consumer("source", &[]);
/// assert_eq!(diamond.join(&ring)?.len(), 4);
///
/// let cycle = Graph::new().consumer("a", &["b"]).consumer("b", &["a"]);
/// assert!(cycle.join(&ring).is_err());
/// # Ok::<(), quantum_core::model::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<(String, Vec<String>)>,
    start: Start,
    wait: Option<Wait>,
}

impl Graph {
    /// No consumers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a consumer that reads after these.
    #[must_use]
    pub fn consumer(mut self, name: &str, after: &[&str]) -> Self {
        self.nodes.push((name.into(), after.iter().map(|name| (*name).into()).collect()));
        self
    }

    /// Where all of them begin.
    #[must_use]
    pub const fn from(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// How all of them wait.
    #[must_use]
    pub const fn wait(mut self, wait: Wait) -> Self {
        self.wait = Some(wait);
        self
    }

    /// The consumers, in the order they were added. A cycle, an unknown name or a name given twice is an error, and
    /// then nobody has joined.
    pub fn join<T: Record, const PARKS: bool>(&self, ring: &Ring<T, PARKS>) -> Result<Vec<Consumer<T, PARKS>>> {
        let order = self.order()?;
        let mut joined: Vec<Option<Consumer<T, PARKS>>> = self.nodes.iter().map(|_| None).collect();
        let numbers = self.numbers()?;
        for number in order {
            let (name, after) = &self.nodes[number];
            let upstream: Vec<&Consumer<T, PARKS>> =
                after.iter().filter_map(|name| joined[numbers[name.as_str()]].as_ref()).collect();
            let join = ring.join(name).after(&upstream).from(self.start);
            let consumer = self.wait.map_or(join.clone(), |wait| join.wait(wait)).consumer()?;
            joined[number] = Some(consumer);
        }
        Ok(joined.into_iter().flatten().collect())
    }

    fn numbers(&self) -> Result<HashMap<&str, usize>> {
        let numbers: HashMap<&str, usize> = self.nodes.iter().zip(0..).map(|(node, n)| (node.0.as_str(), n)).collect();
        if numbers.len() < self.nodes.len() {
            return Err(Error::Config("consumers of a graph need different names".into()));
        }
        Ok(numbers)
    }

    /// Upstream first (Kahn); what is left over is in a cycle or comes after one.
    fn order(&self) -> Result<Vec<usize>> {
        let numbers = self.numbers()?;
        for (name, after) in &self.nodes {
            if let Some(unknown) = after.iter().find(|upstream| !numbers.contains_key(upstream.as_str())) {
                return Err(Error::Config(format!(
                    "consumer {name:?} comes after {unknown:?}, which is not in the graph"
                )));
            }
        }
        let mut order: Vec<usize> = Vec::new();
        while order.len() < self.nodes.len() {
            let ready = |number: &usize| {
                let done = |upstream: &String| order.contains(&numbers[upstream.as_str()]);
                !order.contains(number) && self.nodes[*number].1.iter().all(done)
            };
            let Some(next) = (0..self.nodes.len()).find(ready) else {
                let stuck = self.nodes.iter().enumerate().filter(|(number, _)| !order.contains(number));
                let names: Vec<&str> = stuck.map(|(_, node)| node.0.as_str()).collect();
                return Err(Error::Config(format!("consumers wait for each other in a cycle: {}", names.join(", "))));
            };
            order.push(next);
        }
        Ok(order)
    }
}
