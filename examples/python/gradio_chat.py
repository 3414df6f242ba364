"""A chat page at http://127.0.0.1:7860, with the reasoning folded away.  gradio_chat.py [MODEL]"""
import collections
import sys

import gradio as gr
import reckon

model = reckon.Model(sys.argv[1] if len(sys.argv) > 1 else 'DeepSeek-R1-Distill-Qwen-1.5B')
chats = collections.defaultdict(model.chat)  # one a page, which remembers what it has read


def answer(question, history, request: gr.Request):
    chat, reasoning, text = chats[request.session_hash], '', ''
    chat.truncate(min(len(chat.messages), sum(not message['metadata'] for message in history)))  # after Undo, Retry and Clear
    with chat.ask(question) as pieces:
        for piece in pieces:
            reasoning, text = (reasoning + piece, text) if piece.is_reasoning else (reasoning, text + piece)
            thought = {'title': 'Reasoning', 'status': 'done' if text else 'pending'}
            yield [gr.ChatMessage(reasoning, metadata=thought), gr.ChatMessage(text)]


def leave(request: gr.Request):
    chats.pop(request.session_hash, None)


with gr.ChatInterface(answer, title='Reckon') as page:
    page.unload(leave)
page.launch()
