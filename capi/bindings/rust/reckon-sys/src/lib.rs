//! `reckon_c.h` and `reckon_c_chat.h`, as they are in C: their comments are the manual of what is here.
//!
//! Programs use the crate `reckon`, which is safe.
#![allow(non_camel_case_types, non_upper_case_globals)]
#![allow(missing_docs)]

#[cfg(not(feature = "bindgen"))]
mod bindings;
#[cfg(feature = "bindgen")]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

pub use bindings::*;

/// As a length: up to the first NUL.
pub const RECKON_NUL_TERMINATED: usize = usize::MAX;
