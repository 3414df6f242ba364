"""Messages of a conversation."""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from ._library import NULL, ffi, text_at, utf8


@dataclass
class Message:
    """A message, as templates see it."""
    role: str
    """ "system", "user", "assistant" or "tool". """
    content: Optional[str] = None
    """None in an answer that only calls tools."""
    reasoning: str = ''
    """For templates that take it apart from the content."""
    tool_calls: List[Any] = field(default_factory=list)
    """As in OpenAI's API."""
    extra: Dict[str, Any] = field(default_factory=dict)
    """Other members."""

    def to_dict(self) -> Dict[str, Any]:
        """The message as in OpenAI's API."""
        plain: Dict[str, Any] = {'role': self.role, **self.extra}
        if self.content is not None:
            plain['content'] = self.content
        if self.reasoning:
            plain['reasoning_content'] = self.reasoning
        if self.tool_calls:
            plain['tool_calls'] = self.tool_calls
        return plain


_FIELDS = ('role', 'content', 'reasoning', 'tool_calls_json', 'extra_json')


def to_native(message: Message) -> Any:
    """The library's form; its strings live as long as the list that comes with it."""
    native = ffi.new('reckon_message *')
    native.struct_size = ffi.sizeof('reckon_message')
    texts = (message.role, message.content, message.reasoning, json.dumps(message.tool_calls) if message.tool_calls else '',
             json.dumps(message.extra) if message.extra else '')
    kept = []
    for name, text in zip(_FIELDS, texts):
        if text is not None:
            data, size = utf8(text)
            kept.append(data)
            setattr(native, name, data)
            setattr(native, name + '_size', size)
    return native, kept


def from_native(native: Any) -> Message:
    """A copy of the library's message."""
    role, content, reasoning, calls, extra = (text_at(getattr(native, name), getattr(native, name + '_size')) for name in _FIELDS)
    return Message(role, None if native.content == NULL else content, reasoning, json.loads(calls) if calls else [],
                   json.loads(extra) if extra else {})
