//! What a turn gave.
use crate::chat_values::passage_of;
use crate::model::filled;
use crate::session::FinishReason;
use crate::{ffi, Intervention, Passage, Result, Token};
use reckon_sys as sys;

ffi::owner!(RawTurn, reckon_turn, reckon_turn_free);

/// What a turn gave: the owner of a [`TurnView`]. It needs nothing of its chat.
pub struct Turn(RawTurn);

/// What a turn gave; in [`crate::Event::Context`], only passages and what the model sees are known yet.
#[repr(transparent)]
pub struct TurnView(sys::reckon_turn);

impl Turn {
    pub(crate) fn of(object: *mut sys::reckon_turn) -> Turn {
        Turn(RawTurn::new(object))
    }
}

impl std::ops::Deref for Turn {
    type Target = TurnView;

    fn deref(&self) -> &TurnView {
        // SAFETY: the object lives as long as its owner; a view has no size and is only its address.
        unsafe { &*self.0.get().cast::<TurnView>() }
    }
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turn").field("answer", &self.answer().unwrap_or_default()).finish_non_exhaustive()
    }
}

impl TurnView {
    /// # Safety
    /// `turn` is a turn that lives for 'a.
    pub(crate) unsafe fn from_raw<'a>(turn: *const sys::reckon_turn) -> &'a TurnView {
        &*turn.cast()
    }

    fn get(&self) -> *const sys::reckon_turn {
        &self.0
    }

    /// Its numbers.
    pub fn info(&self) -> Result<TurnInfo> {
        let info = filled!(reckon_turn_info, |out, error| sys::reckon_turn_get_info(self.get(), out, error))?;
        Ok(TurnInfo {
            finish_reason: FinishReason::from_raw(info.finish_reason),
            inside_reasoning: info.inside_reasoning != 0,
            interventions: info.interventions,
            passages: info.passages,
            prompt_tokens: info.prompt_tokens,
            reused_tokens: info.reused_tokens,
            reasoning_tokens: info.reasoning_tokens,
            generated_tokens: info.generated_tokens,
            prefill_seconds: info.prefill_seconds,
            first_token_seconds: info.first_token_seconds,
            decode_seconds: info.decode_seconds,
            kept_messages: info.kept_messages,
            dropped_messages: info.dropped_messages,
            summarized_messages: info.summarized_messages,
            kept_tokens: info.kept_tokens,
            dropped_tokens: info.dropped_tokens,
            summarized_tokens: info.summarized_tokens,
            summary_tokens: info.summary_tokens,
        })
    }

    fn string(&self, key: u32) -> Result<String> {
        // SAFETY: the buffer is string_out's; so below.
        ffi::string_out(|buffer, capacity, size, error| unsafe {
            sys::reckon_turn_get_text(self.get(), key as i32, buffer, capacity, size, error)
        })
    }

    /// The reasoning, without marks and surrounding white space.
    pub fn reasoning(&self) -> Result<String> {
        self.string(sys::RECKON_TURN_REASONING)
    }

    /// The answer, likewise.
    pub fn answer(&self) -> Result<String> {
        self.string(sys::RECKON_TURN_ANSWER)
    }

    /// All of it as generated, marks included.
    pub fn text(&self) -> Result<String> {
        self.string(sys::RECKON_TURN_TEXT)
    }

    /// A JSON array as in OpenAI's API, or empty.
    pub fn tool_calls_json(&self) -> Result<String> {
        self.string(sys::RECKON_TURN_TOOL_CALLS)
    }

    /// Which stop string ended it; empty if none did.
    pub fn stop_string(&self) -> Result<String> {
        self.string(sys::RECKON_TURN_STOP_STRING)
    }

    /// All tokens that were generated, and those written for the model.
    pub fn tokens(&self) -> Result<Vec<Token>> {
        ffi::tokens_out(1024, |buffer, capacity, size, error| unsafe { sys::reckon_turn_tokens(self.get(), buffer, capacity, size, error) })
    }

    /// What Reckon did to the reasoning, in the order in which it happened.
    pub fn interventions(&self) -> Result<Vec<Intervention>> {
        (0..self.info()?.interventions as usize)
            .map(|index| {
                let mut one = 0;
                ffi::check(|error| unsafe { sys::reckon_turn_get_intervention(self.get(), index, &mut one, error) })?;
                Ok(Intervention::from_raw(one))
            })
            .collect()
    }

    /// The passages of documents that stood in front of the question.
    pub fn passages(&self) -> Result<Vec<Passage>> {
        (0..self.info()?.passages as usize)
            .map(|index| {
                let passage = filled!(reckon_passage, |out, error| sys::reckon_turn_get_passage(self.get(), index, out, error))?;
                // SAFETY: its strings live as long as the turn.
                Ok(unsafe { passage_of(&passage) })
            })
            .collect()
    }
}

/// The numbers of a turn: how it ended, what it cost, and what of the conversation the model saw.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TurnInfo {
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// Whether it ended before the reasoning did.
    pub inside_reasoning: bool,
    /// How many.
    pub interventions: i64,
    /// How many, of documents.
    pub passages: i64,
    /// The rendered conversation.
    pub prompt_tokens: i64,
    /// Of these, what was in the cache already.
    pub reused_tokens: i64,
    /// Generated inside the reasoning, marks and bridge included.
    pub reasoning_tokens: i64,
    /// All, the stop token included.
    pub generated_tokens: i64,
    /// To read the prompt.
    pub prefill_seconds: f64,
    /// From the call to the first generated token.
    pub first_token_seconds: f64,
    /// From the first generated token to the last.
    pub decode_seconds: f64,
    /// Messages that the model saw.
    pub kept_messages: i64,
    /// Messages that it did not see at all.
    pub dropped_messages: i64,
    /// Messages that it saw as a summary.
    pub summarized_messages: i64,
    /// The prompt, the summary included.
    pub kept_tokens: i64,
    /// What the prompt would have had beside them.
    pub dropped_tokens: i64,
    /// Likewise.
    pub summarized_tokens: i64,
    /// What the prompt has more for the summary.
    pub summary_tokens: i64,
}
