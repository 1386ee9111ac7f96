//! Technical indicators: exact, causal, incremental.
//!
//! Each file holds one indicator: its row of the [`table`](TABLE) and one state, which takes a bar and gives its values.
//! Run along an array the state is the batch; kept, it is the stream; once per instrument, it is a panel of streams. The
//! three cannot disagree. Definitions follow TA-Lib where it has the indicator, to 1e-9. No operation is contracted or
//! reordered and transcendental functions are our own build's, so results are equal to the bit on every CPU.
//!
//! ```
//! use quantum_core::indicators::{NanPolicy, find};
//! let rsi = find("rsi")?;
//! let arguments = rsi.arguments(&[2.0])?;
//! let mut strength = [0.0; 4];
//! rsi.run(&arguments, &[&[1.0, 2.0, 1.0, 2.0]], &mut [&mut strength], NanPolicy::Skip)?;
//! assert!(strength[1].is_nan() && strength[2] == 50.0 && strength[3] == 75.0);
//! # Ok::<(), quantum_core::model::Error>(())
//! ```

#![allow(
    clippy::inline_always,
    reason = "a step on eight lanes that is called instead of inlined passes its registers through memory: 2 to 3 times slower"
)]

mod ad;
mod adosc;
mod adx;
mod adxr;
mod aroon;
mod aroonosc;
mod atr;
mod bbands;
mod bop;
mod candle;
mod cci;
mod cdl3whitesoldiers;
mod cdldoji;
mod cdlengulfing;
mod cdlhammer;
mod cdlharami;
mod cdlmarubozu;
mod cdlmorningstar;
mod cdlshootingstar;
mod cmf;
mod cmo;
mod correl;
mod cvd;
mod cycle;
mod dema;
mod directional;
mod donchian;
mod dx;
mod ema;
mod hma;
mod ht_dcperiod;
mod ht_trendline;
mod ichimoku;
mod indicator;
mod kama;
mod keltner;
mod lanes;
mod linearreg;
mod linearreg_slope;
mod macd;
mod max;
mod mfi;
mod midprice;
mod min;
mod minus_di;
mod mom;
mod native;
mod natr;
mod obv;
mod panel;
mod plus_di;
mod ppo;
mod regression;
mod roc;
mod rsi;
mod sar;
mod session_vwap;
mod sma;
mod smooth;
mod state;
mod stddev;
mod stoch;
mod stochf;
mod stochrsi;
mod supertrend;
mod t3;
mod table;
mod tema;
mod tile;
mod trange;
mod trima;
mod trix;
mod ultosc;
mod vwma;
mod willr;
mod window;
mod wma;
mod zlema;

pub use indicator::{Arguments, Indicator, Memory, Parameter};
pub use native::{LIVE_ABI, Live, Stream, create};
pub use panel::{Job, compute, on_threads};
pub use state::{Crowd, NanPolicy, Prototype, State};
pub use table::{TABLE, find, nearest};

/// Differences of prices below this part of them are rounding, as they are in TA-Lib.
const ROUNDING: f64 = 1e-14;
/// A mean price below this is no divisor, as it is not in TA-Lib.
const ZERO: f64 = 1e-14;
