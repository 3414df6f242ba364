"""What the library raises."""
from __future__ import annotations

import enum
from typing import Dict, Optional, Type


class Code(enum.IntEnum):
    """Why a call failed; the numbers are those of gRPC and absl::StatusCode."""
    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class Detail(enum.IntEnum):
    """Numbers that come with some errors."""
    NEEDED_BYTES = 1
    LIMIT_BYTES = 2
    MAX_CONTEXT_THAT_FITS = 3
    TOKEN_INDEX = 4


class ReckonError(Exception):
    """A call failed. The message says what, where, and what to do."""

    def __init__(self, message: str, code: Code = Code.UNKNOWN, details: Optional[Dict[Detail, int]] = None) -> None:
        super().__init__(message)
        self.code: Code = code
        """The kind of failure."""
        self.details: Dict[Detail, int] = details or {}
        """Numbers for programs, such as how many bytes would have been needed."""


class CancelledError(ReckonError):
    """A cancel object was triggered, or the stream was closed. Session and chat are as they were before the call."""


class InvalidArgumentError(ReckonError, ValueError):
    """A parameter, a damaged file, a contradiction in a configuration."""


class NotFoundError(ReckonError, LookupError):
    """A file, a tensor, a token."""


class ResourceExhaustedError(ReckonError, MemoryError):
    """Memory, a memory limit (with details), or the context is full."""


class FailedPreconditionError(ReckonError, RuntimeError):
    """The object is empty or in use by another thread; the model has no tokenizer."""


class OutOfRangeError(ReckonError, IndexError):
    """A position past the end."""


class UnimplementedError(ReckonError, NotImplementedError):
    """A format, type or architecture that is known and not supported."""


class PermissionDeniedError(ReckonError):
    """A file that may not be read or written."""


_CLASSES: Dict[int, Type[ReckonError]] = {
    1: CancelledError, 3: InvalidArgumentError, 5: NotFoundError, 7: PermissionDeniedError, 8: ResourceExhaustedError,
    9: FailedPreconditionError, 11: OutOfRangeError, 12: UnimplementedError,
}


def error_class(code: int) -> Type[ReckonError]:
    """The exception for a code."""
    return _CLASSES.get(code, ReckonError)
