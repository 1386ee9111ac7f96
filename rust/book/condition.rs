//! How far a book can be trusted: its state, what made it stale, and what it has counted.

/// Whether a book can be priced from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum BookState {
    /// Nothing is known yet, or the book was voided and what follows has not arrived.
    #[default]
    Empty,
    /// As the venue has it.
    Synced,
    /// Messages were missed; stale until a snapshot is complete.
    Gap,
}

impl BookState {
    /// The state's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Synced => "Synced",
            Self::Gap => "Gap",
        }
    }
}

/// What a `Gap` event said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingEvents {
    /// How many, 0 unknown.
    pub count: i64,
    /// The first missing sequence or update id, 0 unknown.
    pub first: u64,
}

impl std::fmt::Display for MissingEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.count {
            0 => f.write_str("an unknown number of updates missing")?,
            1 => f.write_str("1 update missing")?,
            count => write!(f, "{count} updates missing")?,
        }
        if self.first != 0 {
            write!(f, " from {}", self.first)?;
        }
        f.write_str(", no complete snapshot since")
    }
}

/// What a book has seen since it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counters {
    /// Level updates applied.
    pub updates: u64,
    /// Deletes of levels that were not there: normal on Binance.
    pub unknown_deletes: u64,
    /// Gaps.
    pub gaps: u64,
    /// Messages (events flagged LAST) that left the best bid at or above the best ask.
    pub crossed: u64,
    /// Book events that made no sense and changed nothing: no side, a price that is not positive, a negative quantity.
    pub refused: u64,
}
