//! `quantum.dtypes.NAMES`: what the numbers in a report mean, from the core's own enums.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::model::{CommandKind, Liquidity, OrderState, OrderType, Reason, ReportKind, Side, TimeInForce};

/// Adds `NAMES`, one `{number: name}` per coded field of a report.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let names = PyDict::new(module.py());
    let put = |field: &str, pairs: &[(u8, String)]| -> PyResult<()> {
        let table = PyDict::new(module.py());
        pairs.iter().try_for_each(|(number, name)| table.set_item(number, name))?;
        names.set_item(field, table)
    };
    put("side", &Side::ALL.map(|side| (side as u8, format!("{side:?}").to_lowercase())))?;
    put("kind", &ReportKind::ALL.map(|kind| (kind as u8, format!("{kind:?}"))))?;
    put("state", &OrderState::ALL.map(|state| (state as u8, state.name().to_owned())))?;
    put("liquidity", &Liquidity::ALL.map(|liquidity| (liquidity as u8, format!("{liquidity:?}").to_lowercase())))?;
    put("reason", &Reason::ALL.map(|reason| (reason as u8, reason.text().to_owned())))?;
    put("order_type", &OrderType::ALL.map(|kind| (kind as u8, format!("{kind:?}"))))?;
    put("time_in_force", &TimeInForce::ALL.map(|time| (time as u8, format!("{time:?}").to_uppercase())))?;
    let requests = [CommandKind::Cancel, CommandKind::Replace];
    put("request", &requests.map(|request| (request as u8, format!("{request:?}").to_lowercase())))?;
    module.add("NAMES", names)
}
