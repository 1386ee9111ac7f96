//! Where a resting order stands in its level's queue, estimated from level totals and trades.
//!
//! The probability family follows Rigtorp (2013), "Estimating order queue position": when a level shrinks by more
//! than what traded, the decrease is split between the part ahead and the part behind by a probability. Formulas and
//! rounding are those of hftbacktest 2.4, so that results compare one to one.

use crate::stats::ln;

/// Which estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum QueueModel {
    /// Only trades move the order ahead; a shrinking level does so only when it falls below the estimate.
    RiskAverse,
    /// A shrinking level shrank behind the order with the probability of this form, f being a power or the logarithm.
    Probability(Shape, Form),
}

/// The function f of a queue's parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// `x^n`
    Power(f64),
    /// `ln(1 + x)`, x in units of the instrument.
    Log,
}

/// How f of the part ahead and of the part behind make a probability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `f(back) / (f(back) + f(front))`
    Split,
    /// `f(back) / f(back + front)`
    Total,
    /// `1 - f(front / (front + back))`
    Front,
}

impl Shape {
    /// f(x). Small whole exponents are multiplied out: exact in the same way on every CPU, which a math library's `pow`
    /// is not.
    #[inline]
    fn of(self, x: f64) -> f64 {
        match self {
            Self::Power(n) if n.fract() == 0.0 && (1.0..=8.0).contains(&n) => x.powi(n as i32),
            Self::Power(n) => x.powf(n),
            Self::Log => ln(1.0 + x),
        }
    }

    /// The share of a decrease that happened behind; NaN where the formula has no value.
    #[inline]
    fn share_behind(self, form: Form, back: f64, front: f64) -> f64 {
        let share = match form {
            Form::Split => self.of(back) / (self.of(back) + self.of(front)),
            Form::Total => self.of(back) / self.of(back + front),
            Form::Front => 1.0 - self.of(front / (front + back)),
        };
        if share.is_infinite() { 1.0 } else { share }
    }
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

    /// The level went from `before` to `after`; `unit` is the quantity of one increment.
    #[inline]
    pub fn on_level(&mut self, model: QueueModel, before: i64, after: i64, unit: f64) {
        let after = after as f64;
        let QueueModel::Probability(shape, form) = model else {
            self.front = self.front.min(after);
            return;
        };
        let decrease = before as f64 - after - self.traded;
        self.traded = 0.0;
        if decrease >= 0.0 {
            let (front, back) = (self.front, before as f64 - self.front);
            let probability = shape.share_behind(form, back * unit, front * unit);
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

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "values that are exact by construction")]
mod tests {
    use super::*;

    const POWER: QueueModel = QueueModel::Probability(Shape::Power(2.0), Form::Split);

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
        power.on_level(POWER, 100, 80, 0.001);
        averse.on_level(QueueModel::RiskAverse, 100, 80, 1.0);
        assert_eq!(power.front, 60.0 - (1.0 - 1600.0 / 5200.0) * 20.0);
        assert_eq!(averse.front, 60.0);
        averse.on_level(QueueModel::RiskAverse, 80, 50, 1.0);
        assert_eq!(averse.front, 50.0);
    }

    #[test]
    fn a_decrease_that_trades_explain_is_not_counted_twice() {
        let mut place = QueuePosition::behind(60);
        place.on_trade(20);
        place.on_level(POWER, 100, 80, 0.001);
        assert_eq!(place.front, 40.0);
    }

    #[test]
    fn the_forms_are_their_formulas() {
        let (back, front) = (2.0_f64, 3.0_f64);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-15, "{a} {b}");
        let power = Shape::Power(2.5);
        close(power.share_behind(Form::Split, back, front), back.powf(2.5) / (back.powf(2.5) + front.powf(2.5)));
        close(power.share_behind(Form::Total, back, front), back.powf(2.5) / 5.0_f64.powf(2.5));
        close(power.share_behind(Form::Front, back, front), 1.0 - 0.6_f64.powf(2.5));
        close(Shape::Log.share_behind(Form::Split, back, front), 3.0_f64.ln() / (3.0_f64.ln() + 4.0_f64.ln()));
        close(Shape::Log.share_behind(Form::Total, back, front), 3.0_f64.ln() / 6.0_f64.ln());
    }

    #[test]
    fn a_level_without_a_queue_leaves_the_order_behind_what_is_there() {
        let mut place = QueuePosition::behind(0);
        place.on_level(POWER, 0, 7, 1.0);
        assert_eq!(place.front, 0.0);
        let mut place = QueuePosition::behind(0);
        place.on_level(POWER, 0, 0, 1.0);
        assert_eq!(place.front, 0.0);
    }
}
