//! What a Hit event says: which pattern, of which sort, in which direction.

use std::borrow::Cow;

use super::{Event, EventKind};

/// Names of the built-in patterns by number; patterns of the user's own follow.
pub const PATTERNS: [&str; 7] =
    ["breakout", "volume_anomaly", "fair_value_gap", "choch_bos", "order_block", "liquidity_sweep", "imbalance"];

/// What the name of a user's own pattern begins with where nothing but its number is known.
pub const CUSTOM: &str = "custom";

/// A pattern's name: one of [`PATTERNS`], then `custom1`, `custom2` and so on.
pub fn pattern_name(number: u8) -> Cow<'static, str> {
    PATTERNS.get(usize::from(number)).map_or_else(
        || Cow::Owned(format!("{CUSTOM}{}", usize::from(number) + 1 - PATTERNS.len())),
        |name| Cow::Borrowed(*name),
    )
}

impl Event {
    /// A Hit: `order_id` holds the pattern in its low byte and the pattern's kind in the next one, `side` the direction:
    /// 1 up, 2 down, 0 neither.
    ///
    /// ```
    /// use quantum_core::model::{Event, pattern_name};
    ///
    /// let hit = Event::hit(3, 4, -1);
    /// assert_eq!((hit.pattern(), hit.pattern_kind(), hit.direction()), (3, 4, -1));
    /// assert_eq!((&*pattern_name(3), &*pattern_name(7)), ("choch_bos", "custom1"));
    /// ```
    pub fn hit(pattern: u8, kind: u8, direction: i8) -> Self {
        let side = match direction {
            0 => 0,
            up if up > 0 => 1,
            _ => 2,
        };
        Self {
            order_id: u64::from(kind) << 8 | u64::from(pattern),
            kind: EventKind::Hit as u8,
            side,
            ..Self::default()
        }
    }

    /// The number of a Hit's pattern; see [`pattern_name`].
    #[inline]
    pub const fn pattern(&self) -> u8 {
        self.order_id as u8
    }

    /// What sort of its pattern a Hit is.
    #[inline]
    pub const fn pattern_kind(&self) -> u8 {
        (self.order_id >> 8) as u8
    }

    /// The direction of a Hit: 1 up, -1 down, 0 neither.
    #[inline]
    pub const fn direction(&self) -> i8 {
        match self.side {
            1 => 1,
            2 => -1,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hit_gives_back_what_it_was_made_of() {
        for pattern in 0..=u8::MAX {
            for (kind, direction) in [(0, 0), (10, 1), (255, -1)] {
                let hit = Event::hit(pattern, kind, direction);
                assert!(hit.is(EventKind::Hit));
                assert_eq!((hit.pattern(), hit.pattern_kind(), hit.direction()), (pattern, kind, direction));
            }
        }
    }

    #[test]
    fn every_pattern_has_a_name_of_its_own() {
        let names: std::collections::HashSet<_> = (0..=u8::MAX).map(pattern_name).collect();
        assert_eq!(names.len(), 256);
        assert_eq!((&*pattern_name(6), &*pattern_name(7), &*pattern_name(255)), ("imbalance", "custom1", "custom249"));
    }
}
