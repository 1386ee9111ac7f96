//! The one error type: mistakes a caller can act on. Refusals that trading expects are values ([`super::Reason`]).

use std::fmt;

/// What went wrong, by who has to act on it. Each message names the value that was wrong and the range that is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// An argument, option or limit makes no sense.
    Config(String),
    /// A file, array or stream does not hold what it should.
    Data(String),
    /// A venue or its connection failed.
    Venue(String),
    /// The engine cannot go on.
    Engine(String),
    /// A defect of ours.
    Internal(String),
}

/// `Result` with our [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The message alone.
    pub fn message(&self) -> &str {
        match self {
            Self::Config(text) | Self::Data(text) | Self::Venue(text) | Self::Engine(text) | Self::Internal(text) => {
                text
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Error {}
