//! Where a resting order stands in its level's queue, estimated from level totals and trades.
//!
//! The probability family follows Rigtorp (2013), "Estimating order queue position": when a level shrinks by more
//! than what traded, the decrease is split between the part ahead and the part behind by a probability. Formulas and
//! rounding are those of hftbacktest 2.4, so that results compare one to one.

/// Which estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum QueueModel {
    /// Only trades move the order ahead; a shrinking level does so only when it falls below the estimate.
    RiskAverse,
    /// `back^n / (back^n + front^n)` of a decrease happened behind the order.
    Power(f64),
}

/// An order's place: quantity ahead, and what traded at its price since the level's last update, in increments.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct QueuePosition {
    front: f64,
    traded: f64,
}

impl QueuePosition {
    /// At the end of a level that shows `level_qty`.
    pub const fn behind(level_qty: i64) -> Self {
        Self { front: level_qty as f64, traded: 0.0 }
    }

    /// A trade of `qty` at the order's price.
    #[inline]
    pub fn on_trade(&mut self, qty: i64) {
        self.front -= qty as f64;
        self.traded += qty as f64;
    }

    /// The level went from `before` to `after`.
    #[inline]
    pub fn on_level(&mut self, model: QueueModel, before: i64, after: i64) {
        let after = after as f64;
        let QueueModel::Power(n) = model else {
            self.front = self.front.min(after);
            return;
        };
        let decrease = before as f64 - after - self.traded;
        self.traded = 0.0;
        if decrease >= 0.0 {
            let (front, back) = (self.front, before as f64 - self.front);
            let probability = power_share(back, front, n);
            self.front = front - (1.0 - probability) * decrease + (back - probability * decrease).min(0.0);
        }
        self.front = self.front.min(after);
    }

    /// Quantity of the last trade that went past the whole queue, at least one lot; taking it puts the order first.
    #[inline]
    pub fn take_overshoot(&mut self, lot: i64) -> i64 {
        let lots = (-self.front / lot as f64).round() as i64;
        if lots > 0 {
            self.front = 0.0;
            lots * lot
        } else {
            0
        }
    }
}

/// Share of a decrease that happened behind: the power family's probability.
///
/// Small whole exponents are multiplied out: exact in the same way on every CPU, which a math library's `pow` is not.
fn power_share(back: f64, front: f64, n: f64) -> f64 {
    let raise = |x: f64| if n.fract() == 0.0 && (1.0..=8.0).contains(&n) { x.powi(n as i32) } else { x.powf(n) };
    let (back, front) = (raise(back), raise(front));
    let share = back / (back + front);
    if share.is_infinite() { 1.0 } else { share }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_must_be_passed_not_just_used_up() {
        let mut place = QueuePosition::behind(10);
        place.on_trade(10);
        assert_eq!(place.take_overshoot(1), 0);
        place.on_trade(3);
        assert_eq!(place.take_overshoot(1), 3);
        assert_eq!(place.take_overshoot(1), 0);
    }

    #[test]
    fn a_shrinking_level_moves_a_power_order_by_its_share_and_a_risk_averse_one_not() {
        let (mut power, mut averse) = (QueuePosition::behind(60), QueuePosition::behind(60));
        // 60 ahead, 40 behind, 20 leave: 1600/(1600+3600) of them from behind.
        power.on_level(QueueModel::Power(2.0), 100, 80);
        averse.on_level(QueueModel::RiskAverse, 100, 80);
        assert_eq!(power.front, 60.0 - (1.0 - 1600.0 / 5200.0) * 20.0);
        assert_eq!(averse.front, 60.0);
        averse.on_level(QueueModel::RiskAverse, 80, 50);
        assert_eq!(averse.front, 50.0);
    }

    #[test]
    fn a_decrease_that_trades_explain_is_not_counted_twice() {
        let mut place = QueuePosition::behind(60);
        place.on_trade(20);
        place.on_level(QueueModel::Power(2.0), 100, 80);
        assert_eq!(place.front, 40.0);
    }
}
