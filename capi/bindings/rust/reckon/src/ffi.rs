//! The rules of the C ABI, in one place: errors, strings and arrays out, objects, panics in callbacks.
use crate::{Error, Result, Token};
use reckon_sys as sys;
use std::any::Any;
use std::os::raw::c_char;

pub(crate) type ErrorOut = *mut *mut sys::reckon_error;

/// Makes a call that can fail.
pub(crate) fn check(call: impl FnOnce(ErrorOut) -> sys::reckon_status) -> Result<()> {
    let mut error = std::ptr::null_mut();
    match call(&mut error) {
        0 => Ok(()),
        status => Err(Error::take(status, error)),
    }
}

/// Makes a call that gives an object.
pub(crate) fn object_out<T>(call: impl FnOnce(*mut *mut T, ErrorOut) -> sys::reckon_status) -> Result<*mut T> {
    let mut object = std::ptr::null_mut();
    check(|error| call(&mut object, error))?;
    Ok(object)
}

/// Makes a call that fills an array, with room for `guess` elements first and for all of them if they are more.
fn array_out<T: Clone + Default>(
    guess: usize,
    room_for_nul: usize,
    mut call: impl FnMut(*mut T, usize, *mut usize, ErrorOut) -> sys::reckon_status,
) -> Result<Vec<T>> {
    let mut buffer = vec![T::default(); guess + room_for_nul];
    loop {
        let mut size = 0;
        let result = check(|error| call(buffer.as_mut_ptr(), buffer.len(), &mut size, error));
        if result.is_ok() && size + room_for_nul <= buffer.len() {
            buffer.truncate(size);
            return Ok(buffer);
        }
        // What had no room says its size; without more to ask for, it is another failure.
        match result {
            Err(error) if size + room_for_nul <= buffer.len() => return Err(error),
            _ => buffer = vec![T::default(); size + room_for_nul],
        }
    }
}

pub(crate) fn bytes_out(call: impl FnMut(*mut c_char, usize, *mut usize, ErrorOut) -> sys::reckon_status) -> Result<Vec<u8>> {
    let chars: Vec<c_char> = array_out(1024, 1, call)?;
    Ok(chars.into_iter().map(|c| c as u8).collect())
}

pub(crate) fn string_out(call: impl FnMut(*mut c_char, usize, *mut usize, ErrorOut) -> sys::reckon_status) -> Result<String> {
    let bytes = bytes_out(call)?;
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

pub(crate) fn tokens_out(
    guess: usize,
    call: impl FnMut(*mut Token, usize, *mut usize, ErrorOut) -> sys::reckon_status,
) -> Result<Vec<Token>> {
    array_out(guess.max(1), 0, call)
}

/// A string of the library with its size; NULL is "".
///
/// # Safety
/// `text` is NULL or has `size` bytes.
pub(crate) unsafe fn owned(text: *const c_char, size: u64) -> String {
    String::from_utf8_lossy(bytes(text, size as usize)).into_owned()
}

/// # Safety
/// `text` is NULL or has `size` bytes that live for 'a.
pub(crate) unsafe fn bytes<'a>(text: *const c_char, size: usize) -> &'a [u8] {
    if text.is_null() {
        &[]
    } else {
        std::slice::from_raw_parts(text.cast(), size)
    }
}

/// # Safety
/// `text` is a string with a NUL that lives for 'a.
pub(crate) unsafe fn static_str<'a>(text: *const c_char) -> &'a str {
    std::ffi::CStr::from_ptr(text).to_str().unwrap_or("")
}

/// A path as the library takes it.
pub(crate) fn path_bytes(path: &std::path::Path) -> Result<&[u8]> {
    #[cfg(unix)]
    return Ok(std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()));
    #[cfg(not(unix))]
    path.to_str().map(str::as_bytes).ok_or_else(|| Error::new(crate::Code::InvalidArgument, format!("{} is not Unicode", path.display())))
}

/// Defines the owner of an object of the library.
macro_rules! owner {
    ($name:ident, $object:ident, $free:ident) => {
        pub(crate) struct $name(*mut reckon_sys::$object);

        // SAFETY: the library binds no object to a thread, and it answers calls into an object at work with an error.
        unsafe impl Send for $name {}
        unsafe impl Sync for $name {}

        impl $name {
            pub(crate) fn new(object: *mut reckon_sys::$object) -> $name {
                $name(object)
            }
            pub(crate) fn get(&self) -> *mut reckon_sys::$object {
                self.0
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                // SAFETY: it is ours, and nobody uses it any more.
                unsafe { reckon_sys::$free(self.0) }
            }
        }
    };
}
pub(crate) use owner;

/// A closure for a callback, and the panic that it ended with: panics must not go through the library.
pub(crate) struct Callback<'a, F: ?Sized> {
    pub(crate) call: &'a mut F,
    panic: Option<Box<dyn Any + Send>>,
}

impl<'a, F: ?Sized> Callback<'a, F> {
    pub(crate) fn new(call: &'a mut F) -> Self {
        Callback { call, panic: None }
    }

    /// Calls the closure by `with`, unless it has panicked before; None if it panics.
    pub(crate) fn run<R>(&mut self, with: impl FnOnce(&mut F) -> R) -> Option<R> {
        if self.panic.is_some() {
            return None;
        }
        let call = &mut *self.call;
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| with(call))) {
            Ok(result) => Some(result),
            Err(panic) => {
                self.panic = Some(panic);
                None
            }
        }
    }

    /// Goes on with the panic, once the library has returned.
    pub(crate) fn finish(self) {
        if let Some(panic) = self.panic {
            std::panic::resume_unwind(panic);
        }
    }
}
