import copy
import gc
import math
import os

import pytest

import reckon
from conftest import MODEL, PUZZLE


def test_library():
    assert reckon.abi_version() >= 1
    assert reckon.library_version() == reckon.__version__
    assert 'thread' in reckon.describe_cpu()


def test_info(model):
    info = model.info
    assert (info.vocab_size, info.hidden_size, info.num_hidden_layers, info.parameters) == (2048, 256, 6, 5773568)
    assert (model.architecture, model.format, model.eos_tokens) == ('qwen2', 'safetensors', [2042])
    assert model.name == MODEL and model.weights and model.isa and '</think>' in model.chat_template


def test_open_reports_progress_and_cancels():
    steps = []
    reckon.Model(MODEL, progress=lambda done, total: steps.append((done, total)), threads=1).close()
    assert steps and steps[-1][0] == steps[-1][1]
    with reckon.Cancel() as cancel:
        cancel.trigger()
        assert copy.copy(cancel).triggered
        with pytest.raises(reckon.CancelledError):
            reckon.Model(MODEL, cancel=cancel)
        cancel.reset()
        assert not cancel.triggered
        reckon.Model(MODEL, cancel=cancel).close()

    def fail(done, total):
        raise KeyError('mine')
    with pytest.raises(KeyError, match='mine'):
        reckon.Model(MODEL, progress=fail)


def files(wrap):
    return [wrap(name, open(os.path.join(MODEL, name), 'rb').read())
            for name in ('config.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json')]


def test_buffers_and_callbacks_outlive_their_model():
    def reading(name, data):
        return reckon.File(name, size=len(data), read_at=lambda offset, size: data[offset:offset + size])
    answers = []
    for wrap in (reckon.File, reading):
        session = reckon.Model.from_files(files(wrap), weights='q8').session()
        gc.collect()
        session.append([2045, 2043, 579])
        answers.append(session.next(reckon.Sampler(temperature=0)))
        plan = reckon.plan_memory_files(files(wrap), 128, weights='q8')
        assert plan.context_tokens == 128 and plan.total_bytes > 5_000_000
    assert answers[0] == answers[1]


def test_an_exception_while_reading_is_the_cause():
    def broken(offset, size):
        raise ZeroDivisionError('disk')
    with pytest.raises(reckon.ReckonError) as raised:
        reckon.Model.from_files([reckon.File('config.json', size=100, read_at=broken)])
    assert isinstance(raised.value.__cause__, ZeroDivisionError)


def test_memory(model):
    assert reckon.plan_memory(MODEL, 512) == model.plan_memory(512)
    assert model.plan_memory(512).context_tokens == 512
    with pytest.raises(reckon.ResourceExhaustedError) as raised:
        reckon.Model(MODEL, memory_limit_bytes=1000)
    assert raised.value.code == reckon.Code.RESOURCE_EXHAUSTED
    assert raised.value.details[reckon.Detail.LIMIT_BYTES] == 1000
    assert raised.value.details[reckon.Detail.NEEDED_BYTES] > 1000


def test_errors(model):
    with pytest.raises(reckon.NotFoundError, match='no-such-folder') as raised:
        reckon.Model('no-such-folder')
    assert raised.value.code == reckon.Code.NOT_FOUND and isinstance(raised.value, LookupError)
    with pytest.raises(TypeError, match='top_p'):
        model.sampler(top_q=1)
    with pytest.raises(reckon.InvalidArgumentError):
        model.sampler(top_p=2)
    with pytest.raises(TypeError, match='weights'):
        reckon.Model(MODEL, weights=4)


def test_closing():
    model = reckon.Model(MODEL)
    second, tokenizer, session = copy.copy(model), model.tokenizer, model.session()
    model.set_threads(1)
    model.close()
    model.close()
    assert model.closed
    with pytest.raises(ValueError, match='closed'):
        model.info
    assert second.info.vocab_size == 2048
    second.close()
    session.append(tokenizer.encode('x'))
    session.close()
    assert copy.copy(tokenizer).decode([2046]) == '<think>'


def test_options_are_typed_as_the_library_says():
    from typing import get_type_hints
    from reckon import options
    infos = {info.name: info for info in reckon.option_infos()}
    hints = {}
    for group in (options.OpenOptions, options.TemplateOptions, options.ChatOptions):
        hints.update(get_type_hints(group))
    hints['tools_json'], hints['template_variables_json'] = hints.pop('tools'), hints.pop('template_variables')
    hints.pop('logit_bias')
    assert set(hints) == set(infos)
    for name, info in infos.items():
        if not info.repeatable and not name.endswith('_json'):
            assert hints[name] is info.type or (hints[name] is bool and (info.minimum, info.maximum) == (0, 1)), name
    assert infos['top_p'].default == 1 and 'q4' in infos['weights'].choices


def test_tokenizer(model):
    tokenizer = model.tokenizer
    info = tokenizer.info
    assert (info.bos, info.eos) == (2045, 2042) and info.vocab_size <= 2048
    tokens = tokenizer.encode(PUZZLE)
    assert tokenizer.decode(tokens) == PUZZLE
    assert b''.join(map(tokenizer.token_bytes, tokens)).decode() == PUZZLE
    assert tokenizer.token_id('<think>') == 2046
    with pytest.raises(reckon.NotFoundError):
        tokenizer.token_id('<nothing>')
    assert tokenizer.encode('x', add_special=True)[0] == info.bos
    prompt = tokenizer.apply_chat_template([{'role': 'user', 'content': PUZZLE}])
    assert prompt == tokenizer.apply_chat_template([reckon.Message('user', PUZZLE)])
    assert tokenizer.encode(prompt, parse_special=True) == [2045, 2043] + tokens + [2044]
    assert tokenizer.decode([2045], skip_special=True) == ''
    assert tokenizer.encode('') == [] and tokenizer.decode([]) == ''
    long = 'word ' * 20000
    assert tokenizer.decode(tokenizer.encode(long)) == long
    with pytest.raises(reckon.InvalidArgumentError):
        tokenizer.apply_chat_template([{'role': 'user', 'content': 'x'}], tools='no list')


def test_stream(model):
    tokens = model.tokenizer.encode('naïve 鸡 🐔')
    with model.tokenizer.stream() as stream:
        assert ''.join(map(stream.push, tokens)) + stream.flush() == 'naïve 鸡 🐔'
        part = next(token for token in tokens if b'\xf0' in model.tokenizer.token_bytes(token))
        text = stream.push(part)
        assert text + stream.flush() in ('\ufffd', ' \ufffd')


def test_sampler(model):
    sampler = reckon.Sampler(temperature=0, repetition_penalty=2.0, logit_bias={3: -math.inf})
    assert sampler.sample([1.0, 3.0, 2.5, 9.0]) == 1
    sampler.accept([1])
    clone = sampler.clone()
    assert sampler.sample([1.0, 3.0, 2.5, 9.0]) == 2
    sampler.rewind(1)
    assert sampler.sample([1.0, 3.0, 2.5, 9.0]) == 1
    assert clone.sample([1.0, 3.0, 2.5, 9.0]) == 2
    clone.reset()
    assert clone.sample([1.0, 3.0, 2.5, 9.0]) == 1
    assert len({model.sampler(seed=1, temperature=1.0).sample([0.0] * 100) for _ in range(3)}) == 1
    with pytest.raises(reckon.InvalidArgumentError):
        sampler.sample([math.nan])
