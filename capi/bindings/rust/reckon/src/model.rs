//! Models and the memory that they take.
use crate::files::{as_raw, Kept, ModelFile};
use crate::{ffi, Options, Result, Token, Tokenizer, Watch};
use reckon_sys as sys;
use std::path::Path;
use std::sync::Arc;

/// A structure of the library that a call fills.
macro_rules! filled {
    ($type:ident, |$out:ident, $error:ident| $call:expr) => {{
        // SAFETY: numbers, for which zeros are values.
        let mut info: reckon_sys::$type = unsafe { std::mem::zeroed() };
        info.struct_size = std::mem::size_of::<reckon_sys::$type>() as u32;
        let $out: *mut reckon_sys::$type = &mut info;
        // SAFETY: struct_size is set.
        crate::ffi::check(|$error| unsafe { $call }).map(|()| info)
    }};
}
pub(crate) use filled;

ffi::owner!(RawModel, reckon_model, reckon_model_release);

/// An open model. Clones are the same model. It lives as long as one of them or one of its sessions and chats.
pub struct Model {
    raw: RawModel,
    kept: Kept, // given back after the model
}

impl Model {
    /// Opens a checkpoint: a folder as published on model hubs, a .gguf file, or a .safetensors file in its folder.
    pub fn open(path: impl AsRef<Path>, options: &Options) -> Result<Model> {
        Model::open_watched(path, options, Watch::new())
    }

    /// The same, with progress in bytes and a flag to end it.
    pub fn open_watched(path: impl AsRef<Path>, options: &Options, watch: Watch<'_>) -> Result<Model> {
        let path = ffi::path_bytes(path.as_ref())?;
        let options = options.raw()?;
        // SAFETY: everything lives during the call.
        let object = watch.during(|watch| {
            ffi::object_out(|out, error| unsafe {
                sys::reckon_model_open(path.as_ptr().cast(), path.len(), options.get(), watch, out, error)
            })
        })?;
        Ok(Model { raw: RawModel::new(object), kept: Arc::default() })
    }

    /// Opens a checkpoint whose files the program holds or reads.
    pub fn open_files(files: Vec<ModelFile>, options: &Options, watch: Watch<'_>) -> Result<Model> {
        let kept = Arc::new(files);
        let raw = as_raw(&kept);
        let options = options.raw()?;
        // SAFETY: the files are kept as long as the model.
        let object = watch.during(|watch| {
            ffi::object_out(|out, error| unsafe { sys::reckon_model_open_files(raw.as_ptr(), raw.len(), options.get(), watch, out, error) })
        })?;
        Ok(Model { raw: RawModel::new(object), kept })
    }

    pub(crate) fn get(&self) -> *mut sys::reckon_model {
        self.raw.get()
    }

    pub(crate) fn kept(&self) -> Kept {
        self.kept.clone()
    }

    /// Its numbers.
    pub fn info(&self) -> Result<ModelInfo> {
        let info = filled!(reckon_model_info, |out, error| sys::reckon_model_get_info(self.get(), out, error))?;
        Ok(ModelInfo {
            tie_word_embeddings: info.tie_word_embeddings != 0,
            vocab_size: info.vocab_size,
            hidden_size: info.hidden_size,
            intermediate_size: info.intermediate_size,
            num_hidden_layers: info.num_hidden_layers,
            num_attention_heads: info.num_attention_heads,
            num_key_value_heads: info.num_key_value_heads,
            head_dim: info.head_dim,
            max_position_embeddings: info.max_position_embeddings,
            parameters: info.parameters,
            weight_bytes: info.weight_bytes,
            weight_bytes_per_token: info.weight_bytes_per_token,
        })
    }

    fn text(&self, key: u32) -> Result<String> {
        // SAFETY: the buffer is string_out's; so below.
        ffi::string_out(|buffer, capacity, size, error| unsafe {
            sys::reckon_model_get_text(self.get(), key as i32, buffer, capacity, size, error)
        })
    }

    /// The path it came from.
    pub fn name(&self) -> Result<String> {
        self.text(sys::RECKON_MODEL_NAME)
    }

    /// "safetensors", "GGUF v3".
    pub fn format(&self) -> Result<String> {
        self.text(sys::RECKON_MODEL_FORMAT)
    }

    /// "qwen2".
    pub fn architecture(&self) -> Result<String> {
        self.text(sys::RECKON_MODEL_ARCHITECTURE)
    }

    /// The weights as held in memory: "q4".
    pub fn weights(&self) -> Result<String> {
        self.text(sys::RECKON_MODEL_WEIGHTS)
    }

    /// The instruction set that is used: "avx2".
    pub fn isa(&self) -> Result<String> {
        self.text(sys::RECKON_MODEL_ISA)
    }

    /// Jinja; empty if there is none.
    pub fn chat_template(&self) -> Result<String> {
        self.text(sys::RECKON_MODEL_CHAT_TEMPLATE)
    }

    /// The tokens that end an answer.
    pub fn eos_tokens(&self) -> Result<Vec<Token>> {
        ffi::tokens_out(8, |buffer, capacity, size, error| unsafe {
            sys::reckon_model_eos_tokens(self.get(), buffer, capacity, size, error)
        })
    }

    /// Takes effect with the next operation, sessions at work included; below 1: as many as the process may use.
    pub fn set_threads(&self, threads: i32) -> Result<()> {
        ffi::check(|error| unsafe { sys::reckon_model_set_threads(self.get(), threads, error) })
    }

    /// Its tokenizer, which does not keep the weights alive.
    pub fn tokenizer(&self) -> Result<Tokenizer> {
        Tokenizer::of(self)
    }

    /// What it takes with one session of so many tokens.
    pub fn plan_memory(&self, context_tokens: i64) -> Result<MemoryPlan> {
        filled!(reckon_memory_plan, |out, error| sys::reckon_model_plan_memory(self.get(), context_tokens, out, error)).map(MemoryPlan::of)
    }
}

impl Clone for Model {
    fn clone(&self) -> Model {
        // SAFETY: gives one more reference, which is the clone's.
        Model { raw: RawModel::new(unsafe { sys::reckon_model_retain(self.get()) }), kept: self.kept.clone() }
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("name", &self.name().unwrap_or_default()).finish_non_exhaustive()
    }
}

/// The numbers of a model, named as in config.json.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub struct ModelInfo {
    pub tie_word_embeddings: bool,
    pub vocab_size: i64,
    pub hidden_size: i64,
    pub intermediate_size: i64,
    pub num_hidden_layers: i64,
    pub num_attention_heads: i64,
    pub num_key_value_heads: i64,
    pub head_dim: i64,
    pub max_position_embeddings: i64,
    pub parameters: i64,
    /// In memory, packed.
    pub weight_bytes: i64,
    /// Read from memory for each decoded token.
    pub weight_bytes_per_token: i64,
}

/// Bytes on the heap for one model with one session; mapped files are not counted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryPlan {
    /// Packed linear layers, norms and biases.
    pub weight_bytes: i64,
    /// Of the cache, for each token.
    pub kv_bytes_per_token: i64,
    /// The cache at `context_tokens`, in whole blocks.
    pub kv_bytes: i64,
    /// Activations of the largest prefill chunk, and logits.
    pub scratch_bytes: i64,
    /// While opening only; not in `total_bytes`.
    pub load_bytes: i64,
    /// An estimate.
    pub tokenizer_bytes: i64,
    /// Weights, cache, scratch and tokenizer.
    pub total_bytes: i64,
    /// The context that was asked about.
    pub context_tokens: i64,
    /// In tokens, under the memory limit; 0: not even one.
    pub max_context_that_fits: i64,
}

impl MemoryPlan {
    /// What opening a checkpoint and a session would take. Reads headers only.
    pub fn of_path(path: impl AsRef<Path>, options: &Options, context_tokens: i64) -> Result<MemoryPlan> {
        let path = ffi::path_bytes(path.as_ref())?;
        let options = options.raw()?;
        filled!(reckon_memory_plan, |out, error| sys::reckon_plan_memory(
            path.as_ptr().cast(),
            path.len(),
            options.get(),
            context_tokens,
            out,
            error
        ))
        .map(MemoryPlan::of)
    }

    /// The same for files that the program holds or reads.
    pub fn of_files(files: &[ModelFile], options: &Options, context_tokens: i64) -> Result<MemoryPlan> {
        let raw = as_raw(files);
        let options = options.raw()?;
        filled!(reckon_memory_plan, |out, error| sys::reckon_plan_memory_files(
            raw.as_ptr(),
            raw.len(),
            options.get(),
            context_tokens,
            out,
            error
        ))
        .map(MemoryPlan::of)
    }

    fn of(plan: sys::reckon_memory_plan) -> MemoryPlan {
        MemoryPlan {
            weight_bytes: plan.weight_bytes,
            kv_bytes_per_token: plan.kv_bytes_per_token,
            kv_bytes: plan.kv_bytes,
            scratch_bytes: plan.scratch_bytes,
            load_bytes: plan.load_bytes,
            tokenizer_bytes: plan.tokenizer_bytes,
            total_bytes: plan.total_bytes,
            context_tokens: plan.context_tokens,
            max_context_that_fits: plan.max_context_that_fits,
        }
    }
}
