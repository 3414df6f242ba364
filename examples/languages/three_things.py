"""Load, stream an answer, cancel another one.  three_things.py MODEL [QUESTION]"""
import sys
import threading

import reckon


def main() -> None:
    question = sys.argv[2] if len(sys.argv) > 2 else '鸡兔同笼，头共35个，脚共94只，问鸡兔各几只？'
    with reckon.Model(sys.argv[1]) as model, model.chat(temperature=0) as chat:
        print(f'model: {model.architecture}, {model.info.parameters} parameters')

        print(f'question: {question}')
        kind = None
        for piece in chat.ask(question):
            if piece.kind != kind:
                print('\n' if kind is not None else '', 'reasoning: ' if piece.is_reasoning else 'answer: ', sep='', end='')
                kind = piece.kind
            print(piece, end='', flush=True)
        print()

        cancel = reckon.Cancel()
        try:
            for _ in chat.ask('Is 143 a prime number?', cancel=cancel):
                threading.Thread(target=cancel.trigger).start()  # as a Stop button would
        except reckon.CancelledError:
            print(f'cancelled: {chat.info.messages} messages')


if __name__ == '__main__':
    try:
        main()
    except (reckon.ReckonError, IndexError) as error:
        sys.exit(str(error))
