//! The two clocks of a recording: when a message happened at the exchange, and when it was received.

use crate::feed::report::ReadReport;
use crate::model::{Error, Result, flags};

/// How far receive times may step back, as a clock that is being disciplined does; more is a file put together wrongly.
const MAX_RECEIVE_BACKWARDS_NS: i64 = 1_000_000_000;

/// Where and when a message was received, and its time at the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its line.
    pub line: u64,
    /// When it was received; never before its predecessor.
    pub receive_ns: i64,
    /// When it happened at the exchange.
    pub exchange_ns: i64,
    /// `ESTIMATED_TIME` where the message has no exchange time of its own.
    pub flags: u8,
}

/// The latest times seen.
#[derive(Debug)]
pub struct Clocks {
    receive_ns: i64,
    exchange_ns: Option<i64>,
}

impl Clocks {
    /// Nothing seen yet.
    pub const fn new() -> Self {
        Self { receive_ns: i64::MIN, exchange_ns: None }
    }

    /// Checks and counts the times of a message.
    #[inline]
    pub fn read(
        &mut self,
        line: u64,
        receive_ns: i64,
        exchange_ns: Option<i64>,
        report: &mut ReadReport,
    ) -> Result<Receipt> {
        let backwards = self.receive_ns.saturating_sub(receive_ns);
        if backwards > 0 {
            if backwards > MAX_RECEIVE_BACKWARDS_NS {
                return Err(Error::Data(format!(
                    "time runs backwards: line {line} was received at {receive_ns}, a line before it at {} ({:.3} s \
                     later); up to 1 s is put up with",
                    self.receive_ns,
                    backwards as f64 / 1e9
                )));
            }
            report.receive_backwards += 1;
            report.max_receive_backwards_ns = report.max_receive_backwards_ns.max(backwards);
        }
        self.receive_ns = self.receive_ns.max(receive_ns);
        let Some(exchange_ns) = exchange_ns else {
            // The spot market's book ticker has no time: it happened no earlier than what was seen before it.
            let exchange_ns = self.exchange_ns.unwrap_or(self.receive_ns);
            return Ok(Receipt { line, receive_ns: self.receive_ns, exchange_ns, flags: flags::ESTIMATED_TIME });
        };
        report.observe_clocks(exchange_ns, self.receive_ns);
        let latest = self.exchange_ns.unwrap_or(exchange_ns);
        report.max_exchange_backwards_ns = report.max_exchange_backwards_ns.max(latest - exchange_ns);
        self.exchange_ns = Some(latest.max(exchange_ns));
        Ok(Receipt { line, receive_ns: self.receive_ns, exchange_ns, flags: 0 })
    }
}
