"""What a turn of a chat gave, and the events on the way."""
from __future__ import annotations

import enum
import json
from dataclasses import dataclass, fields
from typing import Any, List, Optional, Tuple

from ._library import NULL, call, ffi, lib, string_out, struct, text_at, tokens_out
from .stream import FinishReason


class Intervention(enum.IntEnum):
    """Something that Reckon did to the reasoning."""
    THINKING_OFF = 0
    NUDGE = 1
    BUDGET_CLOSE = 2
    RESERVE_CLOSE = 3
    LOOP_CLOSE = 4
    UNCLOSED_END = 5


class EventKind(enum.IntEnum):
    """What an `Event` tells. Kinds that this package does not know are not passed on."""
    CONTEXT = 0
    PREFILL = 1
    REASONING = 2
    ANSWER = 3
    TOOL_CALL = 4
    INTERVENTION = 5
    DONE = 6


@dataclass(frozen=True)
class Passage:
    """A passage of an attached document; lines are counted from 1."""
    document: str
    heading: str
    text: str
    first_line: int
    last_line: int
    tokens: int


@dataclass(frozen=True)
class Turn:
    """What a turn gave. It needs nothing of its chat."""
    reasoning: str
    """Without marks and surrounding white space."""
    answer: str
    """Likewise."""
    text: str
    """As generated, marks included."""
    tool_calls: List[Any]
    """As in OpenAI's API."""
    stop_string: str
    """Which one ended it, for `FinishReason.STOP_STRING`."""
    tokens: List[int]
    """All that were generated, and those written for the model."""
    interventions: Tuple[Intervention, ...]
    """In the order in which they happened."""
    passages: Tuple[Passage, ...]
    """Of documents, in front of the question."""
    finish_reason: FinishReason
    inside_reasoning: bool
    """It ended before </think>."""
    prompt_tokens: int
    reused_tokens: int
    """Of these, whose keys and values were there already."""
    reasoning_tokens: int
    generated_tokens: int
    prefill_seconds: float
    first_token_seconds: float
    decode_seconds: float
    kept_messages: int
    dropped_messages: int
    summarized_messages: int
    kept_tokens: int
    dropped_tokens: int
    summarized_tokens: int
    summary_tokens: int


@dataclass(frozen=True)
class Event:
    """A step of a turn."""
    kind: EventKind
    text: str = ''
    """REASONING, ANSWER: a piece of text, whole characters. TOOL_CALL: JSON with name and arguments."""
    done: int = 0
    """PREFILL: tokens read; otherwise tokens generated so far in this turn."""
    total: int = 0
    intervention: Optional[Intervention] = None
    turn: Optional[Turn] = None
    """CONTEXT: only passages and what the model sees are known yet. DONE: all."""


class Piece(str):
    """A piece of an answer or of the reasoning before it: a str that knows which."""

    kind: EventKind

    def __new__(cls, text: str, kind: EventKind) -> Piece:
        piece = super().__new__(cls, text)
        piece.kind = kind
        return piece

    @property
    def is_reasoning(self) -> bool:
        """Whether it is reasoning, not answer."""
        return self.kind == EventKind.REASONING


def passage_from(native: Any) -> Passage:
    """A copy of the library's passage."""
    return Passage(text_at(native.document, native.document_size), text_at(native.heading, native.heading_size),
                   text_at(native.text, native.text_size), native.first_line, native.last_line, native.tokens)


def turn_from(pointer: Any) -> Turn:
    """A copy of all of the library's turn."""
    info = struct('reckon_turn_info')
    call(lib.reckon_turn_get_info, pointer, info)
    texts = [string_out(lib.reckon_turn_get_text, pointer, key) for key in (
        lib.RECKON_TURN_REASONING, lib.RECKON_TURN_ANSWER, lib.RECKON_TURN_TEXT, lib.RECKON_TURN_TOOL_CALLS,
        lib.RECKON_TURN_STOP_STRING)]
    reasoning, answer, text, calls, stop_string = texts
    interventions, passages = [], []
    step = ffi.new('reckon_intervention *')
    for index in range(info.interventions):
        call(lib.reckon_turn_get_intervention, pointer, index, step)
        interventions.append(Intervention(step[0]))
    for index in range(info.passages):
        passage = struct('reckon_passage')
        call(lib.reckon_turn_get_passage, pointer, index, passage)
        passages.append(passage_from(passage))
    tokens = tokens_out(max(1, info.generated_tokens + 64), lib.reckon_turn_tokens, pointer)
    numbers = {field.name: getattr(info, field.name) for field in fields(Turn)[10:]}
    return Turn(reasoning, answer, text, json.loads(calls) if calls else [], stop_string, tokens, tuple(interventions),
                tuple(passages), FinishReason(info.finish_reason), bool(info.inside_reasoning), **numbers)


def event_from(native: Any) -> Optional[Event]:
    """A copy of the library's event; None if its kind is not known here."""
    if native.kind not in [int(kind) for kind in EventKind]:
        return None
    kind = EventKind(native.kind)
    return Event(kind, text_at(native.text, native.text_size), native.done, native.total,
                 Intervention(native.intervention) if kind == EventKind.INTERVENTION else None,
                 turn_from(native.turn) if native.turn != NULL else None)
