//! From logits to a token.
use crate::{ffi, Model, Options, Result, Token};
use reckon_sys as sys;
use std::sync::Arc;

ffi::owner!(RawSampler, reckon_sampler, reckon_sampler_free);

/// Picks tokens: the same seed, options, logits and history give the same ones.
pub struct Sampler(pub(crate) Arc<RawSampler>);

impl Sampler {
    /// Starts from what the model's authors recommend; options that are set replace that. Without a model, from greedy.
    pub fn new(model: Option<&Model>, options: &Options) -> Result<Sampler> {
        let options = options.raw()?;
        let model = model.map_or(std::ptr::null_mut(), Model::get);
        // SAFETY: the objects and slices live during the calls, here and below.
        let object = ffi::object_out(|out, error| unsafe { sys::reckon_sampler_new(model, options.get(), out, error) })?;
        Ok(Sampler(Arc::new(RawSampler::new(object))))
    }

    /// A second one with the same options, history and random state: it would go on with the same tokens.
    pub fn fork(&self) -> Result<Sampler> {
        let object = ffi::object_out(|out, error| unsafe { sys::reckon_sampler_clone(self.get(), out, error) })?;
        Ok(Sampler(Arc::new(RawSampler::new(object))))
    }

    /// Tells it about tokens of the text so far; tokens that it picked for a session it knows.
    pub fn accept(&mut self, tokens: &[Token]) -> Result<()> {
        ffi::check(|error| unsafe { sys::reckon_sampler_accept(self.get(), tokens.as_ptr(), tokens.len(), error) })
    }

    /// Forgets the newest `count` tokens of the history.
    pub fn rewind(&mut self, count: usize) -> Result<()> {
        ffi::check(|error| unsafe { sys::reckon_sampler_rewind(self.get(), count, error) })
    }

    /// Picks a token from any logits; does not add it to the history.
    pub fn sample(&mut self, logits: &[f32]) -> Result<Token> {
        let mut token = -1;
        ffi::check(|error| unsafe { sys::reckon_sampler_sample(self.get(), logits.as_ptr(), logits.len(), &mut token, error) })?;
        Ok(token)
    }

    /// Forgets the history and starts again from the seed.
    pub fn reset(&mut self) -> Result<()> {
        ffi::check(|error| unsafe { sys::reckon_sampler_reset(self.get(), error) })
    }

    pub(crate) fn get(&self) -> *mut sys::reckon_sampler {
        self.0.get()
    }
}
