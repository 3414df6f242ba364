"""Long calls: on threads of their own where Ctrl-C or a stream asks for it.

While a call of the library runs, Python cannot handle a signal on the thread that made it. So on the main thread a long call
runs on a worker while the main thread waits, which Ctrl-C interrupts; the call is cancelled then, and has ended before
KeyboardInterrupt goes on."""
from __future__ import annotations

import atexit
import os
import queue
import threading
from typing import Any, Callable, Dict, List, Optional, TypeVar

from ._library import NULL, Handle, Object, call, ffi, lib

T = TypeVar('T')
_IDLE_SECONDS = 2.0


class Cancel(Object):
    """A flag that stops the calls it is given to, from any thread at any time. A prompt of any length ends within a fraction of a
    second; what was at work is as it was before the call. Copies are the same flag."""

    def __init__(self) -> None:
        out = ffi.new('reckon_cancel **')
        call(lib.reckon_cancel_new, out)
        self._handle = Handle(out[0], lib.reckon_cancel_release)

    def __copy__(self) -> Cancel:
        other = Cancel.__new__(Cancel)
        with self._handle as pointer:
            other._handle = Handle(lib.reckon_cancel_retain(pointer), lib.reckon_cancel_release)
        return other

    def trigger(self) -> None:
        """Stops the calls at work with it, and those that begin, until `reset`."""
        with self._handle as pointer:
            lib.reckon_cancel_trigger(pointer)

    def reset(self) -> None:
        """Makes it fit for the next piece of work."""
        with self._handle as pointer:
            lib.reckon_cancel_reset(pointer)

    @property
    def triggered(self) -> bool:
        """Whether it was triggered since it was made or reset."""
        with self._handle as pointer:
            return bool(lib.reckon_cancel_is_triggered(pointer))


class _Worker:
    """A thread that runs one job at a time and ends after two idle seconds."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        threading.Thread(target=self._run, name='reckon', daemon=True).start()

    def put(self, job: Callable[[], None]) -> None:
        self._jobs.put(job)

    def _run(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                with _lock:
                    if self not in _idle:
                        continue  # a job is on its way
                    _idle.remove(self)
                return
            job()
            del job
            with _lock:
                _idle.append(self)


_idle: List[_Worker] = []
_lock = threading.Lock()


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()
    _at_work.clear()
    _idle.clear()  # their threads stayed with the parent


if hasattr(os, 'register_at_fork'):
    os.register_at_fork(after_in_child=_after_fork)


class Outcome:
    """What a job gave, once it has ended."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.value: Any = None
        self.exception: Optional[BaseException] = None

    def run(self, work: Callable[[], Any]) -> None:
        """Runs the work and keeps what it returns or raises."""
        try:
            self.value = work()
        except BaseException as exception:  # to be raised where it is waited for
            self.exception = exception
        self.ended.set()

    def wait(self) -> None:
        """Waits for the end, whatever signal comes."""
        interrupted: Optional[BaseException] = None
        while not self.ended.is_set():
            try:
                self.ended.wait()
            except BaseException as exception:  # a second Ctrl-C: the work is cancelled and ends soon
                interrupted = exception
        del interrupted


_at_work: Dict[Outcome, Cancel] = {}


def start(job: Callable[[], None], outcome: Outcome, cancel: Cancel) -> None:
    """Runs a job, which must not raise and ends with `outcome`, on a worker."""
    def counted() -> None:
        try:
            job()
        finally:
            _at_work.pop(outcome, None)
    with _lock:
        worker = _idle.pop() if _idle else None
        _at_work[outcome] = cancel
    (worker or _Worker()).put(counted)


@atexit.register
def _at_exit() -> None:
    """Ends what is at work: a thread in a callback must not outlive the interpreter."""
    with _lock:
        jobs = list(_at_work.items())
    for _, cancel in jobs:
        cancel.trigger()
    for outcome, _ in jobs:
        outcome.wait()


Progress = Callable[[int, int], None]
"""Is told how much is done, and of how much: bytes of a model, tokens of a prompt."""


class _Watched:
    """What the progress callback of a call finds behind its user pointer."""

    def __init__(self, report: Progress, cancel: Cancel) -> None:
        self.report, self.cancel = report, cancel
        self.exception: Optional[BaseException] = None


@ffi.callback('void(void *, int64_t, int64_t)')  # type: ignore[untyped-decorator,unused-ignore]
def _progress(user: Any, done: int, total: int) -> None:
    watched: _Watched = ffi.from_handle(user)
    try:
        if watched.exception is None:
            watched.report(done, total)
    except BaseException as exception:
        watched.exception = exception
        watched.cancel.trigger()


def run(work: Callable[[Any, Any], T], cancel: Optional[Cancel], progress: Optional[Progress] = None) -> T:
    """Runs work(watch, cancel pointer) so that Ctrl-C cancels it. progress is called on the thread that called this."""
    own = cancel if cancel is not None else Cancel()
    if threading.current_thread() is not threading.main_thread():
        return _watched(work, own, progress)
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    outcome = Outcome()

    def job() -> None:
        def report(done: int, total: int) -> None:
            events.put((done, total))
        outcome.run(lambda: _watched(work, own, report if progress is not None else None))
        events.put(None)

    try:
        start(job, outcome, own)
        while True:
            event = events.get()
            if event is None:
                break
            assert progress is not None
            progress(*event)
    except BaseException:
        own.trigger()
        outcome.wait()
        raise
    if outcome.exception is not None:
        raise outcome.exception
    value: T = outcome.value
    return value


def _watched(work: Callable[[Any, Any], T], cancel: Cancel, progress: Optional[Progress]) -> T:
    watch = ffi.new('reckon_watch *')
    watch.struct_size = ffi.sizeof('reckon_watch')
    watched = _Watched(progress, cancel) if progress is not None else None
    user = ffi.new_handle(watched) if watched is not None else NULL
    with cancel._handle as pointer:
        watch.cancel = pointer
        if watched is not None:
            watch.progress, watch.user = _progress, user
        try:
            return work(watch, pointer)
        finally:
            if watched is not None and watched.exception is not None:
                raise watched.exception
