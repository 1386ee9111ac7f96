//! Ehlers' homodyne discriminator: the dominant cycle's period from a Hilbert transform of the smoothed price.

/// Coefficients of the seven-tap transform.
const NEAR: f64 = 0.5769;
const FAR: f64 = 0.0962;
const DEGREES: f64 = 180.0 / std::f64::consts::PI;

/// The state of the discriminator.
#[derive(Clone)]
pub struct Cycle {
    // Prices go in from the fourth bar on, and the discriminator starts at bar `start`.
    start: usize,
    seen: usize,
    // Weighted sum 1, 2, 3 (, 4) of the last prices, and their plain sum.
    weighted: f64,
    sum: f64,
    last: [f64; 4],
    detrender: Hilbert,
    quadrature: Hilbert,
    in_phase_ahead: Hilbert,
    quadrature_ahead: Hilbert,
    in_phase: [f64; 3],
    before: [f64; 2],
    products: [f64; 2],
    period: f64,
    smooth: f64,
}

impl Cycle {
    /// Begins at bar `start >= 3`.
    pub fn new(start: usize) -> Self {
        Self {
            start,
            seen: 0,
            weighted: 0.0,
            sum: 0.0,
            last: [0.0; 4],
            detrender: Hilbert::default(),
            quadrature: Hilbert::default(),
            in_phase_ahead: Hilbert::default(),
            quadrature_ahead: Hilbert::default(),
            in_phase: [0.0; 3],
            before: [0.0; 2],
            products: [0.0; 2],
            period: 0.0,
            smooth: 0.0,
        }
    }

    /// The smoothed period with `price` in it; NaN before the start.
    #[inline]
    pub fn push(&mut self, price: f64) -> f64 {
        let [first, second, third, fourth] = self.last;
        self.last = [price, first, second, third];
        self.seen += 1;
        self.sum += price;
        if self.seen <= 3 {
            self.weighted += price * self.seen as f64;
            return f64::NAN;
        }
        self.sum -= fourth;
        self.weighted += price * 4.0;
        let smoothed = self.weighted * 0.1;
        self.weighted -= self.sum;
        if self.seen <= self.start {
            return f64::NAN;
        }
        self.discriminate(smoothed);
        self.smooth
    }

    fn discriminate(&mut self, smoothed: f64) {
        let gain = 0.075 * self.period + 0.54;
        let detrended = self.detrender.push(smoothed, gain);
        let quadrature = self.quadrature.push(detrended, gain);
        let in_phase = self.in_phase[2];
        let in_phase_ahead = self.in_phase_ahead.push(in_phase, gain);
        let quadrature_ahead = self.quadrature_ahead.push(quadrature, gain);
        self.in_phase = [detrended, self.in_phase[0], self.in_phase[1]];
        let [real_before, imaginary_before] = self.before;
        let imaginary = 0.2 * (quadrature + in_phase_ahead) + 0.8 * imaginary_before;
        let real = 0.2 * (in_phase - quadrature_ahead) + 0.8 * real_before;
        self.before = [real, imaginary];
        let [product_real, product_imaginary] = self.products;
        self.products = [
            0.2 * (real * real_before + imaginary * imaginary_before) + 0.8 * product_real,
            0.2 * (real * imaginary_before - imaginary * real_before) + 0.8 * product_imaginary,
        ];
        self.follow();
    }

    /// The angle between two bars gives a period; it may change by half and stays within 6 to 50 bars.
    fn follow(&mut self) {
        let before = self.period;
        let [real, imaginary] = self.products;
        let mut period = before;
        if real != 0.0 && imaginary != 0.0 {
            period = 360.0 / (libm::atan(imaginary / real) * DEGREES);
        }
        period = period.min(1.5 * before).max(0.67 * before).clamp(6.0, 50.0);
        self.period = 0.2 * period + 0.8 * before;
        self.smooth = 0.33 * self.period + 0.67 * self.smooth;
    }
}

/// One Hilbert filter: taps 0, 2, 4 and 6 of what went in.
#[derive(Clone, Default)]
struct Hilbert([f64; 6]);

impl Hilbert {
    #[inline]
    fn push(&mut self, value: f64, gain: f64) -> f64 {
        let [_, two, _, four, _, six] = self.0;
        let past = self.0;
        self.0 = [value, past[0], past[1], past[2], past[3], past[4]];
        // In this order a flat price gives exactly zero.
        (FAR * value - FAR * six - NEAR * four + NEAR * two) * gain
    }
}
