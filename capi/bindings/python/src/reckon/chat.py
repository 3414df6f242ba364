"""Conversations with a reasoning model."""
from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Iterator, List, Optional

from ._library import Handle, Object, call, ffi, lib, path_bytes, string_out, struct, utf8
from ._work import Cancel, run
from .errors import Code, FailedPreconditionError
from .messages import Message, from_native, to_native
from .options import native
from .stream import Stream, _State
from .turn import Event, Passage, Piece, Turn, event_from, passage_from, turn_from

if TYPE_CHECKING:
    if sys.version_info >= (3, 11):
        from typing import Unpack
    else:
        from typing_extensions import Unpack
    from .model import Model, Path
    from .options import ChatOptions, TurnOptions


@dataclass(frozen=True)
class ChatInfo:
    """The size of a chat."""
    messages: int
    context_tokens: int
    """In the cache now."""
    max_context: int
    memory_bytes: int
    """Cache blocks (shared ones count in full), scratch, documents with their index."""


@ffi.callback('reckon_action(void *, const reckon_chat_event *)')  # type: ignore[untyped-decorator,unused-ignore]
def _on_event(user: Any, event: Any) -> int:
    state: _ChatState = ffi.from_handle(user)
    return state.base.put(lambda: state.shown(event))


@ffi.callback('reckon_action(void *, const reckon_passage *)')  # type: ignore[untyped-decorator,unused-ignore]
def _on_passage(user: Any, passage: Any) -> int:
    ffi.from_handle(user).append(passage_from(passage))
    return int(lib.RECKON_CONTINUE)


@dataclass
class _ChatState:
    base: _State
    shown: Callable[[Any], Any]


def _piece(native_event: Any) -> Optional[Piece]:
    if native_event.kind not in (lib.RECKON_CHAT_REASONING, lib.RECKON_CHAT_ANSWER):
        return None
    event = event_from(native_event)
    return Piece(event.text, event.kind) if event is not None else None


class Chat(Object):
    """A conversation. One thread at a time: a call while another one is at work raises FailedPreconditionError. Chats of one model
    may run at the same time.

    The prompt of every turn is rendered by the model's own template; what it has in common with what was read before is not read
    again."""

    def __init__(self, model: Model, **options: Unpack[ChatOptions]) -> None:
        out = ffi.new('reckon_chat **')
        with native(options) as native_options, model._handle as pointer:
            call(lib.reckon_chat_new, pointer, native_options, out)
        self._own(out[0], model._handle._keep)

    def _own(self, pointer: Any, keep: Any) -> None:
        self._handle = Handle(pointer, lib.reckon_chat_free, keep)
        self._lock = threading.Lock()
        self._at_work = False

    @contextmanager
    def _short(self) -> Iterator[Any]:
        """A call that is over soon; such calls wait for each other, because strings out are valid until the next one."""
        with self._lock:
            if self._at_work:
                raise FailedPreconditionError('the chat is answering; wait for the end, or close the stream',
                                              Code.FAILED_PRECONDITION)
            with self._handle as pointer:
                yield pointer

    @contextmanager
    def _long(self) -> Iterator[Any]:
        with self._short() as pointer:
            self._at_work = True
            self._handle.__enter__()
        try:
            yield pointer
        finally:
            self._at_work = False
            self._handle.__exit__()

    def _answer(self, function: Any, arguments: Any, shown: Callable[[Any], Any], cancel: Optional[Cancel]) -> Stream[Any, Turn]:
        def work(state: _State, stop: Any) -> Turn:
            out = ffi.new('reckon_turn **')
            user = ffi.new_handle(_ChatState(state, shown))
            with self._long() as pointer:
                call(function, pointer, *arguments, stop, _on_event, user, out)
            try:
                return turn_from(out[0])
            finally:
                lib.reckon_turn_free(out[0])
        return Stream(work, cancel)

    def ask(self, text: str, *, cancel: Optional[Cancel] = None) -> Stream[Piece, Turn]:
        """Adds a user's message and answers it. Yields reasoning and answer in pieces of whole characters."""
        return self._answer(lib.reckon_chat_send, utf8(text), _piece, cancel)

    def ask_events(self, text: str, *, cancel: Optional[Cancel] = None) -> Stream[Event, Turn]:
        """The same, yielding all that happens."""
        return self._answer(lib.reckon_chat_send, utf8(text), event_from, cancel)

    def answer(self, *, cancel: Optional[Cancel] = None) -> Stream[Piece, Turn]:
        """Answers the conversation as it stands: after `append` of a user's or a tool's message."""
        return self._answer(lib.reckon_chat_answer, (), _piece, cancel)

    def answer_events(self, *, cancel: Optional[Cancel] = None) -> Stream[Event, Turn]:
        """The same, yielding all that happens."""
        return self._answer(lib.reckon_chat_answer, (), event_from, cancel)

    def regenerate(self, *, cancel: Optional[Cancel] = None) -> Stream[Piece, Turn]:
        """Replaces the last answer by another one."""
        return self._answer(lib.reckon_chat_regenerate, (), _piece, cancel)

    def prepare(self, *, cancel: Optional[Cancel] = None) -> None:
        """Reads what is known of the next prompt: for idle moments, on any thread."""
        with self._long() as pointer:
            run(lambda _, stop: call(lib.reckon_chat_prepare, pointer, stop), cancel)

    def fork(self) -> Chat:
        """A second chat at the same place, for branches. The cache is shared until one of the two writes to it."""
        out = ffi.new('reckon_chat **')
        with self._short() as pointer:
            call(lib.reckon_chat_fork, pointer, out)
        chat = Chat.__new__(Chat)
        chat._own(out[0], self._handle._keep)
        return chat

    def set_options(self, **options: Unpack[TurnOptions]) -> None:
        """Thinking and generating from the next turn on; what is not given is the default."""
        with native(options) as native_options, self._short() as pointer:
            call(lib.reckon_chat_set_options, pointer, native_options)

    @property
    def messages(self) -> List[Message]:
        """A copy of all messages, the system message among them."""
        messages = []
        with self._short() as pointer:
            for index in range(self._info(pointer).messages):
                message = struct('reckon_message')
                call(lib.reckon_chat_get_message, pointer, index, message)
                messages.append(from_native(message))
        return messages

    def append(self, message: Message) -> None:
        """Adds a message without answering."""
        native_message, _kept = to_native(message)
        with self._short() as pointer:
            call(lib.reckon_chat_append, pointer, native_message)

    def edit(self, index: int, message: Message) -> None:
        """Replaces a message."""
        native_message, _kept = to_native(message)
        with self._short() as pointer:
            call(lib.reckon_chat_edit, pointer, index, native_message)

    def truncate(self, count: int) -> None:
        """Forgets all messages from `count` on."""
        with self._short() as pointer:
            call(lib.reckon_chat_truncate, pointer, count)

    def set_system(self, text: str) -> None:
        """The system message from the next turn on; "": none."""
        with self._short() as pointer:
            call(lib.reckon_chat_set_system, pointer, *utf8(text))

    def pin(self, index: int, pinned: bool = True) -> None:
        """A pinned message is never left out, and neither is the turn that it belongs to."""
        with self._short() as pointer:
            call(lib.reckon_chat_pin, pointer, index, pinned)

    @property
    def summary(self) -> str:
        """The summary of what is not seen any more; empty: there is none."""
        with self._short() as pointer:
            return string_out(lib.reckon_chat_get_summary, pointer)

    def prompt(self, *, add_generation_prompt: bool = True) -> str:
        """The prompt that the next answer would begin from, all messages included."""
        with self._short() as pointer:
            return string_out(lib.reckon_chat_prompt, pointer, add_generation_prompt)

    @staticmethod
    def _info(pointer: Any) -> ChatInfo:
        info = struct('reckon_chat_info')
        call(lib.reckon_chat_get_info, pointer, info)
        return ChatInfo(info.messages, info.context_tokens, info.max_context, info.memory_bytes)

    @property
    def info(self) -> ChatInfo:
        """The size of the chat."""
        with self._short() as pointer:
            return self._info(pointer)

    def attach(self, name: str, text: str) -> None:
        """Adds a document, plain text or Markdown, to look things up in. Not kept by `save`."""
        with self._short() as pointer:
            call(lib.reckon_chat_attach, pointer, *utf8(name), *utf8(text))

    def find(self, question: str) -> List[Passage]:
        """The passages of documents that this question would be given."""
        passages: List[Passage] = []
        user = ffi.new_handle(passages)
        with self._short() as pointer:
            call(lib.reckon_chat_find, pointer, *utf8(question), _on_passage, user)
        return passages

    def save(self, path: Path) -> None:
        """Writes messages, pins, summary and cache to a file that is whole at every moment."""
        with self._short() as pointer:
            call(lib.reckon_chat_save, pointer, *path_bytes(path))

    def restore(self, path: Path) -> None:
        """Puts a saved conversation in the place of this one; options stay."""
        with self._short() as pointer:
            call(lib.reckon_chat_restore, pointer, *path_bytes(path))
