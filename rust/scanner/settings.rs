//! The numbers patterns are made of, each with its range.

use crate::indicators::nearest;
use crate::model::{Error, Result};

/// Settings of all patterns.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanSettings {
    /// Bars of Wilder's average range, the unit of distances.
    pub range_bars: usize,
    /// Bars of channels, of mean volume and of money flow.
    pub window_bars: usize,
    /// Deviations a volume anomaly needs.
    pub volume_z: f64,
    /// Times the mean volume an anomaly needs.
    pub volume_ratio: f64,
    /// Average ranges a fair value gap needs.
    pub fair_value_gap_ranges: f64,
    /// Bars on each side of a pivot.
    pub pivot_bars: usize,
    /// Unconsumed pivots kept for sweeps, on each side.
    pub pivots_kept: usize,
    /// Share of the volume that makes money flow one-sided.
    pub flow_frac: f64,
    /// Average ranges a gap between bars or bodies needs.
    pub gap_ranges: f64,
    /// Smallest deviation of the logarithm of volume.
    pub volume_deviation_min: f64,
}

impl Default for ScanSettings {
    fn default() -> Self {
        let mut settings = Self {
            range_bars: 0,
            window_bars: 0,
            volume_z: 0.0,
            volume_ratio: 0.0,
            fair_value_gap_ranges: 0.0,
            pivot_bars: 0,
            pivots_kept: 0,
            flow_frac: 0.0,
            gap_ranges: 0.0,
            volume_deviation_min: 0.0,
        };
        for setting in SETTINGS {
            (setting.put)(&mut settings, setting.default);
        }
        settings
    }
}

/// One setting: its name, the pattern it belongs to, its default and its range.
pub struct Setting {
    /// As in `volume_z`.
    pub name: &'static str,
    /// The pattern it is of, or "all".
    pub pattern: &'static str,
    /// Its value when not given.
    pub default: f64,
    /// Smallest value.
    pub minimum: f64,
    /// Largest value.
    pub maximum: f64,
    /// Whether it counts bars or pivots.
    pub whole: bool,
    put: fn(&mut ScanSettings, f64),
}

macro_rules! setting {
    ($name:ident, $pattern:literal, $default:literal, $minimum:literal..=$maximum:literal, whole) => {
        Setting {
            name: stringify!($name),
            pattern: $pattern,
            default: $default,
            minimum: $minimum,
            maximum: $maximum,
            whole: true,
            put: |settings, value| settings.$name = value as usize,
        }
    };
    ($name:ident, $pattern:literal, $default:literal, $minimum:literal..=$maximum:literal) => {
        Setting {
            name: stringify!($name),
            pattern: $pattern,
            default: $default,
            minimum: $minimum,
            maximum: $maximum,
            whole: false,
            put: |settings, value| settings.$name = value,
        }
    };
}

/// Every setting.
pub static SETTINGS: &[Setting] = &[
    setting!(range_bars, "all", 14.0, 1.0..=1000.0, whole),
    setting!(window_bars, "all", 20.0, 2.0..=1000.0, whole),
    setting!(volume_z, "volume_anomaly", 3.0, 0.0..=100.0),
    setting!(volume_ratio, "volume_anomaly", 2.0, 0.0..=1e6),
    setting!(volume_deviation_min, "volume_anomaly", 0.1, 1e-9..=100.0),
    setting!(fair_value_gap_ranges, "fair_value_gap", 0.25, 0.0..=100.0),
    setting!(pivot_bars, "choch_bos", 5.0, 1.0..=500.0, whole),
    setting!(pivots_kept, "liquidity_sweep", 8.0, 1.0..=16.0, whole),
    setting!(flow_frac, "imbalance", 0.25, 0.0..=1.0),
    setting!(gap_ranges, "imbalance", 0.25, 0.0..=100.0),
];

impl ScanSettings {
    /// Puts `value` for `name`, or says what is wrong with it.
    pub fn set(&mut self, name: &str, value: f64) -> Result<()> {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
            let near = nearest(name, SETTINGS.iter().map(|setting| setting.name)).unwrap_or_default();
            return Err(Error::Config(format!("there is no scanner setting {name:?}; the nearest is {near:?}")));
        };
        let whole = !setting.whole || value.fract() == 0.0;
        if !(whole && value >= setting.minimum && value <= setting.maximum) {
            let kind = if setting.whole { "a whole number" } else { "a number" };
            return Err(Error::Config(format!(
                "{name} is {value}; it must be {kind} from {} to {}",
                setting.minimum, setting.maximum
            )));
        }
        (setting.put)(self, value);
        Ok(())
    }

    /// Bars a live instrument must keep at hand.
    pub fn bars_kept(&self) -> usize {
        (self.window_bars + 1).max(2 * self.pivot_bars + 1).max(3)
    }
}
