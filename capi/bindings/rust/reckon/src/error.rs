//! Failures.
use reckon_sys as sys;
use std::fmt;

/// The result of what can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of failure it is; the numbers are those of gRPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// A [`crate::Cancel`] was triggered, or a closure answered [`crate::Action::Cancel`].
    Cancelled = 1,
    /// Something else.
    Unknown = 2,
    /// A parameter, a damaged file, a contradiction in a configuration.
    InvalidArgument = 3,
    /// Time ran out.
    DeadlineExceeded = 4,
    /// A file, a tensor.
    NotFound = 5,
    /// It is there already.
    AlreadyExists = 6,
    /// The system does not allow it.
    PermissionDenied = 7,
    /// Memory, a memory limit, the context is full.
    ResourceExhausted = 8,
    /// The session is empty or in use; the model has no tokenizer.
    FailedPrecondition = 9,
    /// It was given up.
    Aborted = 10,
    /// A position past the end.
    OutOfRange = 11,
    /// A format, type or architecture that is known and not supported.
    Unimplemented = 12,
    /// A bug in Reckon; please report it.
    Internal = 13,
    /// Not now.
    Unavailable = 14,
    /// Data is lost.
    DataLoss = 15,
    /// Nobody knows who asks.
    Unauthenticated = 16,
}

impl Code {
    pub(crate) fn from_raw(status: sys::reckon_status) -> Code {
        match status {
            1 => Code::Cancelled,
            3 => Code::InvalidArgument,
            4 => Code::DeadlineExceeded,
            5 => Code::NotFound,
            6 => Code::AlreadyExists,
            7 => Code::PermissionDenied,
            8 => Code::ResourceExhausted,
            9 => Code::FailedPrecondition,
            10 => Code::Aborted,
            11 => Code::OutOfRange,
            12 => Code::Unimplemented,
            13 => Code::Internal,
            14 => Code::Unavailable,
            15 => Code::DataLoss,
            16 => Code::Unauthenticated,
            _ => Code::Unknown,
        }
    }
}

/// A detail of an error, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Detail {
    /// [`Code::ResourceExhausted`]: the bytes that would have been needed.
    NeededBytes = 1,
    /// [`Code::ResourceExhausted`]: the limit that stood against it.
    LimitBytes = 2,
    /// [`Code::ResourceExhausted`]: in tokens; 0 is none.
    MaxContextThatFits = 3,
    /// [`Code::InvalidArgument`]: which token of the slice is not in the vocabulary.
    TokenIndex = 4,
}

/// What failed, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: Code,
    message: String,
    details: Vec<(Detail, i64)>,
}

impl Error {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Error {
        Error { code, message: message.into(), details: Vec::new() }
    }

    /// Reads an error of the library and gives it back.
    pub(crate) fn take(status: sys::reckon_status, error: *mut sys::reckon_error) -> Error {
        // SAFETY: `error` is NULL or the caller's, and its message is read before it is freed.
        unsafe {
            let code = if error.is_null() { status } else { sys::reckon_error_code(error) };
            let message = crate::ffi::static_str(sys::reckon_error_message(error)).to_owned();
            let mut details = Vec::new();
            for detail in [Detail::NeededBytes, Detail::LimitBytes, Detail::MaxContextThatFits, Detail::TokenIndex] {
                let mut value = 0;
                if sys::reckon_error_detail_i64(error, detail as i32, &mut value) == 0 {
                    details.push((detail, value));
                }
            }
            sys::reckon_error_free(error);
            Error { code: Code::from_raw(code), message, details }
        }
    }

    /// What kind of failure it is.
    pub fn code(&self) -> Code {
        self.code
    }

    /// For a person: what failed, where, and what to do.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// A detail, if this error has it.
    pub fn detail(&self, detail: Detail) -> Option<i64> {
        self.details.iter().find(|(have, _)| *have == detail).map(|(_, value)| *value)
    }

    /// Whether the work was cancelled, which is seldom a failure.
    pub fn is_cancelled(&self) -> bool {
        self.code == Code::Cancelled
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
