"""Text to tokens and back."""
from __future__ import annotations

import json
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, List, Mapping, Sequence, Union

from ._library import Handle, Object, bytes_out, call, ffi, lib, string_out, struct, text_at, token_array, tokens_out, utf8
from .messages import Message
from .options import native

if TYPE_CHECKING:
    if sys.version_info >= (3, 11):
        from typing import Unpack
    else:
        from typing_extensions import Unpack
    from .options import TemplateOptions


@dataclass(frozen=True)
class TokenizerInfo:
    """Special tokens that the tokenizer does not have are -1."""
    bos: int
    eos: int
    pad: int
    vocab_size: int


class Tokenizer(Object):
    """A model's tokenizer; for any number of threads at once. Copies (copy.copy) are the same tokenizer."""

    @classmethod
    def _of(cls, pointer: Any, keep: Any) -> Tokenizer:
        tokenizer = cls.__new__(cls)
        tokenizer._handle = Handle(pointer, lib.reckon_tokenizer_release, keep)
        return tokenizer

    def __copy__(self) -> Tokenizer:
        with self._handle as pointer:
            return self._of(lib.reckon_tokenizer_retain(pointer), self._handle._keep)

    @property
    def info(self) -> TokenizerInfo:
        """Special tokens and size."""
        info = struct('reckon_tokenizer_info')
        with self._handle as pointer:
            call(lib.reckon_tokenizer_get_info, pointer, info)
        return TokenizerInfo(info.bos, info.eos, info.pad, info.vocab_size)

    def encode(self, text: str, *, add_special: bool = False, parse_special: bool = False) -> List[int]:
        """Text to tokens. add_special puts BOS and the like around it; parse_special recognises special tokens written in the
        text, which is not for text from outside."""
        flags = (lib.RECKON_ENCODE_ADD_SPECIAL if add_special else 0) | (lib.RECKON_ENCODE_PARSE_SPECIAL if parse_special else 0)
        data, size = utf8(text)
        with self._handle as pointer:
            return tokens_out(size + 16, lib.reckon_tokenizer_encode, pointer, data, size, flags)

    def decode(self, tokens: Sequence[int], *, skip_special: bool = False) -> str:
        """Tokens to text."""
        array, count = token_array(tokens)
        with self._handle as pointer:
            return string_out(lib.reckon_tokenizer_decode, pointer, array, count, skip_special)

    def token_bytes(self, token: int) -> bytes:
        """The bytes that one token stands for; they need not be whole characters."""
        with self._handle as pointer:
            return bytes_out(lib.reckon_tokenizer_token_bytes, pointer, token)

    def token_id(self, text: str) -> int:
        """The token written exactly like this, such as "<think>"; NotFoundError if there is none."""
        out = ffi.new('reckon_token *')
        with self._handle as pointer:
            call(lib.reckon_tokenizer_token_id, pointer, *utf8(text), out)
        return int(out[0])

    def apply_chat_template(self, messages: Sequence[Union[Message, Mapping[str, Any]]], **options: Unpack[TemplateOptions]) -> str:
        """The prompt of a conversation, to be encoded with parse_special=True. Messages are `Message`s or dicts as in OpenAI's API."""
        plain = [message.to_dict() if isinstance(message, Message) else dict(message) for message in messages]
        with native(options) as native_options, self._handle as pointer:
            return string_out(lib.reckon_tokenizer_apply_chat_template, pointer, *utf8(json.dumps(plain)), native_options)

    def stream(self, *, skip_special: bool = False) -> TextStream:
        """A decoder for tokens that come one at a time."""
        return TextStream(self, skip_special=skip_special)


class TextStream(Object):
    """Tokens to text, one at a time: never part of a character, never later than it is whole."""

    def __init__(self, tokenizer: Tokenizer, *, skip_special: bool = False) -> None:
        out = ffi.new('reckon_stream **')
        with tokenizer._handle as pointer:
            call(lib.reckon_stream_new, pointer, skip_special, out)
        self._handle = Handle(out[0], lib.reckon_stream_free, tokenizer._handle._keep)
        self._turn = threading.Lock()  # the text is valid until the next call

    def push(self, token: int) -> str:
        """The text that this token completes, possibly none."""
        return self._text(lib.reckon_stream_push, token)

    def flush(self) -> str:
        """What is left at the end: U+FFFD for an incomplete character."""
        return self._text(lib.reckon_stream_flush)

    def _text(self, function: Any, *arguments: Any) -> str:
        text, size = ffi.new('char **'), ffi.new('size_t *')
        with self._handle as pointer, self._turn:
            call(function, pointer, *arguments, ffi.cast('const char **', text), size)
            return text_at(text[0], size[0])
