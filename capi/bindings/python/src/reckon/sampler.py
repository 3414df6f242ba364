"""From logits to a token."""
from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING, Any, Optional, Sequence

from ._library import Handle, Object, call, ffi, lib, optional, token_array
from .options import native

if TYPE_CHECKING:
    if sys.version_info >= (3, 11):
        from typing import Unpack
    else:
        from typing_extensions import Unpack
    from .model import Model
    from .options import SamplerOptions


class Sampler(Object):
    """Bias, penalties, DRY, temperature, top-k, typical, top-p, min-p, XTC, then one draw. One thread at a time. With a model, it
    starts from what the model's authors recommend."""

    def __init__(self, model: Optional[Model] = None, **options: Unpack[SamplerOptions]) -> None:
        out = ffi.new('reckon_sampler **')
        with native(options) as native_options, optional(model) as pointer:
            call(lib.reckon_sampler_new, pointer, native_options, out)
        self._handle = Handle(out[0], lib.reckon_sampler_free)

    def clone(self) -> Sampler:
        """A second one with the same options, history and random state."""
        out = ffi.new('reckon_sampler **')
        with self._handle as pointer:
            call(lib.reckon_sampler_clone, pointer, out)
        sampler = Sampler.__new__(Sampler)
        sampler._handle = Handle(out[0], lib.reckon_sampler_free)
        return sampler

    __copy__ = clone

    def accept(self, tokens: Sequence[int]) -> None:
        """Tells it about tokens of the text so far, for its penalties; those that it picked for a session it knows."""
        with self._handle as pointer:
            call(lib.reckon_sampler_accept, pointer, *token_array(tokens))

    def rewind(self, count: int) -> None:
        """Forgets the newest tokens of the history, to go with `Session.truncate`."""
        with self._handle as pointer:
            call(lib.reckon_sampler_rewind, pointer, count)

    def sample(self, logits: Any) -> int:
        """Picks a token from any logits: a numpy array or other buffer of float32 (not copied), or numbers. Does not add it to the
        history."""
        if not hasattr(logits, '__array_interface__') and not isinstance(logits, (memoryview, array)):
            logits = array('f', logits)
        data = ffi.from_buffer('float[]', logits)
        if memoryview(logits).format not in ('f', '<f', '=f'):
            raise TypeError(f'logits are float32, not {memoryview(logits).format!r}')
        out = ffi.new('reckon_token *')
        with self._handle as pointer:
            call(lib.reckon_sampler_sample, pointer, data, len(data), out)
        return int(out[0])

    def reset(self) -> None:
        """Forgets the history and starts again from the seed."""
        with self._handle as pointer:
            call(lib.reckon_sampler_reset, pointer)
