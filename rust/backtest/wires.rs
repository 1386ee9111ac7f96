//! The two wires between the strategy's side and one instrument's exchange, one for each way.

use super::source::Source;
use crate::book::View;
use crate::model::{Instrument, Report};
use crate::venue::{Departure, Latency, Link, Request, SimExchange, Travel};

/// What is under way between us and one exchange, and how long it takes.
#[derive(Clone, Debug)]
pub struct Wires {
    latency: Latency,
    requests: Link<Request>,
    reports: Link<Report>,
    sent: u64,
    answered: u64,
}

impl Wires {
    /// Nothing is under way yet.
    pub fn new(latency: &Latency, instrument: &Instrument) -> Self {
        let latency = latency.clone().for_listing(instrument);
        Self { latency, requests: Link::default(), reports: Link::default(), sent: 0, answered: 0 }
    }

    /// When the next request arrives at the exchange; `i64::MAX` when none is under way.
    #[inline]
    pub fn next_request_ns(&self) -> i64 {
        self.requests.next_ns()
    }

    /// When the next report arrives at our side; `i64::MAX` when none is under way.
    #[inline]
    pub fn next_report_ns(&self) -> i64 {
        self.reports.next_ns()
    }

    /// Takes the request that arrives next.
    pub fn receive_request(&mut self) -> Option<Request> {
        self.requests.receive()
    }

    /// Takes the report that arrives next.
    pub fn receive_report(&mut self) -> Option<Report> {
        self.reports.receive()
    }

    /// Sends a request at `now_ns`. One that the venue does not process comes back as its refusal.
    pub fn send(&mut self, request: Request, now_ns: i64, exchange: &SimExchange, feed: &Feed<'_>) {
        let delay = self.latency.entry(&request);
        let feed_ns = if delay.follows_feed() { feed.delay_ns(View::Receive) } else { 0 };
        let travel = delay.of(&Departure { now_ns, number: self.sent, feed_ns });
        self.sent += 1;
        match travel {
            Travel::Arrives(delay_ns) => self.requests.send(now_ns.saturating_add(delay_ns), request),
            Travel::Refused(delay_ns) => {
                let back_ns = now_ns.saturating_add(delay_ns);
                self.reports.send(back_ns, exchange.refusal(&request, back_ns));
            }
        }
    }

    /// Sends what the exchange has to report, each from its time on.
    pub fn answer(&mut self, exchange: &mut SimExchange, feed: &Feed<'_>) {
        for report in exchange.take_reports() {
            let delay = &self.latency.response;
            let feed_ns = if delay.follows_feed() { feed.delay_ns(View::Exchange) } else { 0 };
            let departure = Departure { now_ns: report.exchange_ns, number: self.answered, feed_ns };
            self.answered += 1;
            // A response's delay never refuses: only a request's series does.
            let (Travel::Arrives(delay_ns) | Travel::Refused(delay_ns)) = delay.of(&departure);
            self.reports.send(report.exchange_ns.saturating_add(delay_ns), report);
        }
    }
}

/// One instrument's market data and how far both views have come in it.
#[derive(Clone, Copy, Debug)]
pub struct Feed<'a> {
    /// All sources of the run.
    pub sources: &'a [Source],
    /// The next row of each in the strategy's view, with its time.
    pub local: &'a [(usize, i64)],
    /// The next row of each in the exchange's view, with its time.
    pub exchange: &'a [(usize, i64)],
    /// The sources that the instrument is in.
    pub of: &'a [usize],
}

impl Feed<'_> {
    /// How long the newest message takes that a view has seen of the instrument's sources: from the exchange's time to
    /// the receive time as the run has it. Before the first message, the first one's.
    fn delay_ns(&self, view: View) -> i64 {
        let heads = if view == View::Receive { self.local } else { self.exchange };
        let newest = |&index: &usize| {
            let source = &self.sources[index];
            let (seen, event) = source.newest(view, heads[index].0)?;
            let time_ns = source.time(view, event);
            let delay_ns = source.time(View::Receive, event).saturating_sub(event.exchange_ns);
            Some(((seen, if seen { time_ns } else { time_ns.saturating_neg() }), delay_ns))
        };
        self.of.iter().filter_map(newest).max_by_key(|found| found.0).map_or(0, |found| found.1)
    }
}
