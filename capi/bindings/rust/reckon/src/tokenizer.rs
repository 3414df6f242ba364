//! Text and tokens.
use crate::model::filled;
use crate::{ffi, Model, Options, Result, Token};
use reckon_sys as sys;

ffi::owner!(RawTokenizer, reckon_tokenizer, reckon_tokenizer_release);
ffi::owner!(RawStream, reckon_stream, reckon_stream_free);

/// A model's tokenizer and its chat template. Clones are the same one.
pub struct Tokenizer(RawTokenizer);

/// How text is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encode {
    /// Puts BOS (and what else the model expects) around the text, once.
    pub add_special: bool,
    /// Recognises special tokens written in the text; not for text from outside.
    pub parse_special: bool,
}

/// The numbers of a tokenizer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct TokenizerInfo {
    pub bos: Option<Token>,
    pub eos: Option<Token>,
    pub pad: Option<Token>,
    /// Tokens are below it.
    pub vocab_size: i64,
}

impl Tokenizer {
    pub(crate) fn of(model: &Model) -> Result<Tokenizer> {
        // SAFETY: the objects and buffers live during the calls, here and below.
        let object = ffi::object_out(|out, error| unsafe { sys::reckon_model_tokenizer(model.get(), out, error) })?;
        Ok(Tokenizer(RawTokenizer::new(object)))
    }

    /// Its numbers.
    pub fn info(&self) -> Result<TokenizerInfo> {
        let info = filled!(reckon_tokenizer_info, |out, error| sys::reckon_tokenizer_get_info(self.0.get(), out, error))?;
        let there = |token: Token| if token < 0 { None } else { Some(token) };
        Ok(TokenizerInfo { bos: there(info.bos), eos: there(info.eos), pad: there(info.pad), vocab_size: info.vocab_size })
    }

    /// Text to tokens. Time is linear; more than 64 MiB are refused.
    pub fn encode(&self, text: &str, how: Encode) -> Result<Vec<Token>> {
        let mut flags = 0;
        if how.add_special {
            flags |= sys::RECKON_ENCODE_ADD_SPECIAL;
        }
        if how.parse_special {
            flags |= sys::RECKON_ENCODE_PARSE_SPECIAL;
        }
        ffi::tokens_out(text.len() / 2 + 16, |buffer, capacity, size, error| unsafe {
            sys::reckon_tokenizer_encode(self.0.get(), text.as_ptr().cast(), text.len(), flags, buffer, capacity, size, error)
        })
    }

    /// Tokens to text; bytes that are not UTF-8 become U+FFFD.
    pub fn decode(&self, tokens: &[Token], skip_special: bool) -> Result<String> {
        ffi::string_out(|buffer, capacity, size, error| unsafe {
            sys::reckon_tokenizer_decode(self.0.get(), tokens.as_ptr(), tokens.len(), skip_special.into(), buffer, capacity, size, error)
        })
    }

    /// The bytes that one token stands for; they need not be whole characters.
    pub fn token_bytes(&self, token: Token) -> Result<Vec<u8>> {
        ffi::bytes_out(|buffer, capacity, size, error| unsafe {
            sys::reckon_tokenizer_token_bytes(self.0.get(), token, buffer, capacity, size, error)
        })
    }

    /// The token written exactly like this, such as `"<think>"`.
    pub fn token_id(&self, text: &str) -> Result<Token> {
        let mut token = -1;
        ffi::check(|error| unsafe { sys::reckon_tokenizer_token_id(self.0.get(), text.as_ptr().cast(), text.len(), &mut token, error) })?;
        Ok(token)
    }

    /// Renders a conversation, a JSON array of {"role", "content"} objects, with the model's template; to be encoded with
    /// [`Encode::parse_special`].
    pub fn apply_chat_template(&self, messages_json: &str, options: &Options) -> Result<String> {
        let options = options.raw()?;
        ffi::string_out(|buffer, capacity, size, error| unsafe {
            let text = messages_json.as_ptr().cast();
            sys::reckon_tokenizer_apply_chat_template(self.0.get(), text, messages_json.len(), options.get(), buffer, capacity, size, error)
        })
    }

    /// Tokens to text one at a time.
    pub fn decoder(&self, skip_special: bool) -> Result<TextDecoder> {
        let object = ffi::object_out(|out, error| unsafe { sys::reckon_stream_new(self.0.get(), skip_special.into(), out, error) })?;
        Ok(TextDecoder(RawStream::new(object)))
    }
}

impl Clone for Tokenizer {
    fn clone(&self) -> Tokenizer {
        // SAFETY: gives one more reference, which is the clone's.
        Tokenizer(RawTokenizer::new(unsafe { sys::reckon_tokenizer_retain(self.0.get()) }))
    }
}

/// Tokens to text, one at a time: never part of a character, never later than it is whole.
pub struct TextDecoder(RawStream);

impl TextDecoder {
    /// The text that this token completes, possibly none.
    pub fn push(&mut self, token: Token) -> Result<&str> {
        self.text(|stream, text, size, error| unsafe { sys::reckon_stream_push(stream, token, text, size, error) })
    }

    /// What is left at the end: U+FFFD for an incomplete character.
    pub fn flush(&mut self) -> Result<&str> {
        self.text(|stream, text, size, error| unsafe { sys::reckon_stream_flush(stream, text, size, error) })
    }

    fn text(
        &mut self,
        call: impl FnOnce(*mut sys::reckon_stream, *mut *const std::os::raw::c_char, *mut usize, ffi::ErrorOut) -> i32,
    ) -> Result<&str> {
        let (mut text, mut size) = (std::ptr::null(), 0);
        ffi::check(|error| call(self.0.get(), &mut text, &mut size, error))?;
        // SAFETY: valid until the next call with the stream, which this borrow prevents.
        Ok(std::str::from_utf8(unsafe { ffi::bytes(text, size) }).unwrap_or(""))
    }
}
