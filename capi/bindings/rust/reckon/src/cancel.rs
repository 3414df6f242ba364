//! Ending work, and watching it.
use crate::ffi::{self, Callback};
use crate::Result;
use reckon_sys as sys;
use std::os::raw::c_void;

ffi::owner!(RawCancel, reckon_cancel, reckon_cancel_release);

/// A flag that ends work: loading, reading a prompt, generating. Clones are the same flag.
///
/// It may be triggered from any thread at any time, also when the work has ended. Work looks at it between matrix products.
pub struct Cancel(RawCancel);

impl Cancel {
    /// A flag that is not triggered.
    pub fn new() -> Result<Cancel> {
        // SAFETY: the call fills what it is given.
        let object = ffi::object_out(|out, error| unsafe { sys::reckon_cancel_new(out, error) })?;
        Ok(Cancel(RawCancel::new(object)))
    }

    /// Ends the work that looks at this flag, and what begins with it from now on.
    pub fn trigger(&self) {
        // SAFETY: the object is alive; so below.
        unsafe { sys::reckon_cancel_trigger(self.get()) }
    }

    /// Makes it fit for the next piece of work.
    pub fn reset(&self) {
        unsafe { sys::reckon_cancel_reset(self.get()) }
    }

    /// Whether it was triggered.
    pub fn is_triggered(&self) -> bool {
        unsafe { sys::reckon_cancel_is_triggered(self.get()) != 0 }
    }

    pub(crate) fn get(&self) -> *mut sys::reckon_cancel {
        self.0.get()
    }
}

impl Clone for Cancel {
    fn clone(&self) -> Cancel {
        // SAFETY: gives one more reference, which is the clone's.
        Cancel(RawCancel::new(unsafe { sys::reckon_cancel_retain(self.get()) }))
    }
}

impl std::fmt::Debug for Cancel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cancel").field("triggered", &self.is_triggered()).finish()
    }
}

/// The pointer for a call that takes a flag or NULL.
pub(crate) fn or_null(cancel: Option<&Cancel>) -> *const sys::reckon_cancel {
    cancel.map_or(std::ptr::null(), |cancel| cancel.get())
}

type Progress<'a> = dyn FnMut(i64, i64) + 'a;

/// What loading a model or reading a prompt is watched and stopped with.
///
/// ```
/// let cancel = reckon::Cancel::new()?;
/// let mut show = |done, total| println!("{} of {}", done, total);
/// let watch = reckon::Watch::new().cancel(&cancel).progress(&mut show);
/// # drop(watch);
/// # Ok::<(), reckon::Error>(())
/// ```
#[derive(Default)]
pub struct Watch<'a> {
    cancel: Option<&'a Cancel>,
    progress: Option<&'a mut Progress<'a>>,
}

impl<'a> Watch<'a> {
    /// Neither watched nor stopped.
    pub fn new() -> Watch<'a> {
        Watch::default()
    }

    /// Ended by this flag.
    pub fn cancel(mut self, cancel: &'a Cancel) -> Self {
        self.cancel = Some(cancel);
        self
    }

    /// Called with what is done and the whole, in bytes (loading) or tokens (reading).
    pub fn progress(mut self, progress: &'a mut (dyn FnMut(i64, i64) + 'a)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Makes a call with this watch. A panic of the closure goes on after it.
    pub(crate) fn during<R>(self, call: impl FnOnce(*const sys::reckon_watch) -> R) -> R {
        let watched = self.progress.is_some();
        let mut nothing = |_, _| {};
        let progress: &mut Progress<'_> = match self.progress {
            Some(progress) => progress,
            None => &mut nothing,
        };
        let mut callback = Callback::new(progress);
        let watch = sys::reckon_watch {
            struct_size: std::mem::size_of::<sys::reckon_watch>() as u32,
            reserved: 0,
            cancel: or_null(self.cancel),
            progress: if watched { Some(on_progress) } else { None },
            user: (&mut callback as *mut Callback<'_, Progress<'_>>).cast(),
        };
        let result = call(&watch);
        callback.finish();
        result
    }
}

unsafe extern "C" fn on_progress(user: *mut c_void, done: i64, total: i64) {
    // SAFETY: user is the callback of `during`, which waits for the call.
    let callback = unsafe { &mut *user.cast::<Callback<'_, Progress<'_>>>() };
    callback.run(|progress| progress(done, total));
}
