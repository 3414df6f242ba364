"""Models: opening them, what they are, and the memory they take."""
from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, List, Optional, Sequence, Union

from ._library import Handle, Object, call, ffi, lib, path_bytes, pending, string_out, struct, tokens_out
from ._work import Cancel, Progress, run
from .options import native

if TYPE_CHECKING:
    if sys.version_info >= (3, 11):
        from typing import Unpack
    else:
        from typing_extensions import Unpack
    from .chat import Chat
    from .options import ChatOptions, OpenOptions, SamplerOptions, SessionOptions
    from .sampler import Sampler
    from .session import Session
    from .tokenizer import Tokenizer

Path = Union[str, bytes, 'os.PathLike[str]', 'os.PathLike[bytes]']


@dataclass(frozen=True)
class File:
    """One file of a checkpoint that is not on disk: its bytes (kept, not copied), or its size and read_at(offset, size), which
    returns that many bytes."""
    name: str
    data: Any = None
    size: int = 0
    read_at: Optional[Callable[[int, int], Any]] = None


@dataclass(frozen=True)
class ModelInfo:
    """The numbers of a model, named as in config.json."""
    tie_word_embeddings: bool
    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    max_position_embeddings: int
    parameters: int
    weight_bytes: int
    """In memory, packed."""
    weight_bytes_per_token: int
    """Read from memory for each decoded token."""


@dataclass(frozen=True)
class MemoryPlan:
    """Bytes on the heap for one model with one session of context_tokens."""
    weight_bytes: int
    kv_bytes_per_token: int
    kv_bytes: int
    scratch_bytes: int
    load_bytes: int
    """While opening only; not in total_bytes."""
    tokenizer_bytes: int
    total_bytes: int
    context_tokens: int
    max_context_that_fits: int
    """Tokens, under memory_limit_bytes; 0: not even one."""


@ffi.callback('reckon_status(void *, uint64_t, void *, size_t)')  # type: ignore[untyped-decorator,unused-ignore]
def _read_at(user: Any, offset: int, buffer: Any, size: int) -> int:
    try:
        data = ffi.from_handle(user)(offset, size)
        if len(data) != size:
            raise ValueError(f'read_at returned {len(data)} bytes instead of {size} at {offset}')
        ffi.memmove(buffer, data, size)
    except BaseException as exception:
        pending.exception = exception
        return int(lib.RECKON_UNAVAILABLE)
    return 0


class _Files:
    """The library's form of files, and all that must stay alive with them."""

    def __init__(self, files: Sequence[File]) -> None:
        self.array = ffi.new('reckon_file[]', len(files))
        self.kept: List[Any] = []
        for native_file, file in zip(self.array, files):
            native_file.struct_size = ffi.sizeof('reckon_file')
            native_file.name = self._keep(ffi.new('char[]', file.name.encode()))
            if file.read_at is not None:
                native_file.size, native_file.read_at = file.size, _read_at
                native_file.user = self._keep(ffi.new_handle(file.read_at))
            else:
                data = self._keep(ffi.from_buffer(file.data if file.data is not None else b''))
                native_file.data, native_file.size = data, len(data)

    def _keep(self, value: Any) -> Any:
        self.kept.append(value)
        return value


def _plan(function: Callable[..., int], *arguments: Any) -> MemoryPlan:
    plan = struct('reckon_memory_plan')
    call(function, *arguments, plan)
    return MemoryPlan(**{name: getattr(plan, name) for name in MemoryPlan.__dataclass_fields__})


def plan_memory(path: Path, context_tokens: int = 1, **options: Unpack[OpenOptions]) -> MemoryPlan:
    """What opening a model with these options, and a session of so many tokens, would take. Reads headers only."""
    with native(options) as native_options:
        return _plan(lib.reckon_plan_memory, *path_bytes(path), native_options, context_tokens)


def plan_memory_files(files: Sequence[File], context_tokens: int = 1, **options: Unpack[OpenOptions]) -> MemoryPlan:
    """The same for files that the caller holds or reads."""
    native_files = _Files(files)
    with native(options) as native_options:
        return _plan(lib.reckon_plan_memory_files, native_files.array, len(files), native_options, context_tokens)


class Model(Object):
    """An open model. It does not change, may be used by any number of threads, and stays in memory until its last session, chat
    and copy (copy.copy) is closed too."""

    def __init__(self, path: Path, *, progress: Optional[Progress] = None, cancel: Optional[Cancel] = None,
                 **options: Unpack[OpenOptions]) -> None:
        """Opens a checkpoint: a folder as published on model hubs, a .gguf file, or a .safetensors file in its folder."""
        out = ffi.new('reckon_model **')
        with native(options) as native_options:
            run(lambda watch, _: call(lib.reckon_model_open, *path_bytes(path), native_options, watch, out), cancel, progress)
        self._handle = Handle(out[0], lib.reckon_model_release)

    @classmethod
    def from_files(cls, files: Sequence[File], *, progress: Optional[Progress] = None, cancel: Optional[Cancel] = None,
                   **options: Unpack[OpenOptions]) -> Model:
        """The same for files that the caller holds or reads. Their bytes are kept as long as the model needs them."""
        native_files = _Files(files)
        out = ffi.new('reckon_model **')
        with native(options) as native_options:
            run(lambda watch, _: call(lib.reckon_model_open_files, native_files.array, len(files), native_options, watch, out),
                cancel, progress)
        model = cls.__new__(cls)
        model._handle = Handle(out[0], lib.reckon_model_release, native_files)
        return model

    def __copy__(self) -> Model:
        model = type(self).__new__(type(self))
        with self._handle as pointer:
            model._handle = Handle(lib.reckon_model_retain(pointer), lib.reckon_model_release, self._handle._keep)
        return model

    @property
    def info(self) -> ModelInfo:
        """The numbers of the model."""
        info = struct('reckon_model_info')
        with self._handle as pointer:
            call(lib.reckon_model_get_info, pointer, info)
        values = {name: getattr(info, name) for name in ModelInfo.__dataclass_fields__}
        return ModelInfo(**dict(values, tie_word_embeddings=bool(info.tie_word_embeddings)))

    def _text(self, key: int) -> str:
        with self._handle as pointer:
            return string_out(lib.reckon_model_get_text, pointer, key)

    @property
    def name(self) -> str:
        """The path it came from."""
        return self._text(lib.RECKON_MODEL_NAME)

    @property
    def format(self) -> str:
        """Such as "safetensors" or "GGUF v3"."""
        return self._text(lib.RECKON_MODEL_FORMAT)

    @property
    def architecture(self) -> str:
        """Such as "qwen2"."""
        return self._text(lib.RECKON_MODEL_ARCHITECTURE)

    @property
    def weights(self) -> str:
        """How weights are held in memory, such as "q4"."""
        return self._text(lib.RECKON_MODEL_WEIGHTS)

    @property
    def isa(self) -> str:
        """The instruction set that it computes with."""
        return self._text(lib.RECKON_MODEL_ISA)

    @property
    def chat_template(self) -> str:
        """Jinja; empty if there is none."""
        return self._text(lib.RECKON_MODEL_CHAT_TEMPLATE)

    @property
    def eos_tokens(self) -> List[int]:
        """The tokens that end an answer."""
        with self._handle as pointer:
            return tokens_out(16, lib.reckon_model_eos_tokens, pointer)

    def set_threads(self, threads: int) -> None:
        """Takes effect with the next operation; below 1: as many as the process may use."""
        with self._handle as pointer:
            call(lib.reckon_model_set_threads, pointer, threads)

    def plan_memory(self, context_tokens: int) -> MemoryPlan:
        """What the model takes with a session of so many tokens."""
        with self._handle as pointer:
            return _plan(lib.reckon_model_plan_memory, pointer, context_tokens)

    @property
    def tokenizer(self) -> Tokenizer:
        """The model's tokenizer; it does not keep the weights in memory."""
        from .tokenizer import Tokenizer
        out = ffi.new('reckon_tokenizer **')
        with self._handle as pointer:
            call(lib.reckon_model_tokenizer, pointer, out)
        return Tokenizer._of(out[0], self._handle._keep)

    def session(self, **options: Unpack[SessionOptions]) -> Session:
        """A new `Session`."""
        from .session import Session
        return Session(self, **options)

    def sampler(self, **options: Unpack[SamplerOptions]) -> Sampler:
        """A new `Sampler` that starts from what the model's authors recommend."""
        from .sampler import Sampler
        return Sampler(self, **options)

    def chat(self, **options: Unpack[ChatOptions]) -> Chat:
        """A new `Chat`."""
        from .chat import Chat
        return Chat(self, **options)


__all__ = ['File', 'MemoryPlan', 'Model', 'ModelInfo', 'plan_memory', 'plan_memory_files']
