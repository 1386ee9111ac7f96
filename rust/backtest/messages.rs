//! What goes between the strategy and its exchanges in a run: reports, requests, timers, and the agenda that knows of
//! them all.

use super::compute::Begun;
use super::order::{Input, Race, Rank};
use super::replay::{Backtest, Head, ROWS_PER_MESSAGE};
use super::wires::Feed;
use crate::model::Result;

impl Backtest {
    /// A report arrives at the strategy's side.
    pub(super) fn deliver_report(&mut self, index: usize, now_ns: i64) -> Result<()> {
        let came_ns = self.wires[index].next_report_ns();
        let Some(report) = self.wires[index].receive_report() else { return Ok(()) };
        self.note_wires(index);
        self.rows_at_pace += ROWS_PER_MESSAGE;
        let begun = self.begin(now_ns);
        let outcome = self.engine.on_report(&report, now_ns);
        self.finish(begun, came_ns, outcome)
    }

    /// A request arrives at an exchange.
    pub(super) fn deliver_request(&mut self, index: usize, now_ns: i64) -> Result<()> {
        if let Some(request) = self.wires[index].receive_request() {
            self.rows_at_pace += ROWS_PER_MESSAGE;
            self.catch_up(index, now_ns)?;
            self.exchanges[index].on_request(&request, now_ns)?;
            self.note_orders(index);
            self.send_reports(index);
        }
        Ok(())
    }

    /// The earliest timer fires.
    pub(super) fn fire_timer(&mut self, now_ns: i64) -> Result<()> {
        let came_ns = self.engine.next_timer_ns();
        self.rows_at_pace += ROWS_PER_MESSAGE;
        let begun = self.begin(now_ns);
        let outcome = self.engine.on_timer(now_ns);
        self.finish(begun, came_ns, outcome)
    }

    /// The strategy comes to an input; once the data is over its orders are denied.
    pub(super) fn begin(&mut self, now_ns: i64) -> Begun {
        if now_ns > self.last_data_ns {
            self.engine.close();
        }
        self.workload.begin(&mut self.engine, now_ns)
    }

    /// It is done with it: what it asks for leaves.
    pub(super) fn finish(&mut self, begun: Begun, came_ns: i64, outcome: Result<()>) -> Result<()> {
        outcome?;
        self.workload.end(&self.engine, begun, came_ns);
        self.send_requests();
        Ok(())
    }

    /// Puts the strategy's requests on their wires, once it has computed them.
    pub(super) fn send_requests(&mut self) {
        if !self.engine.has_requests() {
            return;
        }
        let leaves_ns = self.engine.now_ns().max(self.workload.free_ns());
        for (number, request) in self.engine.take_requests() {
            let number = number as usize;
            let (sources, local, exchange) = (&self.sources, &self.local, &self.exchange);
            let feed = Feed { sources, local, exchange, of: &self.sources_of[number] };
            self.wires[number].send(request, leaves_ns, &self.exchanges[number], &feed);
            self.agenda.set_request(number, self.wires[number].next_request_ns());
            self.agenda.set_report(number, self.wires[number].next_report_ns());
        }
    }

    /// Puts an exchange's reports on their wire.
    pub(super) fn send_reports(&mut self, number: usize) {
        let (sources, local, exchange) = (&self.sources, &self.local, &self.exchange);
        let feed = Feed { sources, local, exchange, of: &self.sources_of[number] };
        self.wires[number].answer(&mut self.exchanges[number], &feed);
        self.note_wires(number);
    }

    /// What the agenda should say, from everything it is about.
    pub(super) fn look_at_all(&self) -> (Race, Race) {
        let (mut strategy, mut rest) = (Race::default(), Race::default());
        let offer = |race: &mut Race, input: Input| {
            if input.0 != i64::MAX {
                race.offer(input);
            }
        };
        for (index, source) in self.sources.iter().enumerate() {
            offer(&mut strategy, (self.local[index].1, Rank::LocalData, index));
            if source.numbers().iter().any(|&number| self.exchanges[number as usize].has_orders()) {
                offer(&mut rest, (self.exchange[index].1, Rank::ExchangeData, index));
            }
        }
        for (index, wires) in self.wires.iter().enumerate() {
            offer(&mut strategy, (wires.next_report_ns(), Rank::Report, index));
            offer(&mut rest, (wires.next_request_ns(), Rank::Request, index));
        }
        (strategy, rest)
    }

    /// The strategy's view of a source has come so far.
    pub(super) fn set_local(&mut self, index: usize, head: Head) {
        self.local[index] = head;
        self.agenda.set_local(index, head.1);
    }

    /// The exchange's view of a source has come so far; it goes on where we have an order.
    pub(super) fn set_exchange(&mut self, index: usize, head: Head) {
        self.exchange[index] = head;
        self.agenda.set_exchange(index, if self.traded[index] > 0 { head.1 } else { i64::MAX });
    }

    /// Something was put on an instrument's wires, or came off them.
    fn note_wires(&mut self, number: usize) {
        self.agenda.set_report(number, self.wires[number].next_report_ns());
        self.agenda.set_request(number, self.wires[number].next_request_ns());
    }

    /// An exchange did something: where the first order came or the last one went, its sources go on or rest.
    pub(super) fn note_orders(&mut self, number: usize) {
        let has_orders = self.exchanges[number].has_orders();
        if has_orders == self.has_orders[number] {
            return;
        }
        self.has_orders[number] = has_orders;
        for at in 0..self.sources_of[number].len() {
            let index = self.sources_of[number][at];
            self.traded[index] = if has_orders { self.traded[index] + 1 } else { self.traded[index] - 1 };
            self.set_exchange(index, self.exchange[index]);
        }
    }
}
