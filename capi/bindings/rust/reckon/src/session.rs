//! A sequence of tokens with its cache.
use crate::cancel::or_null;
use crate::ffi::{self, Callback};
use crate::files::Kept;
use crate::model::filled;
use crate::stream::{over, Running};
use crate::{Action, Cancel, Model, Options, Result, Sampler, Token, Watch};
use reckon_sys as sys;
use std::os::raw::{c_char, c_void};
use std::sync::Arc;

ffi::owner!(RawSession, reckon_session, reckon_session_free);

/// What the model has read and written. Calls are transactional: after a failure the session is as it was before.
pub struct Session {
    running: Running<String, Generated>,
    raw: Arc<RawSession>,
    kept: Kept, // given back after the session
}

impl Session {
    /// An empty one. Sessions of one model may run at the same time.
    pub fn new(model: &Model, options: &Options) -> Result<Session> {
        let options = options.raw()?;
        // SAFETY: the objects and slices live during the calls, here and below.
        let object = ffi::object_out(|out, error| unsafe { sys::reckon_session_new(model.get(), options.get(), out, error) })?;
        Ok(Session::of(object, model.kept()))
    }

    fn of(object: *mut sys::reckon_session, kept: Kept) -> Session {
        Session { running: Running::none(), raw: Arc::new(RawSession::new(object)), kept }
    }

    /// The object, with no stream at work on it.
    fn get(&self) -> *mut sys::reckon_session {
        self.running.end();
        self.raw.get()
    }

    /// Reads tokens.
    pub fn append(&mut self, tokens: &[Token]) -> Result<()> {
        self.append_watched(tokens, Watch::new())
    }

    /// Reads tokens, with progress and a flag to end it.
    pub fn append_watched(&mut self, tokens: &[Token], watch: Watch<'_>) -> Result<()> {
        let session = self.get();
        watch
            .during(|watch| ffi::check(|error| unsafe { sys::reckon_session_append(session, tokens.as_ptr(), tokens.len(), watch, error) }))
    }

    /// Lets the sampler pick the next token and adds it to the sequence.
    pub fn next_token(&mut self, sampler: &mut Sampler, cancel: Option<&Cancel>) -> Result<Token> {
        let mut token = -1;
        ffi::check(|error| unsafe { sys::reckon_session_next(self.get(), sampler.get(), or_null(cancel), &mut token, error) })?;
        Ok(token)
    }

    /// One token after the other, without end; what was taken stays in the sequence.
    pub fn tokens_from<'a>(&'a mut self, sampler: &'a mut Sampler) -> Tokens<'a> {
        Tokens { session: self, sampler, failed: false }
    }

    /// Generates on this thread until a stop token, a stop string, the limit, or the closure ends it.
    pub fn generate(
        &mut self,
        sampler: &mut Sampler,
        options: &Options,
        cancel: Option<&Cancel>,
        mut on_text: impl FnMut(&str) -> Action,
    ) -> Result<Generated> {
        self.running.end();
        generate(&self.raw, sampler.get(), options, or_null(cancel), &mut on_text)
    }

    /// Generates on a thread of its own: an iterator of pieces of text. Dropping it cancels, and takes back what was made.
    pub fn stream<'a>(&'a mut self, sampler: &'a mut Sampler, options: &Options) -> Result<TextStream<'a>> {
        let (raw, sampler, options) = (self.raw.clone(), sampler.0.clone(), options.clone());
        self.running.start(move |cancel, emit| generate(&raw, sampler.get(), &options, cancel.get(), &mut |text| emit(text.to_owned())))?;
        Ok(TextStream { session: self, result: None })
    }

    /// The logits behind the last token, one for each of the model's vocabulary; not copied.
    pub fn logits(&mut self, cancel: Option<&Cancel>) -> Result<&[f32]> {
        let (mut logits, mut count) = (std::ptr::null(), 0);
        ffi::check(|error| unsafe { sys::reckon_session_logits(self.get(), or_null(cancel), &mut logits, &mut count, error) })?;
        // SAFETY: valid until the next call with the session, which this borrow prevents.
        Ok(unsafe { std::slice::from_raw_parts(logits, count) })
    }

    /// ln P of each token after those before it; the session stays where it is. NaN for the first token of an empty one.
    pub fn score(&mut self, tokens: &[Token], cancel: Option<&Cancel>) -> Result<Vec<f32>> {
        let mut scores = vec![0.0; tokens.len()];
        ffi::check(|error| unsafe {
            sys::reckon_session_score(self.get(), tokens.as_ptr(), tokens.len(), or_null(cancel), scores.as_mut_ptr(), error)
        })?;
        Ok(scores)
    }

    /// Forgets the tokens at and past `length`.
    pub fn truncate(&mut self, length: i64) -> Result<()> {
        ffi::check(|error| unsafe { sys::reckon_session_truncate(self.get(), length, error) })
    }

    /// A second session at the same place; the cache is shared until one of the two writes.
    pub fn fork(&mut self) -> Result<Session> {
        let object = ffi::object_out(|out, error| unsafe { sys::reckon_session_fork(self.get(), out, error) })?;
        Ok(Session::of(object, self.kept.clone()))
    }

    /// The tokens so far.
    pub fn tokens(&self) -> Result<Vec<Token>> {
        let session = self.get();
        ffi::tokens_out(256, |buffer, capacity, size, error| unsafe { sys::reckon_session_tokens(session, buffer, capacity, size, error) })
    }

    /// Its numbers.
    pub fn info(&self) -> Result<SessionInfo> {
        let info = filled!(reckon_session_info, |out, error| sys::reckon_session_get_info(self.get(), out, error))?;
        Ok(SessionInfo { length: info.length, max_context: info.max_context, memory_bytes: info.memory_bytes })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.running.end();
    }
}

/// The numbers of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionInfo {
    /// In tokens.
    pub length: i64,
    /// In tokens.
    pub max_context: i64,
    /// Cache blocks and scratch; shared blocks count in full.
    pub memory_bytes: i64,
}

/// Why generating ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FinishReason {
    /// A token that ends an answer.
    StopToken,
    /// A stop string.
    StopString,
    /// The limit.
    MaxTokens,
    /// There is no room left.
    ContextFull,
    /// The caller.
    Stopped,
}

impl FinishReason {
    pub(crate) fn from_raw(reason: sys::reckon_finish_reason) -> FinishReason {
        match reason as u32 {
            sys::RECKON_FINISH_STOP_STRING => FinishReason::StopString,
            sys::RECKON_FINISH_MAX_TOKENS => FinishReason::MaxTokens,
            sys::RECKON_FINISH_CONTEXT_FULL => FinishReason::ContextFull,
            sys::RECKON_FINISH_CALLBACK_STOP => FinishReason::Stopped,
            _ => FinishReason::StopToken,
        }
    }
}

/// What generating gave.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Generated {
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// Tokens that were added to the session, the stop token included.
    pub tokens: i64,
    /// From the call to the first token.
    pub first_token_seconds: f64,
    /// From the first token to the last.
    pub decode_seconds: f64,
}

type OnText<'a> = dyn FnMut(&str) -> Action + 'a;

fn generate(
    session: &RawSession,
    sampler: *mut sys::reckon_sampler,
    options: &Options,
    cancel: *const sys::reckon_cancel,
    on_text: &mut OnText<'_>,
) -> Result<Generated> {
    let options = options.raw()?;
    let mut callback = Callback::new(on_text);
    let user: *mut c_void = (&mut callback as *mut Callback<'_, OnText<'_>>).cast();
    let result = filled!(reckon_generate_result, |out, error| sys::reckon_session_generate(
        session.get(),
        sampler,
        options.get(),
        cancel,
        Some(trampoline),
        user,
        out,
        error
    ));
    callback.finish();
    let result = result?;
    Ok(Generated {
        finish_reason: FinishReason::from_raw(result.finish_reason),
        tokens: result.tokens,
        first_token_seconds: result.first_token_seconds,
        decode_seconds: result.decode_seconds,
    })
}

unsafe extern "C" fn trampoline(user: *mut c_void, text: *const c_char, size: usize) -> sys::reckon_action {
    // SAFETY: user is the callback of `generate`, which waits for the call; the text is whole characters.
    let (callback, text) = unsafe { (&mut *user.cast::<Callback<'_, OnText<'_>>>(), ffi::bytes(text, size)) };
    let text = String::from_utf8_lossy(text);
    callback.run(|on_text| on_text(&text)).unwrap_or(Action::Cancel) as sys::reckon_action
}

/// Tokens one by one; see [`Session::tokens_from`].
pub struct Tokens<'a> {
    session: &'a mut Session,
    sampler: &'a mut Sampler,
    failed: bool,
}

impl Iterator for Tokens<'_> {
    type Item = Result<Token>;

    fn next(&mut self) -> Option<Result<Token>> {
        if self.failed {
            return None;
        }
        let token = self.session.next_token(self.sampler, None);
        self.failed = token.is_err();
        Some(token)
    }
}

/// Pieces of text as soon as they are certain: whole characters. Dropping it cancels and takes the session back.
pub struct TextStream<'a> {
    session: &'a mut Session,
    result: Option<Generated>,
}

impl TextStream<'_> {
    /// What the whole gave, once the iterator has ended.
    pub fn result(&self) -> Option<&Generated> {
        self.result.as_ref()
    }

    /// Ends here and keeps what was made.
    pub fn stop(mut self) -> Result<Generated> {
        match self.result.take() {
            Some(result) => Ok(result),
            None => self.session.running.stop().unwrap_or_else(|| Err(over())),
        }
    }

    /// A flag that ends it from another thread; None once it has ended.
    pub fn cancel(&self) -> Option<Cancel> {
        self.session.running.cancel()
    }
}

impl Iterator for TextStream<'_> {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Result<String>> {
        match self.session.running.next()? {
            Ok(text) => Some(Ok(text)),
            Err(Err(error)) => Some(Err(error)),
            Err(Ok(result)) => {
                self.result = Some(result);
                None
            }
        }
    }
}

impl Drop for TextStream<'_> {
    fn drop(&mut self) {
        self.session.running.end();
    }
}
