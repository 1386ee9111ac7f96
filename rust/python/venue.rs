//! What a venue models, from `quantum.SimVenue`.

use pyo3::prelude::*;

use super::duration::duration_ns;
use super::instrument::decimal;
use super::latency::PyDelay;
use crate::venue::{Delay, Fees, FillRule, Form, Latency, QueueModel, Shape, VenueModel};

/// The model of a `quantum.SimVenue`.
pub fn venue_model(venue: &Bound<'_, PyAny>) -> PyResult<VenueModel> {
    let get = |name: &str| venue.getattr(name);
    let (shape, exponent, form): (String, f64, String) = get("queue_model")?.extract()?;
    let form = match form.as_str() {
        "total" => Form::Total,
        "front" => Form::Front,
        _ => Form::Split,
    };
    let queue = match shape.as_str() {
        "power" => QueueModel::Probability(Shape::Power(exponent), form),
        "log" => QueueModel::Probability(Shape::Log, form),
        _ => QueueModel::RiskAverse,
    };
    let fees = get("fees")?;
    let fills = if get("fills")?.extract::<String>()? == "whole" { FillRule::Whole } else { FillRule::Partial };
    Ok(VenueModel {
        queue,
        latency: latency(venue)?,
        fees: Fees {
            maker_bps: decimal(&fees.getattr("maker_bps")?, "maker_bps")?,
            taker_bps: decimal(&fees.getattr("taker_bps")?, "taker_bps")?,
        },
        fills,
        at_close: get("fill")?.extract::<String>()? == "close",
        touch: get("touch")?.extract()?,
    })
}

/// Its latencies.
fn latency(venue: &Bound<'_, PyAny>) -> PyResult<Latency> {
    let delays: Vec<PyRef<'_, PyDelay>> = venue.getattr("latencies")?.call_method0("delays")?.extract()?;
    let [new, cancel, replace, response] = [0, 1, 2, 3].map(|kind| -> Delay { delays[kind].inner.clone() });
    let feed_ns = duration_ns(&venue.getattr("feed_latency")?, "feed_latency", 0)?;
    Ok(Latency { new, cancel, replace, response, feed_ns })
}
