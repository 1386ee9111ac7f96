//! One recursion for one instrument or for eight at once: a state written over [`Real`] runs on `f64` and on [`Lanes`].
//!
//! Each lane goes through the very operations of the scalar, in its order, so the results are equal to the bit; how many
//! lanes an instruction takes is the compiler's business and shows in the time alone. What all lanes share (how many
//! bars were seen, where a ring stands) is a plain number: lanes walk in step.

use std::array::from_fn;
use std::ops::{Add, Div, Mul, Sub};

/// Instruments that walk in step: a cache line of numbers, one AVX-512 register, two of AVX2.
pub const WIDTH: usize = 8;

/// A number of each of [`WIDTH`] instruments.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Lanes(pub [f64; WIDTH]);

/// A number, or one of each lane.
pub trait Real:
    Copy
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    /// An answer for each lane.
    type Mask: Copy;

    /// `value` in every lane.
    fn all(value: f64) -> Self;
    /// The larger; the first of equals.
    #[must_use]
    fn larger(self, other: Self) -> Self;
    /// Without its sign.
    #[must_use]
    fn absolute(self) -> Self;
    /// Its square root.
    #[must_use]
    fn root(self) -> Self;
    /// Where it is below `other`.
    fn below(self, other: Self) -> Self::Mask;
    /// Where it is `value`.
    fn is(self, value: f64) -> Self::Mask;
    /// Whether the answer is yes in some lane.
    fn some(mask: Self::Mask) -> bool;
    /// `yes` where the answer is yes, `no` elsewhere.
    fn choose(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// Before the first value.
    #[inline(always)]
    fn nothing() -> Self {
        Self::all(f64::NAN)
    }

    /// Zero.
    #[inline(always)]
    fn zero() -> Self {
        Self::all(0.0)
    }
}

impl Real for f64 {
    type Mask = bool;

    #[inline(always)]
    fn all(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    #[inline(always)]
    fn absolute(self) -> Self {
        self.abs()
    }

    #[inline(always)]
    fn root(self) -> Self {
        self.sqrt()
    }

    #[inline(always)]
    fn below(self, other: Self) -> bool {
        self < other
    }

    #[inline(always)]
    fn is(self, value: f64) -> bool {
        self == value
    }

    #[inline(always)]
    fn some(mask: bool) -> bool {
        mask
    }

    #[inline(always)]
    fn choose(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }
}

impl Lanes {
    /// The same in every lane, done lane by lane.
    #[inline(always)]
    fn zip(self, other: Self, combine: impl Fn(f64, f64) -> f64) -> Self {
        Self(from_fn(|lane| combine(self.0[lane], other.0[lane])))
    }
}

impl Real for Lanes {
    type Mask = [bool; WIDTH];

    #[inline(always)]
    fn all(value: f64) -> Self {
        Self([value; WIDTH])
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        self.zip(other, f64::larger)
    }

    #[inline(always)]
    fn absolute(self) -> Self {
        Self(self.0.map(f64::abs))
    }

    #[inline(always)]
    fn root(self) -> Self {
        Self(self.0.map(f64::sqrt))
    }

    #[inline(always)]
    fn below(self, other: Self) -> [bool; WIDTH] {
        from_fn(|lane| self.0[lane] < other.0[lane])
    }

    #[inline(always)]
    fn is(self, value: f64) -> [bool; WIDTH] {
        self.0.map(|number| number == value)
    }

    #[inline(always)]
    fn some(mask: [bool; WIDTH]) -> bool {
        mask.into_iter().fold(false, |some, lane| some | lane)
    }

    #[inline(always)]
    fn choose(mask: [bool; WIDTH], yes: Self, no: Self) -> Self {
        Self(from_fn(|lane| if mask[lane] { yes.0[lane] } else { no.0[lane] }))
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $sign:tt) => {
        impl $trait for Lanes {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                self.zip(other, |a, b| a $sign b)
            }
        }
    };
}

macro_rules! operator_with_number {
    ($trait:ident, $method:ident, $sign:tt) => {
        impl $trait<f64> for Lanes {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: f64) -> Self {
                Self(self.0.map(|a| a $sign other))
            }
        }
    };
}

operator!(Add, add, +);
operator!(Sub, sub, -);
operator!(Mul, mul, *);
operator!(Div, div, /);
operator_with_number!(Mul, mul, *);
operator_with_number!(Div, div, /);
