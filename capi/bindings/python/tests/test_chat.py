import asyncio

import pytest

import reckon
from conftest import PUZZLE

CALCULATOR = [{'type': 'function', 'function': {'name': 'add', 'parameters': {'type': 'object', 'properties': {}}}}]


def test_ask(chat):
    pieces = list(chat.ask(PUZZLE))
    assert '鸡有23只，兔有12只' in ''.join(piece for piece in pieces if not piece.is_reasoning)
    assert 'x+y=35' in ''.join(piece for piece in pieces if piece.is_reasoning)
    assert [message.role for message in chat.messages] == ['user', 'assistant']


def test_turn_and_events(chat):
    stream = chat.ask_events(PUZZLE)
    events = list(stream)
    turn = stream.result()
    assert events[-1].kind == reckon.EventKind.DONE and events[-1].turn == turn
    read = [event for event in events if event.kind == reckon.EventKind.PREFILL]
    assert read[-1].done == read[-1].total > 0
    assert turn.answer.endswith('**鸡有23只，兔有12只。**') and turn.text.count('</think>') == 1
    assert turn.finish_reason == reckon.FinishReason.STOP_TOKEN and not turn.inside_reasoning
    assert turn.tokens[0] == 2046 and len(turn.tokens) == turn.generated_tokens > turn.reasoning_tokens > 0
    assert turn.interventions == () and turn.tool_calls == [] and turn.kept_messages == 1


def test_budget_is_an_intervention(model):
    with model.chat(temperature=0, thinking_max_tokens=10) as chat:
        stream = chat.ask_events(PUZZLE)
        told = [event.intervention for event in stream if event.kind == reckon.EventKind.INTERVENTION]
        assert reckon.Intervention.BUDGET_CLOSE in told
        assert stream.result().interventions == tuple(told)
        chat.set_options(thinking=False, max_tokens=5)
        assert len(chat.ask('Hi').result().reasoning) == 0


def test_history(chat, tmp_path):
    first = chat.ask('Who are you?').result()
    chat.prepare()
    branch = chat.fork()
    assert chat.regenerate().result().answer == first.answer
    assert branch.info.messages == 2 and branch.info.context_tokens > 0 and branch.info.max_context == 4096
    branch.edit(0, reckon.Message('user', PUZZLE))
    branch.truncate(1)
    assert '23' in branch.answer().result().answer
    branch.set_system('Be brief.')
    branch.pin(1)
    assert [message.role for message in branch.messages] == ['system', 'user', 'assistant']
    assert branch.prompt().count(PUZZLE) == 1 and branch.prompt(add_generation_prompt=False) != branch.prompt()
    assert branch.summary == ''
    branch.save(tmp_path / 'chat')
    chat.restore(tmp_path / 'chat')
    assert chat.messages == branch.messages
    branch.close()
    with pytest.raises(reckon.OutOfRangeError):
        chat.edit(99, reckon.Message('user', 'x'))
    with pytest.raises(reckon.NotFoundError):
        chat.restore(tmp_path / 'nothing')


def test_messages_round_trip(chat):
    call = [{'type': 'function', 'function': {'name': 'add', 'arguments': '{"a": 1}'}}]
    sent = [reckon.Message('user', 'What is 1+2? é鸡'), reckon.Message('assistant', None, tool_calls=call),
            reckon.Message('tool', '3', extra={'name': 'add'})]
    for message in sent:
        chat.append(message)
    got = chat.messages
    assert [(message.role, message.content) for message in got] == [(message.role, message.content) for message in sent]
    assert got[1].tool_calls == call and got[2].extra == {'name': 'add'}
    assert [event.kind for event in chat.answer_events()][-1] == reckon.EventKind.DONE


def test_tools_reach_the_template(model):
    template = [{'role': 'user', 'content': 'x'}]
    text = model.tokenizer.apply_chat_template(template, tools=CALCULATOR, template_variables={'unused': 1})
    assert text.endswith(model.tokenizer.decode([2044]))
    with model.chat(tools=CALCULATOR) as chat:
        assert chat.prompt() is not None


def test_documents(chat):
    chat.attach('farm.md', '# Hens\n\nThe farm has 41 hens.\n\n# Rabbits\n\nRabbits live in hutches.\n')
    found = chat.find('How many hens does the farm have?')
    assert found[0].document == 'farm.md' and '41 hens' in found[0].text and found[0].first_line >= 1
    stream = chat.ask_events('How many hens does the farm have?')
    kinds = {event.kind: event for event in stream}
    assert kinds[reckon.EventKind.CONTEXT].turn.passages[0] == stream.result().passages[0]
    assert stream.result().passages[0].heading == 'Hens'


def test_async(chat):
    async def talk():
        text = ''
        async for piece in chat.ask(PUZZLE):
            text += piece
        turn = await chat.ask('Who are you?')
        return text, turn

    text, turn = asyncio.run(talk())
    assert '鸡有23只' in text and turn.answer and chat.info.messages == 4


def test_stop_keeps_and_close_takes_back(model):
    with model.chat(temperature=0, thinking_max_tokens=-1, ignore_eos=True) as chat:
        stream = chat.ask(PUZZLE)
        next(stream)
        stream.stop()
        assert stream.result().finish_reason == reckon.FinishReason.CALLBACK_STOP
        assert chat.info.messages == 2
        for _ in chat.ask('And now?'):
            break
        assert chat.info.messages == 2
        with chat.ask('And now?') as stream:
            next(stream)
            with pytest.raises(reckon.FailedPreconditionError):
                chat.info
        with pytest.raises(reckon.CancelledError):
            stream.result()
        closed = chat.ask('And now?')
        closed.close()
        with pytest.raises(reckon.CancelledError):
            closed.result()
        assert chat.info.messages == 2


def test_errors_come_out_of_the_loop(chat):
    with pytest.raises(reckon.FailedPreconditionError):
        list(chat.answer())
    with pytest.raises(reckon.ResourceExhaustedError):
        chat.ask('word ' * 20000).result()
    assert chat.info.messages == 0
