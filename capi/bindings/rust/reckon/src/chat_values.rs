//! What goes into a conversation and comes out of it.
use crate::{ffi, Result, Turn, TurnInfo, TurnView};
use reckon_sys as sys;
use std::os::raw::c_char;

/// What a closure answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Go on.
    Continue = 0,
    /// End here, keep what was made.
    Stop = 1,
    /// End here and take it back; the call fails with [`crate::Code::Cancelled`].
    Cancel = 2,
}

/// Something that Reckon did to the reasoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Intervention {
    /// An empty reasoning was written, because the template has no switch.
    ThinkingOff,
    /// The soft budget was reached: its end becomes more likely.
    Nudge,
    /// Closed: the most tokens were reached.
    BudgetClose,
    /// Closed: what is left is the answer's.
    ReserveClose,
    /// Closed: it repeated itself.
    LoopClose,
    /// Closed: the model ended its turn without an answer.
    UnclosedEnd,
    /// Something that a later version does.
    Other(i32),
}

impl Intervention {
    pub(crate) fn from_raw(raw: sys::reckon_intervention) -> Intervention {
        match raw {
            0 => Intervention::ThinkingOff,
            1 => Intervention::Nudge,
            2 => Intervention::BudgetClose,
            3 => Intervention::ReserveClose,
            4 => Intervention::LoopClose,
            5 => Intervention::UnclosedEnd,
            other => Intervention::Other(other),
        }
    }
}

/// A passage of an attached document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Passage {
    /// The document's name.
    pub document: String,
    /// The nearest heading above it; empty: none.
    pub heading: String,
    /// Its text.
    pub text: String,
    /// In the document, counted from 1.
    pub first_line: i64,
    /// Likewise.
    pub last_line: i64,
    /// Its length.
    pub tokens: i64,
}

/// # Safety
/// The strings of `passage` are valid.
pub(crate) unsafe fn passage_of(passage: &sys::reckon_passage) -> Passage {
    Passage {
        document: ffi::owned(passage.document, passage.document_size),
        heading: ffi::owned(passage.heading, passage.heading_size),
        text: ffi::owned(passage.text, passage.text_size),
        first_line: passage.first_line,
        last_line: passage.last_line,
        tokens: passage.tokens,
    }
}

/// A message, as templates see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// "system", "user", "assistant" or "tool".
    pub role: String,
    /// None, as in an answer that only calls tools.
    pub content: Option<String>,
    /// For templates that take it apart from the content; empty: not given.
    pub reasoning: String,
    /// An array as in OpenAI's API; empty: none.
    pub tool_calls_json: String,
    /// Other members, as a JSON object; empty: none.
    pub extra_json: String,
}

impl Message {
    /// A message with a content.
    pub fn new(role: &str, content: &str) -> Message {
        Message { role: role.to_owned(), content: Some(content.to_owned()), ..Message::default() }
    }

    /// Borrows from self.
    pub(crate) fn as_raw(&self) -> sys::reckon_message {
        let pointer = |text: &str| text.as_ptr().cast::<c_char>();
        sys::reckon_message {
            struct_size: std::mem::size_of::<sys::reckon_message>() as u32,
            reserved: 0,
            role: pointer(&self.role),
            role_size: self.role.len() as u64,
            content: self.content.as_deref().map_or(std::ptr::null(), pointer),
            content_size: self.content.as_deref().map_or(0, str::len) as u64,
            reasoning: pointer(&self.reasoning),
            reasoning_size: self.reasoning.len() as u64,
            tool_calls_json: pointer(&self.tool_calls_json),
            tool_calls_json_size: self.tool_calls_json.len() as u64,
            extra_json: pointer(&self.extra_json),
            extra_json_size: self.extra_json.len() as u64,
        }
    }

    /// # Safety
    /// The strings of `raw` are valid.
    pub(crate) unsafe fn from_raw(raw: &sys::reckon_message) -> Message {
        Message {
            role: ffi::owned(raw.role, raw.role_size),
            content: if raw.content.is_null() { None } else { Some(ffi::owned(raw.content, raw.content_size)) },
            reasoning: ffi::owned(raw.reasoning, raw.reasoning_size),
            tool_calls_json: ffi::owned(raw.tool_calls_json, raw.tool_calls_json_size),
            extra_json: ffi::owned(raw.extra_json, raw.extra_json_size),
        }
    }
}

/// The numbers of a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChatInfo {
    /// How many, the system message among them.
    pub messages: i64,
    /// In the cache now.
    pub context_tokens: i64,
    /// In tokens.
    pub max_context: i64,
    /// Cache blocks (shared ones count in full), scratch, documents with their index.
    pub memory_bytes: i64,
}

/// What happens during a turn, as a closure sees it.
#[non_exhaustive]
pub enum Event<'a> {
    /// Messages are left out or summed up, or passages of documents are shown.
    Context(&'a TurnView),
    /// So many tokens of the prompt have been read.
    Prefill {
        /// Tokens.
        done: i64,
        /// Tokens.
        total: i64,
    },
    /// A piece of reasoning: whole characters.
    Reasoning(&'a str),
    /// A piece of the answer.
    Answer(&'a str),
    /// A JSON object {"name": ..., "arguments": ...}.
    ToolCall(&'a str),
    /// Reckon did something to the reasoning.
    Intervention(Intervention),
    /// The end; what the closure answers does not matter any more.
    Done(&'a TurnView),
}

/// What is known of a turn before its prompt is read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Context {
    /// What the model sees of the conversation.
    pub info: TurnInfo,
    /// The passages of documents that it is given.
    pub passages: Vec<Passage>,
}

/// What happens during a turn, as an iterator gives it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Piece {
    /// Messages are left out or summed up, or passages of documents are shown.
    Context(Box<Context>),
    /// So many tokens of the prompt have been read.
    Prefill {
        /// Tokens.
        done: i64,
        /// Tokens.
        total: i64,
    },
    /// A piece of reasoning: whole characters.
    Reasoning(String),
    /// A piece of the answer.
    Answer(String),
    /// A JSON object {"name": ..., "arguments": ...}.
    ToolCall(String),
    /// Reckon did something to the reasoning.
    Intervention(Intervention),
    /// The end.
    Done(Turn),
}

impl Piece {
    /// The owned form of an event; None for the end, whose turn comes when the call has returned.
    pub(crate) fn of(event: Event<'_>) -> Result<Option<Piece>> {
        Ok(Some(match event {
            Event::Context(turn) => Piece::Context(Box::new(Context { info: turn.info()?, passages: turn.passages()? })),
            Event::Prefill { done, total } => Piece::Prefill { done, total },
            Event::Reasoning(text) => Piece::Reasoning(text.to_owned()),
            Event::Answer(text) => Piece::Answer(text.to_owned()),
            Event::ToolCall(text) => Piece::ToolCall(text.to_owned()),
            Event::Intervention(one) => Piece::Intervention(one),
            Event::Done(_) => return Ok(None),
        }))
    }
}
