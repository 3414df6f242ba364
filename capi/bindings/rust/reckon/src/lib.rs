//! Small reasoning language models inside your program, on the CPU.
//!
//! ```no_run
//! use reckon::{Chat, Model, Options, Piece};
//!
//! fn main() -> reckon::Result<()> {
//!     let model = Model::open("DeepSeek-R1-Distill-Qwen-1.5B", &Options::new())?;
//!     let mut chat = Chat::new(&model, &Options::new().system("Be brief."))?;
//!     for piece in chat.ask("Is 143 a prime number?")? {
//!         match piece? {
//!             Piece::Reasoning(text) => eprint!("{}", text),
//!             Piece::Answer(text) => print!("{}", text),
//!             _ => {}
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! - [`Model`], [`Tokenizer`] and [`Cancel`] are handles: clones are cheap and mean the same object, and any number of threads may use one.
//! - [`Session`], [`Chat`], [`Sampler`] and [`TextDecoder`] may move between threads; what changes them takes `&mut self`.
//! - Values may be dropped in any order: what one needs of another it keeps alive.
//! - Calls that compute block their thread. A [`Cancel`] ends them from any other one; so does dropping a stream.
//! - Closures may panic: the panic goes on in the caller once the library has returned.
#![warn(missing_docs)]

mod cancel;
mod chat;
mod chat_values;
mod error;
mod ffi;
mod files;
mod model;
mod options;
mod sampler;
mod session;
mod stream;
mod tokenizer;
mod turn;

pub use cancel::{Cancel, Watch};
pub use chat::{Answer, Chat};
pub use chat_values::{Action, ChatInfo, Context, Event, Intervention, Message, Passage, Piece};
pub use error::{Code, Detail, Error, Result};
pub use files::ModelFile;
pub use model::{MemoryPlan, Model, ModelInfo};
pub use options::{Key, Kind, OptionInfo, Options, Value};
pub use sampler::Sampler;
pub use session::{FinishReason, Generated, Session, SessionInfo, TextStream, Tokens};
pub use tokenizer::{Encode, TextDecoder, Tokenizer, TokenizerInfo};
pub use turn::{Turn, TurnInfo, TurnView};

/// A token's number in the vocabulary.
pub type Token = i32;

/// The ABI version of the library that is loaded.
pub fn abi_version() -> u32 {
    // SAFETY: takes nothing.
    unsafe { reckon_sys::reckon_abi_version() }
}

/// The release of the library that is loaded, such as "0.1.0".
pub fn version() -> &'static str {
    // SAFETY: a static string.
    unsafe { ffi::static_str(reckon_sys::reckon_version_string()) }
}

/// What the library would compute with here, as "avx512_bf16, 8 threads".
pub fn describe_cpu() -> Result<String> {
    // SAFETY: the buffer is string_out's.
    ffi::string_out(|buffer, capacity, size, error| unsafe { reckon_sys::reckon_cpu_describe(buffer, capacity, size, error) })
}
