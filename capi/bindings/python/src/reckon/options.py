"""Options: what they are, and keyword arguments to the library's own form."""
from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Mapping, Sequence, Tuple, Union

from ._library import call, ffi, lib, utf8

if TYPE_CHECKING:
    if sys.version_info >= (3, 11):
        from typing import TypedDict
    else:
        from typing_extensions import TypedDict
else:
    from typing import TypedDict


class OpenOptions(TypedDict, total=False):
    """Opening a model."""
    weights: str
    kv_cache: str
    threads: int
    memory_limit_bytes: int
    isa: str


class SessionOptions(TypedDict, total=False):
    """Making a session."""
    max_context: int
    prefill_chunk: int


class SamplerOptions(TypedDict, total=False):
    """Making a sampler. logit_bias adds to the logits of tokens; -inf forbids one."""
    temperature: float
    top_k: int
    top_p: float
    min_p: float
    typical_p: float
    repetition_penalty: float
    presence_penalty: float
    frequency_penalty: float
    penalty_window: int
    dry_multiplier: float
    dry_base: float
    dry_allowed_length: int
    xtc_probability: float
    xtc_threshold: float
    seed: int
    dry_breaker: Union[int, Sequence[int]]
    logit_bias: Mapping[int, float]


class GenerateOptions(TypedDict, total=False):
    """Generating."""
    max_tokens: int
    stop_string: Union[str, Sequence[str]]
    stop_token: Union[int, Sequence[int]]
    ignore_eos: bool
    skip_special: bool


class TemplateOptions(TypedDict, total=False):
    """Rendering a chat template. tools and template_variables are JSON values."""
    add_generation_prompt: bool
    tools: Sequence[Any]
    template_variables: Mapping[str, Any]
    template_name: str


class TurnOptions(GenerateOptions, total=False):
    """Thinking and generating in a chat."""
    thinking: bool
    thinking_max_tokens: int
    thinking_soft_max_tokens: int
    thinking_nudge: float
    answer_reserve: int
    loop_guard: bool
    bridge: str


class ChatOptions(SessionOptions, SamplerOptions, TurnOptions, total=False):
    """Making a chat."""
    tools: Sequence[Any]
    template_variables: Mapping[str, Any]
    system: str
    reuse_cache: bool
    summarize: bool
    summary_tokens: int
    document_tokens: int
    passage_tokens: int


@dataclass(frozen=True)
class OptionInfo:
    """What an option is. minimum, maximum and default are of its type; choices are the values that a str may have, or none."""
    name: str
    key: int
    type: type
    repeatable: bool
    minimum: Union[int, float, None]
    maximum: Union[int, float, None]
    default: Union[int, float, str]
    choices: Tuple[str, ...]
    doc: str


def option_infos() -> List[OptionInfo]:
    """All options of the library that is loaded."""
    infos = []
    for index in range(lib.reckon_option_count()):
        info = ffi.new('reckon_option_info *')
        info.struct_size = ffi.sizeof('reckon_option_info')
        call(lib.reckon_option_get_info, index, info)
        name, doc = (ffi.string(text).decode() for text in (info.name, info.doc))
        if info.type == lib.RECKON_TYPE_STR:
            choices = tuple(ffi.string(info.choices).decode().split())
            infos.append(OptionInfo(name, info.option, str, bool(info.repeatable), None, None,
                                    ffi.string(info.default_str).decode(), choices, doc))
        elif info.type == lib.RECKON_TYPE_F64:
            infos.append(OptionInfo(name, info.option, float, bool(info.repeatable), info.min_f64, info.max_f64,
                                    info.default_f64, (), doc))
        else:
            infos.append(OptionInfo(name, info.option, int, bool(info.repeatable), info.min_i64, info.max_i64,
                                    info.default_i64, (), doc))
    return infos


_by_name: Dict[str, OptionInfo] = {info.name: info for info in option_infos()}


@contextmanager
def native(values: Mapping[str, Any]) -> Iterator[Any]:
    """The library's options for keyword arguments, for one call."""
    if not values:
        yield ffi.NULL
        return
    out = ffi.new('reckon_options **')
    call(lib.reckon_options_new, out)
    options = out[0]
    try:
        for name, value in values.items():
            _set(options, name, value)
        yield options
    finally:
        lib.reckon_options_free(options)


def _set(options: Any, name: str, value: Any) -> None:
    if value is None:
        return
    if name == 'logit_bias':
        for token, bias in value.items():
            call(lib.reckon_options_add_logit_bias, options, token, bias)
        return
    if name in ('tools', 'template_variables'):
        name, value = name + '_json', json.dumps(value, ensure_ascii=False)
    info = _by_name.get(name)
    if info is None:
        raise TypeError(f'there is no option {name!r}; there are {", ".join(sorted(_by_name))}')
    if info.repeatable and not isinstance(value, (str, int)):
        for one in value:
            _set_one(options, info, one)
    else:
        _set_one(options, info, value)


def _set_one(options: Any, info: OptionInfo, value: Any) -> None:
    if info.type is str:
        if not isinstance(value, str):
            raise TypeError(f'option {info.name} takes a str, not {value!r}')
        call(lib.reckon_options_set_str, options, info.key, *utf8(value))
    elif info.type is float:
        call(lib.reckon_options_set_f64, options, info.key, float(value))
    else:
        call(lib.reckon_options_set_i64, options, info.key, int(value))
