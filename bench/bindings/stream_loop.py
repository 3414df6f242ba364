"""Tokens per second through the streaming loop of the Python package.  stream_loop.py MODEL TOKENS REPETITIONS

Does what `reckon-bench -p 0 -n TOKENS` does, but reads the text piece by piece; prints one figure a line.
"""
import sys
import time

import reckon


def main() -> None:
    path, tokens, repetitions = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with reckon.Model(path) as model, model.session() as session:
        for repetition in range(repetitions + 1):  # the first one warms up
            session.truncate(0)
            sampler = reckon.Sampler(temperature=0)
            session.append([100])
            session.next(sampler)
            begin = time.perf_counter()
            stream = session.generate(sampler, ignore_eos=True, max_tokens=tokens if repetition else 8)
            for _ in stream:
                pass
            seconds = time.perf_counter() - begin
            if repetition:
                print(stream.result().tokens / seconds, flush=True)


if __name__ == '__main__':
    main()
