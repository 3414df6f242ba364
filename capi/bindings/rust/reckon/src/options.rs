//! Options, and what the library says of each.
use crate::{ffi, Error, Result, Token};
use reckon_sys as sys;

/// The value of an option.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number; 0 or 1 for a switch.
    Int(i64),
    /// A number.
    Float(f64),
    /// Text.
    Str(String),
}

/// An option; see [`OptionInfo::all`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(
    /// The number of the C ABI.
    pub i32,
);

/// Options of opening models, making sessions, samplers and chats, generating and rendering: each call looks at those of
/// its own kind and ignores the others. They are checked when they are used.
///
/// ```
/// let options = reckon::Options::new().threads(2).temperature(0.6).stop_string("\n\n");
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    settings: Vec<(Key, Value)>,
    logit_bias: Vec<(Token, f32)>,
}

ffi::owner!(RawOptions, reckon_options, reckon_options_free);

impl Options {
    /// All defaults.
    pub fn new() -> Options {
        Options::default()
    }

    /// Sets any option. Setting one again replaces its value, except where each call adds one.
    pub fn set(mut self, key: Key, value: Value) -> Self {
        self.settings.push((key, value));
        self
    }

    /// For samplers: adds to the logit of a token; negative infinity forbids it.
    pub fn logit_bias(mut self, token: Token, bias: f32) -> Self {
        self.logit_bias.push((token, bias));
        self
    }

    pub(crate) fn raw(&self) -> Result<RawOptions> {
        // SAFETY: the calls are given what they ask for.
        let options = RawOptions::new(ffi::object_out(|out, error| unsafe { sys::reckon_options_new(out, error) })?);
        for (key, value) in &self.settings {
            ffi::check(|error| unsafe {
                match value {
                    Value::Int(value) => sys::reckon_options_set_i64(options.get(), key.0, *value, error),
                    Value::Float(value) => sys::reckon_options_set_f64(options.get(), key.0, *value, error),
                    Value::Str(value) => sys::reckon_options_set_str(options.get(), key.0, value.as_ptr().cast(), value.len(), error),
                }
            })?;
        }
        for (token, bias) in &self.logit_bias {
            ffi::check(|error| unsafe { sys::reckon_options_add_logit_bias(options.get(), *token, *bias, error) })?;
        }
        Ok(options)
    }
}

macro_rules! options {
    ($($constant:ident $method:ident $type:tt $number:literal $doc:literal;)*) => {
        impl Key {
            $(#[doc = $doc] pub const $constant: Key = Key($number);)*
            /// The keys that this crate has methods for.
            pub const KNOWN: &'static [Key] = &[$(Key::$constant),*];
        }
        impl Options {
            $(options!(method $constant $method $type $doc);)*
        }
    };
    (method $constant:ident $method:ident i64 $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, value: i64) -> Self { self.set(Key::$constant, Value::Int(value)) }
    };
    (method $constant:ident $method:ident bool $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, value: bool) -> Self { self.set(Key::$constant, Value::Int(value.into())) }
    };
    (method $constant:ident $method:ident f64 $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, value: f64) -> Self { self.set(Key::$constant, Value::Float(value)) }
    };
    (method $constant:ident $method:ident str $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, value: &str) -> Self { self.set(Key::$constant, Value::Str(value.to_owned())) }
    };
}

options! {
    WEIGHTS weights str 100 "Model: \"auto\", \"f32\", \"bf16\", \"q8\", \"q4\".";
    KV_CACHE kv_cache str 101 "Model: \"auto\", \"f32\", \"bf16\".";
    THREADS threads i64 102 "Model: 0 is as many as the process may use.";
    MEMORY_LIMIT_BYTES memory_limit_bytes i64 103 "Model: 0 is none.";
    ISA isa str 104 "Model: \"\" is the best instruction set.";
    MAX_CONTEXT max_context i64 200 "Session: 0 is the model's, or what the memory limit leaves.";
    PREFILL_CHUNK prefill_chunk i64 201 "Session: tokens that are read at once.";
    TEMPERATURE temperature f64 300 "Sampler: 0 is greedy.";
    TOP_K top_k i64 301 "Sampler: 0 is off.";
    TOP_P top_p f64 302 "Sampler: 1 is off.";
    MIN_P min_p f64 303 "Sampler: 0 is off.";
    TYPICAL_P typical_p f64 304 "Sampler: 1 is off.";
    REPETITION_PENALTY repetition_penalty f64 305 "Sampler: 1 is off.";
    PRESENCE_PENALTY presence_penalty f64 306 "Sampler: 0 is off.";
    FREQUENCY_PENALTY frequency_penalty f64 307 "Sampler: 0 is off.";
    PENALTY_WINDOW penalty_window i64 308 "Sampler: tokens; -1 is all.";
    DRY_MULTIPLIER dry_multiplier f64 309 "Sampler: 0 is off.";
    DRY_BASE dry_base f64 310 "Sampler: the base of DRY's penalty.";
    DRY_ALLOWED_LENGTH dry_allowed_length i64 311 "Sampler: tokens that DRY lets repeat.";
    XTC_PROBABILITY xtc_probability f64 312 "Sampler: 0 is off.";
    XTC_THRESHOLD xtc_threshold f64 313 "Sampler: probability from which XTC leaves out.";
    SEED seed i64 314 "Sampler: the seed of its random numbers.";
    DRY_BREAKER dry_breaker i64 315 "Sampler: a token over which DRY does not look; each call adds one.";
    MAX_TOKENS max_tokens i64 400 "Generating: -1 is until the context is full.";
    STOP_STRING stop_string str 401 "Generating: each call adds one.";
    STOP_TOKEN stop_token i64 402 "Generating: each call adds one.";
    IGNORE_EOS ignore_eos bool 403 "Generating: goes on behind the token that ends an answer.";
    SKIP_SPECIAL skip_special bool 404 "Generating: leaves special tokens out of the text.";
    ADD_GENERATION_PROMPT add_generation_prompt bool 500 "Template: ends the prompt where the answer begins.";
    TOOLS_JSON tools_json str 501 "Template: a JSON array.";
    TEMPLATE_VARIABLES_JSON template_variables_json str 502 "Template: a JSON object.";
    TEMPLATE_NAME template_name str 503 "Template: \"\" is the default one.";
    SYSTEM system str 600 "Chat: the system message; \"\" is none.";
    REUSE_CACHE reuse_cache bool 601 "Chat: false reads every prompt from its first token on.";
    THINKING thinking bool 610 "Chat: whether the model may think.";
    THINKING_MAX_TOKENS thinking_max_tokens i64 611 "Chat: the most tokens of reasoning; -1 is no limit.";
    THINKING_SOFT_MAX_TOKENS thinking_soft_max_tokens i64 612 "Chat: from here on the end of reasoning becomes more likely; -1 is never.";
    THINKING_NUDGE thinking_nudge f64 613 "Chat: by this much of its logit at the maximum.";
    ANSWER_RESERVE answer_reserve i64 614 "Chat: reasoning is closed while so many tokens are left; -1 is up to a quarter.";
    LOOP_GUARD loop_guard bool 615 "Chat: closes reasoning that goes round in circles.";
    BRIDGE bridge str 616 "Chat: leads from closed reasoning to the answer; \"\" is by the language.";
    SUMMARIZE summarize bool 620 "Chat: sums up the oldest turns instead of leaving them out.";
    SUMMARY_TOKENS summary_tokens i64 621 "Chat: the most tokens of a summary.";
    DOCUMENT_TOKENS document_tokens i64 630 "Chat: of all passages of a question.";
    PASSAGE_TOKENS passage_tokens i64 631 "Chat: the most tokens of one passage.";
}

/// What kind of value an option has, its range (ends included) and its default.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Kind {
    /// Whole numbers.
    Int { min: i64, max: i64, default: i64 },
    /// Numbers.
    Float { min: f64, max: f64, default: f64 },
    /// One of the choices, or any text if there are none.
    Str { choices: Vec<String>, default: String },
}

/// What an option is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OptionInfo {
    /// The option.
    pub key: Key,
    /// Its name, such as "top_p".
    pub name: String,
    /// One sentence.
    pub doc: String,
    /// Whether each setting adds a value.
    pub repeatable: bool,
    /// Its values.
    pub kind: Kind,
}

impl OptionInfo {
    /// All options of the library that is loaded.
    pub fn all() -> Result<Vec<OptionInfo>> {
        // SAFETY: takes nothing.
        (0..unsafe { sys::reckon_option_count() }).map(OptionInfo::at).collect()
    }

    fn at(index: usize) -> Result<OptionInfo> {
        let mut info = sys::reckon_option_info { struct_size: std::mem::size_of::<sys::reckon_option_info>() as u32, ..zeroed() };
        // SAFETY: struct_size is set; the strings are static.
        ffi::check(|error| unsafe { sys::reckon_option_get_info(index, &mut info, error) })?;
        let text = |text| unsafe { ffi::static_str(text) };
        let kind = match info.type_ as u32 {
            sys::RECKON_TYPE_I64 => Kind::Int { min: info.min_i64, max: info.max_i64, default: info.default_i64 },
            sys::RECKON_TYPE_F64 => Kind::Float { min: info.min_f64, max: info.max_f64, default: info.default_f64 },
            sys::RECKON_TYPE_STR => Kind::Str {
                choices: text(info.choices).split_whitespace().map(str::to_owned).collect(),
                default: text(info.default_str).to_owned(),
            },
            other => return Err(Error::new(crate::Code::Unimplemented, format!("option {} has the type {}", info.option, other))),
        };
        Ok(OptionInfo {
            key: Key(info.option),
            name: text(info.name).to_owned(),
            doc: text(info.doc).to_owned(),
            repeatable: info.repeatable != 0,
            kind,
        })
    }
}

fn zeroed() -> sys::reckon_option_info {
    // SAFETY: numbers and pointers, for which zeros are values.
    unsafe { std::mem::zeroed() }
}
