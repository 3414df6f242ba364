//! Files of a checkpoint that are not on disk.
use crate::{Code, Error, Result};
use reckon_sys as sys;
use std::borrow::Cow;
use std::ffi::CString;
use std::io;
use std::os::raw::c_void;
use std::sync::{Arc, Mutex, PoisonError};

type Read = dyn FnMut(u64, &mut [u8]) -> io::Result<()> + Send;

enum Content {
    Bytes(Cow<'static, [u8]>),
    Reader { size: u64, read: Box<Mutex<Box<Read>>> },
}

/// One file of a checkpoint that is encrypted, in an archive, or inside the program.
pub struct ModelFile {
    name: CString,
    content: Content,
}

impl ModelFile {
    /// A file in memory, called `name` as it would be in the checkpoint's folder ("config.json", "model.gguf").
    pub fn bytes(name: &str, data: impl Into<Cow<'static, [u8]>>) -> Result<ModelFile> {
        Ok(ModelFile { name: c_name(name)?, content: Content::Bytes(data.into()) })
    }

    /// A file of `size` bytes that `read` fills in from an offset on. It is never called twice at once, and on any thread
    /// that opens the model or runs a session of it. If it fails or panics, so does the call at work.
    pub fn reader(name: &str, size: u64, read: impl FnMut(u64, &mut [u8]) -> io::Result<()> + Send + 'static) -> Result<ModelFile> {
        let read: Box<Read> = Box::new(read);
        Ok(ModelFile { name: c_name(name)?, content: Content::Reader { size, read: Box::new(Mutex::new(read)) } })
    }

    fn as_raw(&self) -> sys::reckon_file {
        let mut file = sys::reckon_file {
            struct_size: std::mem::size_of::<sys::reckon_file>() as u32,
            reserved: 0,
            name: self.name.as_ptr(),
            size: 0,
            data: std::ptr::null(),
            read_at: None,
            user: std::ptr::null_mut(),
        };
        match &self.content {
            Content::Bytes(data) => {
                file.size = data.len() as u64;
                file.data = data.as_ptr().cast();
            }
            Content::Reader { size, read } => {
                file.size = *size;
                file.read_at = Some(read_at);
                file.user = &**read as *const Mutex<Box<Read>> as *mut c_void;
            }
        }
        file
    }
}

/// What the models that were opened from files need as long as they live.
pub(crate) type Kept = Arc<Vec<ModelFile>>;

pub(crate) fn as_raw(files: &[ModelFile]) -> Vec<sys::reckon_file> {
    files.iter().map(ModelFile::as_raw).collect()
}

fn c_name(name: &str) -> Result<CString> {
    CString::new(name).map_err(|_| Error::new(Code::InvalidArgument, format!("{:?} has a NUL in it", name)))
}

unsafe extern "C" fn read_at(user: *mut c_void, offset: u64, buffer: *mut c_void, size: usize) -> sys::reckon_status {
    // SAFETY: user is the reader of a ModelFile that is kept; the buffer has `size` bytes and is given values first.
    let (read, buffer) = unsafe {
        std::ptr::write_bytes(buffer.cast::<u8>(), 0, size);
        (&*user.cast::<Mutex<Box<Read>>>(), std::slice::from_raw_parts_mut(buffer.cast::<u8>(), size))
    };
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
        (*read)(offset, buffer)
    }));
    let code = match result {
        Ok(Ok(())) => return 0,
        Ok(Err(error)) => match error.kind() {
            io::ErrorKind::NotFound => Code::NotFound,
            io::ErrorKind::PermissionDenied => Code::PermissionDenied,
            io::ErrorKind::UnexpectedEof => Code::OutOfRange,
            io::ErrorKind::OutOfMemory => Code::ResourceExhausted,
            io::ErrorKind::Interrupted => Code::Cancelled,
            _ => Code::DataLoss,
        },
        Err(_) => Code::Unknown,
    };
    code as sys::reckon_status
}
