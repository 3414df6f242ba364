"""Small reasoning language models inside your program, on the CPU.

    import reckon

    with reckon.Model("DeepSeek-R1-Distill-Qwen-1.5B") as model, model.chat() as chat:
        for piece in chat.ask("Is 143 a prime number?"):
            print(piece, end="", flush=True)

`Model`, `Tokenizer` and `Cancel` may be used by any number of threads at once; a `Session`, `Chat`, `Sampler`, `TextStream` or
`Stream` by one at a time. Calls release the GIL, and Ctrl-C ends them within a fraction of a second. Errors are `ReckonError`s.
Memory goes back when an object is closed or collected, in any order."""
from ._library import abi_version, describe_cpu, library_version
from ._version import __version__
from ._work import Cancel
from .chat import Chat, ChatInfo
from .errors import (CancelledError, Code, Detail, FailedPreconditionError, InvalidArgumentError, NotFoundError,
                     OutOfRangeError, PermissionDeniedError, ReckonError, ResourceExhaustedError, UnimplementedError)
from .messages import Message
from .model import File, MemoryPlan, Model, ModelInfo, plan_memory, plan_memory_files
from .options import OptionInfo, option_infos
from .sampler import Sampler
from .session import GenerateResult, Session, SessionInfo
from .stream import FinishReason, Stream
from .tokenizer import TextStream, Tokenizer, TokenizerInfo
from .turn import Event, EventKind, Intervention, Passage, Piece, Turn

__all__ = [
    'Cancel', 'CancelledError', 'Chat', 'ChatInfo', 'Code', 'Detail', 'Event', 'EventKind', 'FailedPreconditionError', 'File',
    'FinishReason', 'GenerateResult', 'Intervention', 'InvalidArgumentError', 'MemoryPlan', 'Message', 'Model', 'ModelInfo',
    'NotFoundError', 'OptionInfo', 'OutOfRangeError', 'Passage', 'PermissionDeniedError', 'Piece', 'ReckonError',
    'ResourceExhaustedError', 'Sampler', 'Session', 'SessionInfo', 'Stream', 'TextStream', 'Tokenizer', 'TokenizerInfo', 'Turn',
    'UnimplementedError', '__version__', 'abi_version', 'describe_cpu', 'library_version', 'option_infos', 'plan_memory',
    'plan_memory_files',
]
