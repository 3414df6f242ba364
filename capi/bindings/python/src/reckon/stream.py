"""Answers as they come, for `for` and for `async for`."""
from __future__ import annotations

import asyncio
import copy
import enum
import queue
import threading
from typing import Any, AsyncIterator, Callable, Generic, Iterator, Optional, TypeVar

from ._library import lib
from ._work import Cancel, Outcome, start
from .errors import CancelledError, Code

Item = TypeVar('Item')
Result = TypeVar('Result')


class FinishReason(enum.IntEnum):
    """Why an answer ended."""
    STOP_TOKEN = 0
    STOP_STRING = 1
    MAX_TOKENS = 2
    CONTEXT_FULL = 3
    CALLBACK_STOP = 4
    """`Stream.stop` was called."""


class _State:
    """What a stream and its worker share. The worker holds no stream, so that a stream nobody looks at any more is closed."""

    def __init__(self, cancel: Optional[Cancel]) -> None:
        self.own = cancel is None
        self.cancel = copy.copy(cancel) if cancel is not None else Cancel()
        self.action = 0
        self.exception: Optional[BaseException] = None
        self.outcome = Outcome()
        self.thread: Optional[threading.Thread] = None
        self.deliver: Callable[[Any], Any] = lambda item: None

    def put(self, make: Callable[[], Any]) -> int:
        """From a callback of the library: hands on what `make` gives, unless it is None, and answers as the reader wants."""
        if self.exception is not None:
            return int(lib.RECKON_CANCEL)
        try:
            item = make()
            if item is not None:
                self.deliver(item)
        except BaseException as exception:
            self.exception = exception
            return int(lib.RECKON_CANCEL)
        return self.action


class Stream(Generic[Item, Result]):
    """An answer at work. It begins with the first piece that is asked for, and computes on a thread of its own, so that the
    reader, and Ctrl-C, are never held up. Read it with `for` or `async for`; `result()` or `await` gives what came of it.

    Leaving the loop early, `close()`, Ctrl-C, and a cancelled task take the answer back: session or chat are as before, and can
    be used at once. `stop()` ends the answer and keeps it. Readers are one thread at a time; `stop` may be called from any."""

    def __init__(self, work: Callable[[Any, Any], Result], cancel: Optional[Cancel]) -> None:
        self._work: Optional[Callable[[Any, Any], Result]] = work
        self._state = _State(cancel)
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._async: Optional[asyncio.Queue[Any]] = None
        self._ended = False

    def _start(self, deliver: Callable[[Any], Any]) -> None:
        work, state = self._work, self._state
        if work is None:
            return
        self._work = None
        state.deliver = deliver

        def job() -> None:
            state.thread = threading.current_thread()
            with state.cancel._handle as pointer:
                state.outcome.run(lambda: work(state, pointer))
            try:
                deliver(_END)
            except RuntimeError:
                pass  # the event loop that was waiting is closed

        start(job, state.outcome, state.cancel)

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        if self._ended:
            raise StopIteration
        self._start(self._queue.put)
        try:
            item = self._queue.get()
        except BaseException:
            self.close()
            raise
        if item is _END:
            self._finish()
            raise StopIteration
        value: Item = item
        return value

    def __aiter__(self) -> AsyncIterator[Item]:
        return self

    async def __anext__(self) -> Item:
        if self._ended:
            raise StopAsyncIteration
        if self._async is None:
            items: asyncio.Queue[Any] = asyncio.Queue()
            loop = asyncio.get_running_loop()
            self._async = items
            self._start(lambda item: loop.call_soon_threadsafe(items.put_nowait, item))
        try:
            item = await self._async.get()
        except BaseException:
            self.close()
            raise
        if item is _END:
            self._finish()
            raise StopAsyncIteration
        value: Item = item
        return value

    def _finish(self) -> None:
        self._ended = True
        exception = self._state.exception or self._state.outcome.exception
        if exception is not None:
            raise exception

    def stop(self) -> None:
        """Ends the answer with its next piece and keeps what was made."""
        self._state.action = int(lib.RECKON_STOP)

    def close(self) -> None:
        """Takes the answer back if it has not ended, and waits until it has, which is a fraction of a second."""
        self._ended = True
        state = self._state
        if self._work is not None:
            self._work = None
            state.outcome.run(_never_began)
        elif not state.outcome.ended.is_set():
            was = state.cancel.triggered
            state.cancel.trigger()
            if state.thread is not threading.current_thread():
                state.outcome.wait()
                if not state.own and not was:
                    state.cancel.reset()

    def __enter__(self: Any) -> Any:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, '_state', None) is not None and lib is not None:
            self.close()

    def _outcome(self) -> Result:
        state = self._state
        if state.exception is not None:
            raise state.exception
        if state.outcome.exception is not None:
            raise state.outcome.exception
        result: Result = state.outcome.value
        return result

    def result(self) -> Result:
        """Reads what is left and returns what came of it."""
        for _ in self:
            pass
        return self._outcome()

    async def _read(self) -> Result:
        async for _ in self:
            pass
        return self._outcome()

    def __await__(self) -> Any:
        return self._read().__await__()


_END = object()


def _never_began() -> None:
    raise CancelledError('the stream was closed before it began', Code.CANCELLED)


__all__ = ['FinishReason', 'Stream']
