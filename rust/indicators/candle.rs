//! Candle shapes: what counts as long, short or near is measured against the bars before.

use super::state::State;

/// One bar's shape.
#[derive(Clone, Copy, Default)]
pub struct Candle {
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
}

impl Candle {
    /// Height of the body.
    #[inline]
    pub fn body(&self) -> f64 {
        (self.close - self.open).abs()
    }

    /// High to low.
    #[inline]
    pub fn range(&self) -> f64 {
        self.high - self.low
    }

    /// Upper end of the body.
    #[inline]
    pub fn top(&self) -> f64 {
        self.open.max(self.close)
    }

    /// Lower end of the body.
    #[inline]
    pub fn bottom(&self) -> f64 {
        self.open.min(self.close)
    }

    /// Length of the wick above the body.
    #[inline]
    pub fn upper_shadow(&self) -> f64 {
        self.high - self.top()
    }

    /// Length of the wick below the body.
    #[inline]
    pub fn lower_shadow(&self) -> f64 {
        self.bottom() - self.low
    }

    /// 1 if the close is not below the open, else -1.
    #[inline]
    pub fn color(&self) -> f64 {
        if self.close >= self.open { 1.0 } else { -1.0 }
    }
}

/// What is measured, over how many bars before the one judged, and times what.
#[derive(Clone, Copy)]
pub struct Measure {
    size: fn(&Candle) -> f64,
    bars: usize,
    factor: f64,
}

/// A body is long above the mean body of ten bars.
pub const BODY_LONG: Measure = Measure { size: Candle::body, bars: 10, factor: 1.0 };
/// A body is short below the mean body of ten bars.
pub const BODY_SHORT: Measure = Measure { size: Candle::body, bars: 10, factor: 1.0 };
/// A body is a doji's up to a tenth of the mean range of ten bars.
pub const BODY_DOJI: Measure = Measure { size: Candle::range, bars: 10, factor: 0.1 };
/// A shadow is very short below a tenth of the mean range of ten bars.
pub const SHADOW_VERY_SHORT: Measure = Measure { size: Candle::range, bars: 10, factor: 0.1 };
/// Two prices are near within a fifth of the mean range of five bars.
pub const NEAR: Measure = Measure { size: Candle::range, bars: 5, factor: 0.2 };
/// Two prices are far beyond three fifths of the mean range of five bars.
pub const FAR: Measure = Measure { size: Candle::range, bars: 5, factor: 0.6 };

/// Bars a shape may look back at: three candles and ten bars before the first.
const KEPT: usize = 16;

/// The last candles; `ago(0)` is the newest.
#[derive(Clone)]
pub struct Candles {
    kept: [Candle; KEPT],
    seen: usize,
}

impl Candles {
    /// The candle `ago` bars before the newest.
    #[inline]
    pub fn ago(&self, ago: usize) -> &Candle {
        &self.kept[(self.seen + KEPT - 1 - ago) % KEPT]
    }

    #[inline]
    fn push(&mut self, candle: Candle) {
        self.kept[self.seen % KEPT] = candle;
        self.seen += 1;
    }
}

/// A mean of a measure before the candle `ago` bars back, kept as a running total: the total changes by new minus old in
/// one addition, so that ties fall as they do in the library whose definitions these are.
#[derive(Clone)]
pub struct Mean {
    measure: Measure,
    ago: usize,
    total: f64,
}

impl Mean {
    /// Of `measure` before the candle `ago` bars back.
    pub fn new(measure: Measure, ago: usize) -> Self {
        Self { measure, ago, total: 0.0 }
    }

    /// Times the measure's factor.
    #[inline]
    pub fn value(&self) -> f64 {
        self.measure.factor * (self.total / self.measure.bars as f64)
    }

    /// Moves the window up to the candle before the one judged; until bar `lookback` it only fills.
    #[inline]
    fn slide(&mut self, candles: &Candles, lookback: usize) {
        let Measure { size, bars, .. } = self.measure;
        let now = candles.seen - 1;
        if now > lookback {
            self.total += size(candles.ago(self.ago + 1)) - size(candles.ago(self.ago + 1 + bars));
        } else if now + bars > lookback {
            self.total += size(candles.ago(self.ago + 1));
        }
    }
}

/// A shape: its measures and its verdict.
pub trait Shape: Clone + Send + Sync + 'static {
    /// Bars before the first that is judged.
    const LOOKBACK: usize;
    /// Every mean it compares with.
    fn means(&mut self) -> &mut [Mean];
    /// 0, or up to 100 for a bullish, down to -100 for a bearish shape that ends at the newest candle.
    fn judge(&self, candles: &Candles) -> f64;
}

/// A shape followed along a series; 0 for the bars before the first that is judged.
#[derive(Clone)]
pub struct Watch<S> {
    shape: S,
    candles: Candles,
}

impl<S> Watch<S> {
    /// Before the first bar.
    pub fn new(shape: S) -> Self {
        Self { shape, candles: Candles { kept: [Candle::default(); KEPT], seen: 0 } }
    }
}

impl<S: Shape> State<4, 1> for Watch<S> {
    #[inline]
    fn step(&mut self, [open, high, low, close]: [f64; 4]) -> [f64; 1] {
        self.candles.push(Candle { open, high, low, close });
        for mean in self.shape.means() {
            mean.slide(&self.candles, S::LOOKBACK);
        }
        if self.candles.seen <= S::LOOKBACK {
            return [0.0];
        }
        [self.shape.judge(&self.candles)]
    }
}
