import os

import pytest

import reckon

MODEL = os.environ.get('RECKON_TINY_R1') or os.path.abspath(
    os.path.join(os.path.dirname(__file__), '../../../../examples/models/tiny-r1'))
PUZZLE = '鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？'


@pytest.fixture(scope='session')
def model():
    return reckon.Model(MODEL)


@pytest.fixture
def chat(model):
    with model.chat(temperature=0, max_context=4096) as chat:
        yield chat
