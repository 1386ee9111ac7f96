//! Python's arithmetic for compiled code, to the bit: the C library's functions that Python itself calls, and what
//! Python computes on its own. Errors are the caller's business.

/// `x ** y`, by the C library and not by repeated multiplication.
extern "C" fn power(x: f64, y: f64) -> f64 {
    x.powf(y)
}

/// `a / b` of whole numbers: the float nearest to the exact quotient, also beyond 53 bits. `b` is not 0.
extern "C" fn divide(a: i64, b: i64) -> f64 {
    const EXACT: u64 = 1 << 53;
    let (x, y) = (a.unsigned_abs(), b.unsigned_abs());
    if x <= EXACT && y <= EXACT {
        return a as f64 / b as f64;
    }
    // 2^64 * x / y has at least 64 significant bits unless x is small; the remainder is kept as a sticky bit.
    let scaled = u128::from(x) << 64;
    let quotient = (scaled / u128::from(y)) | u128::from(!scaled.is_multiple_of(u128::from(y)));
    let magnitude = if x < y && x < EXACT { small_quotient(x, y) } else { quotient as f64 / 2f64.powi(64) };
    if (a < 0) == (b < 0) { magnitude } else { -magnitude }
}

/// `x / y` for an x so small that 64 fraction bits may not do.
fn small_quotient(x: u64, y: u64) -> f64 {
    let shift = x.leading_zeros() + 63;
    let scaled = u128::from(x) << shift;
    let quotient = (scaled / u128::from(y)) | u128::from(!scaled.is_multiple_of(u128::from(y)));
    quotient as f64 / 2f64.powi(shift.cast_signed())
}

/// `round(x, digits)`: the decimal nearest to x, halves to even, as the nearest float.
extern "C" fn round(x: f64, digits: i64) -> f64 {
    if !x.is_finite() || digits > 323 {
        return x;
    }
    let whole = 2f64.powi(52);
    if (0..=22).contains(&digits) {
        let power = 10f64.powi(digits as i32);
        let product = x * power;
        if product.abs() < whole {
            let rest = x.mul_add(power, -product);
            let nearest = product.round_ties_even();
            let beyond = product - nearest;
            let corrected = if beyond == 0.5 && rest > 0.0 {
                nearest + 1.0
            } else if beyond == -0.5 && rest < 0.0 {
                nearest - 1.0
            } else if beyond.abs() == 0.5 && rest != 0.0 {
                product - beyond
            } else {
                nearest
            };
            return (corrected / power).copysign(x);
        }
        if x.abs() >= whole {
            return x;
        }
    }
    if digits >= 0 { format!("{x:.*e}", significant(x, digits)).parse().unwrap_or(x) } else { f64::NAN }
}

/// How many digits after the first one x has before its `digits`-th decimal.
fn significant(x: f64, digits: i64) -> usize {
    let exponent = x.abs().log10().floor() as i64;
    usize::try_from(exponent + digits).unwrap_or(0)
}

macro_rules! library {
    ($($name:ident($($x:ident),+) = $value:expr;)+) => {
        $(extern "C" fn $name($($x: f64),+) -> f64 { $value })+
        /// Functions of the C library by their names in Python's `math`, with how many arguments they take.
        fn library() -> Vec<(&'static str, usize, usize)> {
            vec![$((stringify!($name), [$(stringify!($x)),+].len(), $name as *const () as usize)),+]
        }
    };
}

library! {
    sqrt(x) = x.sqrt();
    exp(x) = x.exp();
    expm1(x) = x.exp_m1();
    log(x) = x.ln();
    log2(x) = x.log2();
    log10(x) = x.log10();
    log1p(x) = x.ln_1p();
    sin(x) = x.sin();
    cos(x) = x.cos();
    tan(x) = x.tan();
    asin(x) = x.asin();
    acos(x) = x.acos();
    atan(x) = x.atan();
    sinh(x) = x.sinh();
    cosh(x) = x.cosh();
    tanh(x) = x.tanh();
    atan2(y, x) = y.atan2(x);
    fmod(x, y) = x % y;
    copysign(x, y) = x.copysign(y);
    fabs(x) = x.abs();
}

/// Every function's name, count of arguments (0: not of the library) and address.
pub fn symbols() -> impl Iterator<Item = (&'static str, usize, usize)> {
    let own = [
        ("power", 0, power as *const () as usize),
        ("divide", 0, divide as *const () as usize),
        ("round", 0, round as *const () as usize),
    ];
    library().into_iter().chain(own)
}
