//! The two recursive averages most indicators are made of.

/// Exponential average, seeded with the mean of its first `period` values; the weight of a new one is 2/(period+1).
#[derive(Clone)]
pub struct Exponential {
    weight: f64,
    period: usize,
    seen: usize,
    value: f64,
}

impl Exponential {
    /// Over `period >= 1` bars.
    pub fn new(period: usize) -> Self {
        Self { weight: 2.0 / (period as f64 + 1.0), period, seen: 0, value: 0.0 }
    }

    /// The average with `value` in it; NaN until seeded.
    #[inline]
    pub fn push(&mut self, value: f64) -> f64 {
        if self.seen >= self.period {
            self.value += (value - self.value) * self.weight;
            return self.value;
        }
        self.seen += 1;
        self.value += value;
        if self.seen < self.period {
            return f64::NAN;
        }
        self.value /= self.period as f64;
        self.value
    }

    /// What a bar leaves of the past.
    pub fn decay(period: usize) -> f64 {
        1.0 - 2.0 / (period as f64 + 1.0)
    }
}

/// Exponential averages in a row, each fed by the one before; the values of the last `N`, NaN until all are seeded.
#[derive(Clone)]
pub struct Chain<const N: usize>([Exponential; N]);

impl<const N: usize> Chain<N> {
    /// All over `period` bars.
    pub fn new(period: usize) -> Self {
        Self(std::array::from_fn(|_| Exponential::new(period)))
    }

    /// Every average's value with `value` in the first.
    #[inline]
    pub fn push(&mut self, value: f64) -> [f64; N] {
        let mut values = [f64::NAN; N];
        let mut input = value;
        for (average, out) in self.0.iter_mut().zip(&mut values) {
            input = average.push(input);
            if input.is_nan() {
                break;
            }
            *out = input;
        }
        values
    }
}

/// Wilder's average: the mean of the first `period` values, then each new one with weight 1/period.
#[derive(Clone)]
pub struct Wilder {
    period: usize,
    weight: f64,
    seen: usize,
    value: f64,
}

impl Wilder {
    /// Over `period >= 1` bars.
    pub fn new(period: usize) -> Self {
        Self { period, weight: 1.0 / period as f64, seen: 0, value: 0.0 }
    }

    /// The average with `value` in it; NaN until seeded.
    #[inline]
    pub fn push(&mut self, value: f64) -> f64 {
        if self.seen >= self.period {
            self.value += (value - self.value) * self.weight;
            return self.value;
        }
        self.seen += 1;
        self.value += value;
        if self.seen < self.period {
            return f64::NAN;
        }
        self.value /= self.period as f64;
        self.value
    }

    /// What a bar leaves of the past.
    pub fn decay(period: usize) -> f64 {
        1.0 - 1.0 / period as f64
    }
}
