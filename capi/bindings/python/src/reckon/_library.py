"""The C library: where it is, calls that raise, strings and arrays out of it."""
from __future__ import annotations

import os
import threading
from typing import Any, Callable, List, Optional, Sequence, Tuple

from ._declarations import ffi as _ffi
from .errors import Code, Detail, ReckonError, error_class

ffi: Any = _ffi


def _load() -> Any:
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'libreckon.so.1')
    path = os.environ.get('RECKON_LIBRARY') or (here if os.path.exists(here) else 'libreckon.so.1')
    library = ffi.dlopen(path)
    if library.reckon_abi_version() < library.RECKON_ABI_VERSION:
        raise ImportError(f'{path} has version {library.reckon_abi_version()} of the C ABI; this package needs '
                          f'{library.RECKON_ABI_VERSION} or newer')
    return library


lib: Any = _load()
NULL: Any = ffi.NULL

# An exception that a read function of the caller raised on this thread: the cause of the error that follows from it.
pending = threading.local()


def call(function: Callable[..., int], *arguments: Any) -> None:
    """Calls a function whose last parameter is a reckon_error **, and raises its error."""
    error = ffi.new('reckon_error **')
    if function(*arguments, error) != 0:
        raise take_error(error[0])


def take_error(error: Any) -> ReckonError:
    """The exception for an error, which is given back."""
    try:
        code = lib.reckon_error_code(error)
        message = ffi.string(lib.reckon_error_message(error)).decode('utf-8', 'replace')
        details = {}
        value = ffi.new('int64_t *')
        for detail in Detail:
            if lib.reckon_error_detail_i64(error, int(detail), value) == 0:
                details[detail] = int(value[0])
    finally:
        lib.reckon_error_free(error)
    exception = error_class(code)(message, Code(code), details)
    exception.__cause__ = pending.__dict__.pop('exception', None)
    return exception


def string_out(function: Callable[..., int], *arguments: Any) -> str:
    """A string that a function writes to the caller's buffer."""
    return bytes_out(function, *arguments).decode('utf-8', 'replace')


def bytes_out(function: Callable[..., int], *arguments: Any) -> bytes:
    """The same, as bytes."""
    buffer, size = _out('char', 1024, 1, function, arguments)
    return bytes(ffi.buffer(buffer, size))


def tokens_out(guess: int, function: Callable[..., int], *arguments: Any) -> List[int]:
    """An array of tokens that a function writes to the caller's buffer; `guess` of them or more are expected."""
    buffer, size = _out('reckon_token', guess, 0, function, arguments)
    return list(ffi.unpack(buffer, size)) if size else []


def _out(kind: str, capacity: int, end: int, function: Callable[..., int], arguments: Tuple[Any, ...]) -> Tuple[Any, int]:
    size = ffi.new('size_t *')
    while True:  # what is written may grow between two calls
        buffer = ffi.new(kind + '[]', capacity)
        error = ffi.new('reckon_error **')
        status = function(*arguments, buffer, capacity, size, error)
        if status == 0:
            return buffer, int(size[0])
        if status != lib.RECKON_OUT_OF_RANGE or size[0] + end <= capacity:
            raise take_error(error[0])
        lib.reckon_error_free(error[0])
        capacity = int(size[0]) + end


def utf8(text: str) -> Tuple[Any, int]:
    """A string in: pointer and length. Lone surrogates become U+FFFD, as bytes that are not UTF-8 do in the library."""
    data = text.encode('utf-8', 'surrogatepass')
    return ffi.from_buffer(data), len(data)


def path_bytes(path: Any) -> Tuple[Any, int]:
    """A path in: str, bytes or os.PathLike."""
    data = os.fsencode(path)
    return ffi.from_buffer(data), len(data)


def token_array(tokens: Sequence[int]) -> Tuple[Any, int]:
    """Tokens in."""
    array = ffi.new('reckon_token[]', tokens if isinstance(tokens, (list, tuple)) else list(tokens))
    return array, len(array)


def text_at(pointer: Any, size: int) -> str:
    """A string that the library holds."""
    return '' if pointer == NULL else bytes(ffi.buffer(pointer, size)).decode('utf-8', 'replace')


def struct(name: str) -> Any:
    """A structure with its size filled in."""
    value = ffi.new(name + ' *')
    value.struct_size = ffi.sizeof(name)
    return value


def abi_version() -> int:
    """The version of the C ABI of the library that is loaded."""
    return int(lib.reckon_abi_version())


def library_version() -> str:
    """The release of the library that is loaded."""
    return str(ffi.string(lib.reckon_version_string()).decode())


def describe_cpu() -> str:
    """What the library would compute with here, as "avx512_bf16, 8 threads"."""
    return string_out(lib.reckon_cpu_describe)


class Handle:
    """An object of the library. `close` gives it back, as do leaving a `with` block and the garbage collector; a call that another
    thread has in it ends first. Objects may be closed in any order."""

    alive = 0
    """How many there are in the process that were not given back."""
    _count = threading.RLock()  # the collector may give back another one meanwhile

    def __init__(self, pointer: Any, free: Callable[[Any], None], keep: Any = None) -> None:
        with Handle._count:
            Handle.alive += 1
        self._pointer = pointer
        self._free = free
        self._keep = keep  # what the library reads from as long as the object lives
        self._users = 0
        self._closed = False
        self._lock = threading.Lock()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def close(self) -> None:
        """Gives the object back. Doing it again does nothing; any other use raises ValueError from here on."""
        with self._lock:
            free = not self._closed and self._users == 0
            self._closed = True
        if free:
            self._give_back()

    def _give_back(self) -> None:
        with Handle._count:
            Handle.alive -= 1
        self._free(self._pointer)

    def __enter__(self) -> Any:
        """Entering gives the pointer for a call, and keeps close() from freeing it meanwhile."""
        with self._lock:
            if self._closed:
                raise ValueError('used after it was closed')
            self._users += 1
        return self._pointer

    def __exit__(self, *unused: object) -> None:
        with self._lock:
            self._users -= 1
            free = self._closed and self._users == 0
        if free:
            self._give_back()

    def __del__(self) -> None:
        if not getattr(self, '_closed', True) and self._free is not None:
            self.close()


class Object:
    """The base of what must be given back: a context manager with `close`."""

    _handle: Handle

    def close(self) -> None:
        """Gives the memory back; not needed, but sooner than the garbage collector. Other objects stay usable."""
        self._handle.close()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._handle.closed

    def __enter__(self: Any) -> Any:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()


def optional(handle: Optional[Object]) -> Handle:
    """The handle of an object that may be None: entering it gives NULL then."""
    return _NOTHING if handle is None else handle._handle


def _nothing(pointer: Any) -> None:
    del pointer


_NOTHING = Handle(NULL, _nothing)
