import math

import pytest

import reckon
from conftest import PUZZLE


def prompt(model):
    tokenizer = model.tokenizer
    return tokenizer.encode(tokenizer.apply_chat_template([{'role': 'user', 'content': PUZZLE}]), parse_special=True)


def test_append_next_and_back(model):
    session, sampler, seen = model.session(), model.sampler(temperature=0), []
    tokens = prompt(model)
    session.append(tokens, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(tokens), len(tokens))
    assert session.next(sampler) == 2046 and session.tokens == tokens + [2046]
    fork = session.fork()
    session.truncate(len(tokens))
    assert len(session) == len(tokens) and len(fork) == len(tokens) + 1
    assert session.next(model.sampler(temperature=0)) == 2046
    info = session.info
    assert info.max_context == 4096 and info.memory_bytes > 0
    with pytest.raises(reckon.OutOfRangeError):
        session.truncate(10000)
    with pytest.raises(reckon.FailedPreconditionError):
        model.session().next(sampler)
    with pytest.raises(reckon.InvalidArgumentError) as raised:
        session.append([1, 2, 99999])
    assert raised.value.details == {reckon.Detail.TOKEN_INDEX: 2}


def test_generate(model):
    session = model.session()
    session.append(prompt(model))
    stream = session.generate(model.sampler(temperature=0))
    assert '鸡有23只，兔有12只' in ''.join(stream)
    assert stream.result().finish_reason == reckon.FinishReason.STOP_TOKEN
    session.truncate(len(prompt(model)))
    stream = session.generate(model.sampler(temperature=0), stop_string=['脚', 'nothing'], max_tokens=50)
    assert '脚' not in ''.join(stream)
    assert stream.result().finish_reason == reckon.FinishReason.STOP_STRING


def test_logits_are_a_view(model):
    numpy = pytest.importorskip('numpy')
    session = model.session()
    session.append(prompt(model))
    logits = session.logits()
    assert logits.dtype == numpy.float32 and logits.shape == (2048,) and not logits.flags.writeable
    assert session.logits().ctypes.data == logits.ctypes.data  # the same memory: nothing was copied
    view = session.logits_view()
    assert view.tolist() == logits.tolist()
    assert int(logits.argmax()) == 2046 == model.sampler(temperature=0).sample(logits)
    session.close()  # the views keep the memory
    assert int(logits.argmax()) == 2046
    with pytest.raises(TypeError, match='float32'):
        model.sampler().sample(logits.astype('f8'))


def test_score_is_the_softmax_of_the_logits(model):
    session = model.session()
    assert math.isnan(session.score([5])[0])
    session.append(prompt(model))
    scores = session.score([2046, 198])
    logits = session.logits_view().tolist()
    top = max(logits)
    expected = logits[2046] - top - math.log(sum(math.exp(value - top) for value in logits))
    assert scores[0] == pytest.approx(expected, abs=1e-4) and len(session) == len(prompt(model))
    assert session.score([]) == []
