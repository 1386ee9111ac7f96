//! The table of all indicators, and finding one by name.

use super::indicator::Indicator;
use super::{
    ad, adosc, adx, adxr, aroon, aroonosc, atr, bbands, bop, cci, cdl3whitesoldiers, cdldoji, cdlengulfing, cdlhammer,
    cdlharami, cdlmarubozu, cdlmorningstar, cdlshootingstar, cmf, cmo, correl, cvd, dema, donchian, dx, ema, hma,
    ht_dcperiod, ht_trendline, ichimoku, kama, keltner, linearreg, linearreg_slope, macd, max, mfi, midprice, min,
    minus_di, mom, natr, obv, plus_di, ppo, roc, rsi, sar, session_vwap, sma, stddev, stoch, stochf, stochrsi,
    supertrend, t3, tema, trange, trima, trix, ultosc, vwma, willr, wma, zlema,
};
use crate::model::{Error, Result};

/// Every indicator, by kind: averages and bands, momentum, direction, volatility, volume, statistics, cycle, candles.
pub static TABLE: &[Indicator] = &[
    sma::INDICATOR,
    ema::INDICATOR,
    wma::INDICATOR,
    dema::INDICATOR,
    tema::INDICATOR,
    trima::INDICATOR,
    kama::INDICATOR,
    t3::INDICATOR,
    hma::INDICATOR,
    zlema::INDICATOR,
    vwma::INDICATOR,
    bbands::INDICATOR,
    stddev::INDICATOR,
    sar::INDICATOR,
    midprice::INDICATOR,
    max::INDICATOR,
    min::INDICATOR,
    donchian::INDICATOR,
    keltner::INDICATOR,
    ichimoku::INDICATOR,
    session_vwap::INDICATOR,
    rsi::INDICATOR,
    cmo::INDICATOR,
    macd::INDICATOR,
    ppo::INDICATOR,
    stochf::INDICATOR,
    stoch::INDICATOR,
    stochrsi::INDICATOR,
    willr::INDICATOR,
    roc::INDICATOR,
    mom::INDICATOR,
    trix::INDICATOR,
    bop::INDICATOR,
    cci::INDICATOR,
    mfi::INDICATOR,
    aroon::INDICATOR,
    aroonosc::INDICATOR,
    ultosc::INDICATOR,
    plus_di::INDICATOR,
    minus_di::INDICATOR,
    dx::INDICATOR,
    adx::INDICATOR,
    adxr::INDICATOR,
    trange::INDICATOR,
    atr::INDICATOR,
    natr::INDICATOR,
    supertrend::INDICATOR,
    obv::INDICATOR,
    ad::INDICATOR,
    cvd::INDICATOR,
    adosc::INDICATOR,
    cmf::INDICATOR,
    linearreg::INDICATOR,
    linearreg_slope::INDICATOR,
    correl::INDICATOR,
    ht_dcperiod::INDICATOR,
    ht_trendline::INDICATOR,
    cdldoji::INDICATOR,
    cdlengulfing::INDICATOR,
    cdlhammer::INDICATOR,
    cdlshootingstar::INDICATOR,
    cdlmorningstar::INDICATOR,
    cdlharami::INDICATOR,
    cdl3whitesoldiers::INDICATOR,
    cdlmarubozu::INDICATOR,
];

/// The indicator of this name, whatever its case; the error names the nearest there is.
pub fn find(name: &str) -> Result<&'static Indicator> {
    let lower = name.to_lowercase();
    TABLE.iter().find(|row| row.name == lower).ok_or_else(|| {
        let near = nearest(&lower, TABLE.iter().map(|row| row.name)).unwrap_or_default();
        Error::Config(format!("there is no indicator {name:?}; the nearest is {near:?} (q.ta.catalog() lists all)"))
    })
}

/// The candidate with the fewest letters to change, add, drop or swap; the first of equals.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates.into_iter().min_by_key(|candidate| distance(name.as_bytes(), candidate.as_bytes()))
}

/// Damerau's edit distance of neighbours.
fn distance(from: &[u8], to: &[u8]) -> usize {
    let mut rows = vec![vec![0; to.len() + 1]; from.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=from.len() {
        for j in 1..=to.len() {
            let change = usize::from(from[i - 1] != to[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[from.len()][to.len()]
}
