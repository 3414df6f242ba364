"""A position in a sequence of tokens."""
from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, List, Optional, Sequence

from ._library import Handle, Object, call, ffi, lib, struct, text_at, token_array, tokens_out
from ._work import Cancel, Progress, run
from .options import native
from .stream import FinishReason, Stream, _State

if TYPE_CHECKING:
    if sys.version_info >= (3, 11):
        from typing import Unpack
    else:
        from typing_extensions import Unpack
    from .model import Model
    from .options import GenerateOptions, SessionOptions
    from .sampler import Sampler


@dataclass(frozen=True)
class SessionInfo:
    """Tokens so far, at most, and bytes of cache and scratch (shared blocks count in full)."""
    length: int
    max_context: int
    memory_bytes: int


@dataclass(frozen=True)
class GenerateResult:
    """What generating gave."""
    finish_reason: FinishReason
    tokens: int
    """That were added to the session, the stop token included."""
    first_token_seconds: float
    decode_seconds: float


@ffi.callback('reckon_action(void *, const char *, size_t)')  # type: ignore[untyped-decorator,unused-ignore]
def _on_text(user: Any, text: Any, size: int) -> int:
    state: _State = ffi.from_handle(user)
    return state.put(lambda: text_at(text, size))


class Session(Object):
    """What the model has read and written, with its cache. Calls are transactional: after a failure, or Ctrl-C, it is as before.
    One thread at a time; sessions of one model may run at the same time."""

    def __init__(self, model: Model, **options: Unpack[SessionOptions]) -> None:
        out = ffi.new('reckon_session **')
        with native(options) as native_options, model._handle as pointer:
            call(lib.reckon_session_new, pointer, native_options, out)
        self._handle = Handle(out[0], lib.reckon_session_free, model._handle._keep)

    def append(self, tokens: Sequence[int], *, progress: Optional[Progress] = None, cancel: Optional[Cancel] = None) -> None:
        """Reads tokens; progress is told how many."""
        array, count = token_array(tokens)
        with self._handle as pointer:
            run(lambda watch, _: call(lib.reckon_session_append, pointer, array, count, watch), cancel, progress)

    def next(self, sampler: Sampler, *, cancel: Optional[Cancel] = None) -> int:
        """Lets the sampler pick the next token and adds it to the sequence."""
        out = ffi.new('reckon_token *')
        with self._handle as pointer, sampler._handle as sampler_pointer:
            run(lambda _, stop: call(lib.reckon_session_next, pointer, sampler_pointer, stop, out), cancel)
        return int(out[0])

    def generate(self, sampler: Sampler, *, cancel: Optional[Cancel] = None,
                 **options: Unpack[GenerateOptions]) -> Stream[str, GenerateResult]:
        """Text until a stop token, a stop string or the limit ends it. See `Stream`."""
        def work(state: _State, stop: Any) -> GenerateResult:
            result = struct('reckon_generate_result')
            user = ffi.new_handle(state)
            with native(options) as native_options, self._handle as pointer, sampler._handle as sampler_pointer:
                call(lib.reckon_session_generate, pointer, sampler_pointer, native_options, stop, _on_text, user, result)
            return GenerateResult(FinishReason(result.finish_reason), result.tokens, result.first_token_seconds,
                                  result.decode_seconds)
        return Stream(work, cancel)

    def logits_view(self, *, cancel: Optional[Cancel] = None) -> memoryview:
        """The logits behind the last token, float32, read-only and not copied: they stand where the session computes, so they are
        those of now until the next call with the session. The session stays in memory as long as the view."""
        out, count = ffi.new('float **'), ffi.new('size_t *')
        with self._handle as pointer:
            run(lambda _, stop: call(lib.reckon_session_logits, pointer, stop, ffi.cast('const float **', out), count), cancel)
            view: Any = memoryview(_Logits.over(out[0], count[0], self._handle)).cast('B').cast('f').toreadonly()
        return view  # type: ignore[no-any-return]

    def logits(self, *, cancel: Optional[Cancel] = None) -> Any:
        """The same as a numpy array."""
        import numpy
        return numpy.frombuffer(self.logits_view(cancel=cancel), dtype=numpy.float32)

    def score(self, tokens: Sequence[int], *, cancel: Optional[Cancel] = None) -> List[float]:
        """ln P(token | the sequence and the tokens before it) for each; the session stays where it is. NaN for the first token of
        an empty session."""
        array, count = token_array(tokens)
        scores = ffi.new('float[]', max(count, 1))
        with self._handle as pointer:
            run(lambda _, stop: call(lib.reckon_session_score, pointer, array, count, stop, scores), cancel)
        return list(ffi.unpack(scores, count)) if count else []

    def truncate(self, length: int) -> None:
        """Forgets the tokens at and past `length`."""
        with self._handle as pointer:
            call(lib.reckon_session_truncate, pointer, length)

    def fork(self) -> Session:
        """A second session at the same place; the cache is shared until one of the two writes."""
        out = ffi.new('reckon_session **')
        with self._handle as pointer:
            call(lib.reckon_session_fork, pointer, out)
        session = Session.__new__(Session)
        session._handle = Handle(out[0], lib.reckon_session_free, self._handle._keep)
        return session

    @property
    def tokens(self) -> List[int]:
        """The tokens so far."""
        with self._handle as pointer:
            return tokens_out(1024, lib.reckon_session_tokens, pointer)

    @property
    def info(self) -> SessionInfo:
        """Length, limit and memory."""
        info = struct('reckon_session_info')
        with self._handle as pointer:
            call(lib.reckon_session_get_info, pointer, info)
        return SessionInfo(info.length, info.max_context, info.memory_bytes)

    def __len__(self) -> int:
        return self.info.length


class _Logits:
    """Memory of a session as an array of ctypes that keeps the session from being freed."""

    @staticmethod
    def over(pointer: Any, count: int, handle: Handle) -> Any:
        handle.__enter__()
        kind = type('Logits', (ctypes.c_float * count,), {'__del__': lambda self: self.owner.__exit__()})
        view = kind.from_address(int(ffi.cast('uintptr_t', pointer)))  # type: ignore[attr-defined]
        view.owner = handle
        return view
