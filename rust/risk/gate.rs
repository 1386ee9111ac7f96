//! The gate's checks, cheapest first; state changes only after the last.

use super::limits::InstrumentLimits;
use crate::model::{Command, Instrument, OrderType, Reason, Side, TimeInForce};

/// Why an order was refused: the check, the number and the limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Denied {
    /// Which check.
    pub reason: Reason,
    /// The number that was wrong, in units.
    pub value: f64,
    /// The limit it broke, in units; NaN where there is none to name.
    pub limit: f64,
}

impl Denied {
    const fn new(reason: Reason, value: f64, limit: f64) -> Self {
        Self { reason, value, limit }
    }
}

/// The market an order is judged against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// Best bid, price increments; 0 none.
    pub bid: i64,
    /// Best ask, price increments; 0 none.
    pub ask: i64,
    /// The book misses messages.
    pub stale: bool,
}

impl Reference {
    /// The price a taker on this side meets first; 0 none.
    const fn far_touch(&self, side: Side) -> i64 {
        match side {
            Side::Buy => self.ask,
            Side::Sell => self.bid,
        }
    }
}

/// What is already at risk in the instrument, quantity increments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// Position, negative short.
    pub position: i64,
    /// Unexecuted quantity of open buys.
    pub open_buys: i64,
    /// Unexecuted quantity of open sells.
    pub open_sells: i64,
    /// Number of open orders.
    pub open_orders: u32,
}

impl Exposure {
    /// The same without one of the orders, of which this quantity is open.
    #[must_use]
    const fn without(self, side: Side, open_qty: i64) -> Self {
        let open_orders = self.open_orders.saturating_sub(1);
        match side {
            Side::Buy => Self { open_buys: self.open_buys.saturating_sub(open_qty), open_orders, ..self },
            Side::Sell => Self { open_sells: self.open_sells.saturating_sub(open_qty), open_orders, ..self },
        }
    }

    /// How much an order on this side may be to only reduce the position, open orders on that side included.
    pub fn reducible(&self, side: Side) -> i64 {
        let held = match side {
            Side::Buy => self.position.saturating_neg().saturating_sub(self.open_buys),
            Side::Sell => self.position.saturating_sub(self.open_sells),
        };
        held.max(0)
    }
}

/// An order that passed the gate. Only [`RiskGate::admit`] makes one, and a venue accepts nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdmittedOrder {
    order_id: u64,
    instrument: u32,
    side: Side,
    order_type: OrderType,
    time_in_force: TimeInForce,
    price: i64,
    qty: i64,
    flags: u8,
}

impl AdmittedOrder {
    /// Our order id.
    pub const fn order_id(&self) -> u64 {
        self.order_id
    }
    /// Dense instrument number.
    pub const fn instrument(&self) -> u32 {
        self.instrument
    }
    /// Buy or sell.
    pub const fn side(&self) -> Side {
        self.side
    }
    /// Market or limit.
    pub const fn order_type(&self) -> OrderType {
        self.order_type
    }
    /// Time in force.
    pub const fn time_in_force(&self) -> TimeInForce {
        self.time_in_force
    }
    /// Limit price, increments; 0 for a market order.
    pub const fn price(&self) -> i64 {
        self.price
    }
    /// Quantity, increments.
    pub const fn qty(&self) -> i64 {
        self.qty
    }
    /// Whether it must not take.
    pub const fn post_only(&self) -> bool {
        self.flags & Command::POST_ONLY != 0
    }
    /// Command flags.
    pub const fn flags(&self) -> u8 {
        self.flags
    }
}

/// An open order as the gate must know it to judge its replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    /// Dense instrument number.
    pub instrument: u32,
    /// Buy or sell.
    pub side: Side,
    /// Market or limit.
    pub order_type: OrderType,
    /// Command flags of the order.
    pub flags: u8,
    /// Limit price now, increments.
    pub price: i64,
    /// Total quantity now, increments.
    pub qty: i64,
    /// Executed so far, increments.
    pub cum_qty: i64,
    /// What the exposure counts for it, increments.
    pub open_qty: i64,
}

/// A replace that passed the gate. Only [`RiskGate::admit_replace`] makes one, and a venue accepts nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdmittedReplace {
    order_id: u64,
    price: i64,
    qty: i64,
}

impl AdmittedReplace {
    /// Our order id.
    pub const fn order_id(&self) -> u64 {
        self.order_id
    }
    /// New limit price, increments; the old one where it stays.
    pub const fn price(&self) -> i64 {
        self.price
    }
    /// New total quantity, executed part included, increments; the old one where it stays.
    pub const fn qty(&self) -> i64 {
        self.qty
    }
    /// The order with what this changes; `qty` is the total the venue grants.
    #[must_use]
    pub const fn applied(&self, order: &AdmittedOrder, qty: i64) -> AdmittedOrder {
        AdmittedOrder { price: self.price, qty, ..*order }
    }
}

/// Holds the limits of every instrument and the kill switch.
#[derive(Clone, Debug)]
pub struct RiskGate {
    killed: bool,
    limits: Vec<InstrumentLimits>,
}

impl RiskGate {
    /// A gate with these limits by dense instrument number.
    pub const fn new(limits: Vec<InstrumentLimits>) -> Self {
        Self { killed: false, limits }
    }

    /// Sets the kill switch: from now on every order is denied.
    pub const fn kill(&mut self) {
        self.killed = true;
    }

    /// Admits the order or says which check refused it.
    pub fn admit(
        &self,
        command: &Command,
        instrument: &Instrument,
        reference: Reference,
        exposure: Exposure,
    ) -> Result<AdmittedOrder, Denied> {
        if self.killed {
            return Err(Denied::new(Reason::Killed, f64::NAN, f64::NAN));
        }
        let order = check_form(command, instrument)?;
        let touch = reference.far_touch(order.side);
        if order.order_type == OrderType::Market && touch == 0 {
            return Err(Denied::new(Reason::NoBook, f64::NAN, f64::NAN));
        }
        if order.flags & Command::REDUCE_ONLY != 0 && order.qty > exposure.reducible(order.side) {
            let units = |count| instrument.qty().to_f64(count);
            return Err(Denied::new(Reason::ReduceOnly, units(order.qty), units(exposure.reducible(order.side))));
        }
        let limits = &self.limits[command.instrument as usize];
        if order.qty > exposure.reducible(order.side) {
            if reference.stale {
                return Err(Denied::new(Reason::StaleReference, instrument.price().to_f64(order.price), f64::NAN));
            }
            check_size(&order, instrument, touch, limits)?;
            check_collar(&order, instrument, reference, limits)?;
            check_position(&order, instrument, exposure, limits)?;
            check_open_orders(exposure, limits)?;
        }
        Ok(order)
    }

    /// Admits a replace or says which check refused it. One that neither grows the order nor brings its price nearer to
    /// the market always passes, as does one after which the order can only reduce the position; any other is judged as
    /// a new order of that price and total quantity, its own open quantity not counted twice.
    pub fn admit_replace(
        &self,
        command: &Command,
        open: &OpenOrder,
        instrument: &Instrument,
        reference: Reference,
        exposure: Exposure,
    ) -> Result<AdmittedReplace, Denied> {
        if self.killed {
            return Err(Denied::new(Reason::Killed, f64::NAN, f64::NAN));
        }
        if open.order_type != OrderType::Limit {
            return Err(Denied::new(Reason::Unsupported, f64::from(open.order_type as u8), f64::NAN));
        }
        let order = check_form(&replaced(command, open), instrument)?;
        let nearer = (order.price - open.price) * order.side.sign() > 0;
        if nearer || order.qty > open.qty {
            let rest = AdmittedOrder { qty: (order.qty - open.cum_qty).max(0), ..order };
            let others = exposure.without(open.side, open.open_qty);
            self.check_replaced((&order, &rest), instrument, reference, others)?;
        }
        Ok(AdmittedReplace { order_id: command.order_id, price: order.price, qty: order.qty })
    }

    /// The checks of a replace that asks for more: the whole order against the limits of one order, what would be left
    /// of it, beside `others`, against the position's.
    fn check_replaced(
        &self,
        (whole, rest): (&AdmittedOrder, &AdmittedOrder),
        instrument: &Instrument,
        reference: Reference,
        others: Exposure,
    ) -> Result<(), Denied> {
        let limits = &self.limits[whole.instrument as usize];
        let reducible = others.reducible(whole.side);
        if rest.qty <= reducible {
            return Ok(());
        }
        if whole.flags & Command::REDUCE_ONLY != 0 {
            let units = |count| instrument.qty().to_f64(count);
            return Err(Denied::new(Reason::ReduceOnly, units(rest.qty), units(reducible)));
        }
        if reference.stale {
            return Err(Denied::new(Reason::StaleReference, instrument.price().to_f64(whole.price), f64::NAN));
        }
        check_size(whole, instrument, reference.far_touch(whole.side), limits)?;
        check_collar(whole, instrument, reference, limits)?;
        check_position(rest, instrument, others, limits)
    }
}

/// The order that a replace asks for, as if it were a new one: what the command leaves out stays.
fn replaced(command: &Command, open: &OpenOrder) -> Command {
    let sets = |flag| command.flags & flag != 0;
    Command {
        instrument: open.instrument,
        side: open.side as u8,
        order_type: open.order_type as u8,
        time_in_force: TimeInForce::Gtc as u8,
        flags: open.flags,
        price: if sets(Command::NEW_PRICE) { command.price } else { open.price },
        qty: if sets(Command::NEW_QTY) { command.qty } else { open.qty },
        ..*command
    }
}

/// Side, type, grid and sign: what makes the command an order at all.
fn check_form(command: &Command, instrument: &Instrument) -> Result<AdmittedOrder, Denied> {
    if command.refusal != 0 {
        return Err(refused_conversion(command, instrument));
    }
    let unsupported = |number: u8| Denied::new(Reason::Unsupported, f64::from(number), f64::NAN);
    let side = Side::from_u8(command.side).ok_or_else(|| unsupported(command.side))?;
    let order_type = match command.order_type {
        1 => OrderType::Market,
        2 => OrderType::Limit,
        other => return Err(unsupported(other)),
    };
    let time_in_force = match command.time_in_force {
        1 => TimeInForce::Gtc,
        3 => TimeInForce::Ioc,
        4 => TimeInForce::Fok,
        other => return Err(unsupported(other)),
    };
    let (tick, lot) = (instrument.tick(), instrument.lot());
    if command.qty <= 0 {
        return Err(Denied::new(Reason::QtyNotPositive, instrument.qty().to_f64(command.qty), 0.0));
    }
    if command.qty % lot != 0 {
        return Err(Denied::new(Reason::QtyOffLot, command.given_qty, instrument.qty().to_f64(lot)));
    }
    if order_type == OrderType::Limit {
        if command.price <= 0 {
            return Err(Denied::new(Reason::PriceNotPositive, instrument.price().to_f64(command.price), 0.0));
        }
        if command.price % tick != 0 {
            return Err(Denied::new(Reason::PriceOffTick, command.given_price, instrument.price().to_f64(tick)));
        }
    }
    let price = if order_type == OrderType::Market { 0 } else { command.price };
    Ok(AdmittedOrder {
        order_id: command.order_id,
        instrument: command.instrument,
        side,
        order_type,
        time_in_force,
        price,
        qty: command.qty,
        flags: command.flags,
    })
}

/// The refusal found while the user's floats became counts, with both numbers.
fn refused_conversion(command: &Command, instrument: &Instrument) -> Denied {
    let lot = instrument.qty().to_f64(instrument.lot());
    let tick = instrument.price().to_f64(instrument.tick());
    match command.refusal {
        r if r == Reason::NoBook as u8 => Denied::new(Reason::NoBook, command.given_price, f64::NAN),
        r if r == Reason::QtyOffLot as u8 => Denied::new(Reason::QtyOffLot, command.given_qty, lot),
        r if r == Reason::QtyNotPositive as u8 => Denied::new(Reason::QtyNotPositive, command.given_qty, 0.0),
        r if r == Reason::PriceOffTick as u8 => Denied::new(Reason::PriceOffTick, command.given_price, tick),
        r if r == Reason::NotFinite as u8 => {
            let wrong = if command.given_qty.is_finite() { command.given_price } else { command.given_qty };
            Denied::new(Reason::NotFinite, wrong, f64::NAN)
        }
        _ if instrument.qty().exact(command.given_qty).is_err() => {
            Denied::new(Reason::OutOfRange, command.given_qty, 9.0e18 * instrument.qty().to_f64(1))
        }
        _ => Denied::new(Reason::OutOfRange, command.given_price, 9.0e18 * instrument.price().to_f64(1)),
    }
}

/// Quantity and money value of the one order.
fn check_size(
    order: &AdmittedOrder,
    instrument: &Instrument,
    touch: i64,
    limits: &InstrumentLimits,
) -> Result<(), Denied> {
    if order.qty > limits.max_qty {
        let units = |count| instrument.qty().to_f64(count);
        return Err(Denied::new(Reason::MaxQty, units(order.qty), units(limits.max_qty)));
    }
    let price = if order.price == 0 { touch } else { order.price };
    match instrument.notional(price, order.qty) {
        Some(notional) if notional <= limits.max_notional => Ok(()),
        Some(notional) => Err(Denied::new(Reason::MaxNotional, notional.to_f64(), limits.max_notional.to_f64())),
        None => Err(Denied::new(Reason::OutOfRange, instrument.qty().to_f64(order.qty), f64::NAN)),
    }
}

/// A limit order may not reach further through the far touch than the collar, and needs a fresh one to be judged.
fn check_collar(
    order: &AdmittedOrder,
    instrument: &Instrument,
    reference: Reference,
    limits: &InstrumentLimits,
) -> Result<(), Denied> {
    if limits.collar_bps.is_infinite() || order.order_type == OrderType::Market {
        return Ok(());
    }
    let touch = reference.far_touch(order.side);
    if touch == 0 {
        return Err(Denied::new(Reason::StaleReference, instrument.price().to_f64(order.price), f64::NAN));
    }
    let through = (order.price - touch) * order.side.sign();
    let reach_bps = through as f64 / touch as f64 * 1e4;
    if reach_bps > limits.collar_bps {
        return Err(Denied::new(Reason::Collar, reach_bps, limits.collar_bps));
    }
    Ok(())
}

/// Worst case: everything open on the order's side executes, and this order too.
fn check_position(
    order: &AdmittedOrder,
    instrument: &Instrument,
    exposure: Exposure,
    limits: &InstrumentLimits,
) -> Result<(), Denied> {
    let worst = match order.side {
        Side::Buy => exposure.position.saturating_add(exposure.open_buys).saturating_add(order.qty),
        Side::Sell => exposure.position.saturating_neg().saturating_add(exposure.open_sells).saturating_add(order.qty),
    };
    if worst > limits.max_position {
        let units = |count| instrument.qty().to_f64(count);
        return Err(Denied::new(Reason::MaxPosition, units(worst), units(limits.max_position)));
    }
    Ok(())
}

/// One more open order.
fn check_open_orders(exposure: Exposure, limits: &InstrumentLimits) -> Result<(), Denied> {
    if exposure.open_orders >= limits.max_open_orders {
        let (have, most) = (f64::from(exposure.open_orders) + 1.0, f64::from(limits.max_open_orders));
        return Err(Denied::new(Reason::MaxOpenOrders, have, most));
    }
    Ok(())
}
