//! Conversations with a reasoning model.
use crate::cancel::or_null;
use crate::chat_values::passage_of;
use crate::ffi::{self, Callback};
use crate::files::Kept;
use crate::model::filled;
use crate::stream::{over, Running};
use crate::{Action, Cancel, ChatInfo, Event, Intervention, Message, Model, Options, Passage, Piece, Result, Turn, TurnView};
use reckon_sys as sys;
use std::os::raw::c_void;
use std::path::Path;
use std::sync::Arc;

ffi::owner!(RawChat, reckon_chat, reckon_chat_free);

/// A conversation. After an error it is as it was before the call. Chats of one model may run at the same time.
///
/// Each way to answer comes in three forms: [`Chat::send`] waits, [`Chat::send_with`] calls a closure on this thread, and
/// [`Chat::ask`] is an iterator.
pub struct Chat {
    running: Running<Result<Piece>, Turn>,
    raw: Arc<RawChat>,
    kept: Kept, // given back after the chat
}

enum Ask<'a> {
    Send(&'a str),
    Answer,
    Regenerate,
}

impl Chat {
    /// Takes the options of sessions, samplers, generating, tools and chats.
    pub fn new(model: &Model, options: &Options) -> Result<Chat> {
        let options = options.raw()?;
        // SAFETY: the objects and strings live during the calls, here and below.
        let object = ffi::object_out(|out, error| unsafe { sys::reckon_chat_new(model.get(), options.get(), out, error) })?;
        Ok(Chat::of(object, model.kept()))
    }

    fn of(object: *mut sys::reckon_chat, kept: Kept) -> Chat {
        Chat { running: Running::none(), raw: Arc::new(RawChat::new(object)), kept }
    }

    /// The object, with no stream at work on it.
    fn get(&self) -> *mut sys::reckon_chat {
        self.running.end();
        self.raw.get()
    }

    /// A second chat at the same place: for branches, and for many chats that begin with the same system message.
    pub fn fork(&mut self) -> Result<Chat> {
        let object = ffi::object_out(|out, error| unsafe { sys::reckon_chat_fork(self.get(), out, error) })?;
        Ok(Chat::of(object, self.kept.clone()))
    }

    /// Adds a user's message and answers it.
    pub fn send(&mut self, text: &str) -> Result<Turn> {
        self.send_with(text, None, |_| Action::Continue)
    }

    /// The same, with events on this thread.
    pub fn send_with(&mut self, text: &str, cancel: Option<&Cancel>, mut on_event: impl FnMut(Event<'_>) -> Action) -> Result<Turn> {
        self.running.end();
        take_turn(&self.raw, Ask::Send(text), or_null(cancel), &mut on_event)
    }

    /// The same, as an iterator of pieces, of which [`Piece::Done`] is the last. Dropping it cancels.
    pub fn ask(&mut self, text: &str) -> Result<Answer<'_>> {
        let text = text.to_owned();
        self.stream(move || text, |text| Ask::Send(text))
    }

    /// Answers the conversation as it stands: after [`Chat::append`] of a user's or a tool's message.
    pub fn answer(&mut self, cancel: Option<&Cancel>, mut on_event: impl FnMut(Event<'_>) -> Action) -> Result<Turn> {
        self.running.end();
        take_turn(&self.raw, Ask::Answer, or_null(cancel), &mut on_event)
    }

    /// The same, as an iterator.
    pub fn stream_answer(&mut self) -> Result<Answer<'_>> {
        self.stream(String::new, |_| Ask::Answer)
    }

    /// Replaces the last answer by another one.
    pub fn regenerate(&mut self, cancel: Option<&Cancel>, mut on_event: impl FnMut(Event<'_>) -> Action) -> Result<Turn> {
        self.running.end();
        take_turn(&self.raw, Ask::Regenerate, or_null(cancel), &mut on_event)
    }

    /// The same, as an iterator.
    pub fn stream_regenerate(&mut self) -> Result<Answer<'_>> {
        self.stream(String::new, |_| Ask::Regenerate)
    }

    fn stream(&mut self, text: impl FnOnce() -> String, ask: for<'a> fn(&'a str) -> Ask<'a>) -> Result<Answer<'_>> {
        let (raw, text) = (self.raw.clone(), text());
        self.running.start(move |cancel, emit| {
            take_turn(&raw, ask(&text), cancel.get(), &mut |event| match Piece::of(event).transpose() {
                Some(piece) => emit(piece),
                None => Action::Continue,
            })
        })?;
        Ok(Answer { chat: self })
    }

    /// Reads what is known of the next prompt: for idle moments. What was read stays, also when it is cancelled.
    pub fn prepare(&mut self, cancel: Option<&Cancel>) -> Result<()> {
        ffi::check(|error| unsafe { sys::reckon_chat_prepare(self.get(), or_null(cancel), error) })
    }

    /// The options of thinking and of generating from the next turn on, all of them: what is not set is the default.
    pub fn set_options(&mut self, options: &Options) -> Result<()> {
        let options = options.raw()?;
        ffi::check(|error| unsafe { sys::reckon_chat_set_options(self.get(), options.get(), error) })
    }

    /// A message, the system message among them.
    pub fn message(&self, index: usize) -> Result<Message> {
        let message = filled!(reckon_message, |out, error| sys::reckon_chat_get_message(self.get(), index, out, error))?;
        // SAFETY: valid until the chat is changed, which this borrow prevents.
        Ok(unsafe { Message::from_raw(&message) })
    }

    /// All messages.
    pub fn messages(&self) -> Result<Vec<Message>> {
        (0..self.info()?.messages as usize).map(|index| self.message(index)).collect()
    }

    /// Adds a message without answering.
    pub fn append(&mut self, message: &Message) -> Result<()> {
        ffi::check(|error| unsafe { sys::reckon_chat_append(self.get(), &message.as_raw(), error) })
    }

    /// Replaces a message.
    pub fn edit(&mut self, index: usize, message: &Message) -> Result<()> {
        ffi::check(|error| unsafe { sys::reckon_chat_edit(self.get(), index, &message.as_raw(), error) })
    }

    /// Forgets all messages from `count` on.
    pub fn truncate(&mut self, count: usize) -> Result<()> {
        ffi::check(|error| unsafe { sys::reckon_chat_truncate(self.get(), count, error) })
    }

    /// The system message from the next turn on; empty: none.
    pub fn set_system(&mut self, text: &str) -> Result<()> {
        ffi::check(|error| unsafe { sys::reckon_chat_set_system(self.get(), text.as_ptr().cast(), text.len(), error) })
    }

    /// A pinned message is never left out, and neither is the turn that it belongs to.
    pub fn pin(&mut self, index: usize, pinned: bool) -> Result<()> {
        ffi::check(|error| unsafe { sys::reckon_chat_pin(self.get(), index, pinned.into(), error) })
    }

    /// The summary of what is not seen any more; empty: there is none.
    pub fn summary(&self) -> Result<String> {
        let chat = self.get();
        ffi::string_out(|buffer, capacity, size, error| unsafe { sys::reckon_chat_get_summary(chat, buffer, capacity, size, error) })
    }

    /// The prompt that the next answer would begin from, all messages included.
    pub fn prompt(&mut self, add_generation_prompt: bool) -> Result<String> {
        let chat = self.get();
        ffi::string_out(|buffer, capacity, size, error| unsafe {
            sys::reckon_chat_prompt(chat, add_generation_prompt.into(), buffer, capacity, size, error)
        })
    }

    /// Its numbers.
    pub fn info(&self) -> Result<ChatInfo> {
        let info = filled!(reckon_chat_info, |out, error| sys::reckon_chat_get_info(self.get(), out, error))?;
        Ok(ChatInfo {
            messages: info.messages,
            context_tokens: info.context_tokens,
            max_context: info.max_context,
            memory_bytes: info.memory_bytes,
        })
    }

    /// Adds a document, plain text or Markdown, to look things up in. Forks share documents; saving does not keep them.
    pub fn attach(&mut self, name: &str, text: &str) -> Result<()> {
        ffi::check(|error| unsafe {
            sys::reckon_chat_attach(self.get(), name.as_ptr().cast(), name.len(), text.as_ptr().cast(), text.len(), error)
        })
    }

    /// The passages that this question would be given, in the documents' order.
    pub fn find(&mut self, question: &str) -> Result<Vec<Passage>> {
        let mut passages = Vec::new();
        let mut collect = |passage: &sys::reckon_passage| {
            // SAFETY: valid during the callback.
            passages.push(unsafe { passage_of(passage) });
        };
        let mut callback: Callback<'_, OnPassage<'_>> = Callback::new(&mut collect);
        let user: *mut c_void = (&mut callback as *mut Callback<'_, OnPassage<'_>>).cast();
        let result = ffi::check(|error| unsafe {
            sys::reckon_chat_find(self.get(), question.as_ptr().cast(), question.len(), Some(on_passage), user, error)
        });
        callback.finish();
        result.map(|()| passages)
    }

    /// Writes messages, pins, summary and cache to a file that is whole at every moment.
    pub fn save(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let path = ffi::path_bytes(path.as_ref())?;
        ffi::check(|error| unsafe { sys::reckon_chat_save(self.get(), path.as_ptr().cast(), path.len(), error) })
    }

    /// Puts a saved conversation in the place of this one; options stay.
    pub fn restore(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let path = ffi::path_bytes(path.as_ref())?;
        ffi::check(|error| unsafe { sys::reckon_chat_restore(self.get(), path.as_ptr().cast(), path.len(), error) })
    }
}

impl Drop for Chat {
    fn drop(&mut self) {
        self.running.end();
    }
}

type OnPassage<'a> = dyn FnMut(&sys::reckon_passage) + 'a;

unsafe extern "C" fn on_passage(user: *mut c_void, passage: *const sys::reckon_passage) -> sys::reckon_action {
    // SAFETY: user is the callback of `find`, which waits for the call.
    let (callback, passage) = unsafe { (&mut *user.cast::<Callback<'_, OnPassage<'_>>>(), &*passage) };
    match callback.run(|call| call(passage)) {
        Some(()) => Action::Continue as sys::reckon_action,
        None => Action::Stop as sys::reckon_action,
    }
}

type OnEvent<'a> = dyn FnMut(Event<'_>) -> Action + 'a;

fn take_turn(chat: &RawChat, ask: Ask<'_>, cancel: *const sys::reckon_cancel, on_event: &mut OnEvent<'_>) -> Result<Turn> {
    let mut callback = Callback::new(on_event);
    let user: *mut c_void = (&mut callback as *mut Callback<'_, OnEvent<'_>>).cast();
    // SAFETY: the objects live during the call, and so does the callback.
    let turn = ffi::object_out(|out, error| unsafe {
        match ask {
            Ask::Send(text) => {
                sys::reckon_chat_send(chat.get(), text.as_ptr().cast(), text.len(), cancel, Some(trampoline), user, out, error)
            }
            Ask::Answer => sys::reckon_chat_answer(chat.get(), cancel, Some(trampoline), user, out, error),
            Ask::Regenerate => sys::reckon_chat_regenerate(chat.get(), cancel, Some(trampoline), user, out, error),
        }
    })
    .map(Turn::of);
    callback.finish();
    turn
}

unsafe extern "C" fn trampoline(user: *mut c_void, event: *const sys::reckon_chat_event) -> sys::reckon_action {
    // SAFETY: user is the callback of `take_turn`, which waits for the call; the event and its text are whole during it.
    let (callback, event, text) = unsafe {
        let event = &*event;
        (&mut *user.cast::<Callback<'_, OnEvent<'_>>>(), event, ffi::bytes(event.text, event.text_size as usize))
    };
    let text = String::from_utf8_lossy(text);
    let seen = match event.kind as u32 {
        sys::RECKON_CHAT_CONTEXT => Event::Context(unsafe { TurnView::from_raw(event.turn) }),
        sys::RECKON_CHAT_PREFILL => Event::Prefill { done: event.done, total: event.total },
        sys::RECKON_CHAT_REASONING => Event::Reasoning(&text),
        sys::RECKON_CHAT_ANSWER => Event::Answer(&text),
        sys::RECKON_CHAT_TOOL_CALL => Event::ToolCall(&text),
        sys::RECKON_CHAT_INTERVENTION => Event::Intervention(Intervention::from_raw(event.intervention)),
        sys::RECKON_CHAT_DONE => Event::Done(unsafe { TurnView::from_raw(event.turn) }),
        _ => return Action::Continue as sys::reckon_action,
    };
    callback.run(|on_event| on_event(seen)).unwrap_or(Action::Cancel) as sys::reckon_action
}

/// An answer as it comes. Dropping it cancels and takes the chat back to before the turn.
pub struct Answer<'a> {
    chat: &'a mut Chat,
}

impl Answer<'_> {
    /// Ends here and keeps what was made. Fails if nothing was made yet, or if [`Piece::Done`] has come.
    pub fn stop(self) -> Result<Turn> {
        self.chat.running.stop().unwrap_or_else(|| Err(over()))
    }

    /// A flag that ends it from another thread; None once it has ended.
    pub fn cancel(&self) -> Option<Cancel> {
        self.chat.running.cancel()
    }
}

impl Iterator for Answer<'_> {
    type Item = Result<Piece>;

    fn next(&mut self) -> Option<Result<Piece>> {
        match self.chat.running.next()? {
            Ok(piece) => Some(piece),
            Err(result) => Some(result.map(Piece::Done)),
        }
    }
}

impl Drop for Answer<'_> {
    fn drop(&mut self) {
        self.chat.running.end();
    }
}
