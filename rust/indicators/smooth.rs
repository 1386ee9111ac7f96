//! The two recursive averages most indicators are made of.

use super::lanes::{Lanes, Real};

/// Exponential average, seeded with the mean of its first `period` values; the weight of a new one is 2/(period+1).
#[derive(Clone)]
pub struct Exponential<R = f64> {
    weight: f64,
    period: usize,
    seen: usize,
    value: R,
}

impl<R: Real> Exponential<R> {
    /// Over `period >= 1` bars.
    pub fn new(period: usize) -> Self {
        Self { weight: 2.0 / (period as f64 + 1.0), period, seen: 0, value: R::zero() }
    }

    /// The average with `value` in it; NaN until seeded.
    #[inline(always)]
    pub fn push(&mut self, value: R) -> R {
        if self.seen >= self.period {
            self.value = self.value + (value - self.value) * self.weight;
            return self.value;
        }
        self.seen += 1;
        self.value = self.value + value;
        if self.seen < self.period {
            return R::nothing();
        }
        self.value = self.value / self.period as f64;
        self.value
    }

    /// Whether there are values.
    #[inline(always)]
    pub fn is_seeded(&self) -> bool {
        self.seen >= self.period
    }
}

impl Exponential {
    /// What a bar leaves of the past.
    pub fn decay(period: usize) -> f64 {
        1.0 - 2.0 / (period as f64 + 1.0)
    }
}

impl Exponential<Lanes> {
    /// One lane's average.
    pub fn lane(&self, lane: usize) -> Exponential {
        Exponential { weight: self.weight, period: self.period, seen: self.seen, value: self.value.0[lane] }
    }
}

/// Exponential averages in a row, each fed by the one before; the values of the last `N`, NaN until all are seeded.
#[derive(Clone)]
pub struct Chain<const N: usize, R = f64>([Exponential<R>; N]);

impl<const N: usize, R: Real> Chain<N, R> {
    /// All over `period` bars.
    pub fn new(period: usize) -> Self {
        Self(std::array::from_fn(|_| Exponential::new(period)))
    }

    /// Every average's value with `value` in the first.
    #[inline(always)]
    pub fn push(&mut self, value: R) -> [R; N] {
        let mut values = [R::nothing(); N];
        let mut input = value;
        for (average, out) in self.0.iter_mut().zip(&mut values) {
            input = average.push(input);
            if !average.is_seeded() {
                break;
            }
            *out = input;
        }
        values
    }
}

impl<const N: usize> Chain<N, Lanes> {
    /// One lane's averages.
    pub fn lane(&self, lane: usize) -> Chain<N> {
        Chain(self.0.each_ref().map(|average| average.lane(lane)))
    }
}

/// Wilder's average: the mean of the first `period` values, then each new one with weight 1/period.
#[derive(Clone)]
pub struct Wilder<R = f64> {
    period: usize,
    weight: f64,
    seen: usize,
    value: R,
}

impl<R: Real> Wilder<R> {
    /// Over `period >= 1` bars.
    pub fn new(period: usize) -> Self {
        Self { period, weight: 1.0 / period as f64, seen: 0, value: R::zero() }
    }

    /// The average with `value` in it; NaN until seeded.
    #[inline(always)]
    pub fn push(&mut self, value: R) -> R {
        if self.seen >= self.period {
            self.value = self.value + (value - self.value) * self.weight;
            return self.value;
        }
        self.seen += 1;
        self.value = self.value + value;
        if self.seen < self.period {
            return R::nothing();
        }
        self.value = self.value / self.period as f64;
        self.value
    }

    /// Whether there are values.
    #[inline(always)]
    pub fn is_seeded(&self) -> bool {
        self.seen >= self.period
    }
}

impl Wilder {
    /// What a bar leaves of the past.
    pub fn decay(period: usize) -> f64 {
        1.0 - 1.0 / period as f64
    }
}

impl Wilder<Lanes> {
    /// One lane's average.
    pub fn lane(&self, lane: usize) -> Wilder {
        Wilder { weight: self.weight, period: self.period, seen: self.seen, value: self.value.0[lane] }
    }
}
