"""The parts of the reference data and how each is compared. A part whose data is not there is left out."""
import collections
import gzip
import json
import os
import pathlib
import resource
import tarfile
import tempfile

import numpy as np

from comparison import Divergence

DEFAULT_DATA = str(pathlib.Path(__file__).resolve().parent.parent / 'data')
FAMILIES = ('qwen2', 'qwen3', 'llama')
# Mean KL in nats per token; f32 is held to a largest error relative to the largest logit.
F32_RELATIVE = 1e-4
MEAN_KL = {'bf16': 1e-4, 'q8': 2e-3, 'q4': float('inf')}
MEMORY = 12 << 30


def read_lines(path):
    opened = gzip.open(path, 'rt', encoding='utf-8') if path.suffix == '.gz' else open(path, encoding='utf-8')
    with opened as file:
        rows = [json.loads(line) for line in file]
    for number, row in enumerate(rows):
        row['id'] = number
    return rows


def references(options, name):
    """Rows of tokenizer_refs/NAME.jsonl.gz by tokenizer."""
    path = pathlib.Path(options.data, 'tokenizer_refs', f'{name}.jsonl.gz')
    rows = collections.defaultdict(list)
    for row in read_lines(path) if path.exists() else []:
        if options.match in row['tokenizer']:
            rows[row['tokenizer']].append(row)
    return rows


def read_packed(path):
    return gzip.open(path, 'rb').read()


def unpack_tokenizer(options, name, folder):
    """The files of a tokenizer, as published. NAME-sp is NAME with nothing but the sentencepiece model."""
    tokenizers = pathlib.Path(options.data, 'tokenizers')
    base = name[:-3] if name.endswith('-sp') else name
    published = {packed.stem.replace('tinyllama_', ''): packed for packed in (tokenizers / base).glob('*.gz')}
    if base != name:
        published = {'tokenizer.model': published['tokenizer.model']}
    elif 'tokenizer.json' in published:
        published.pop('tokenizer.model', None)
    for target, packed in published.items():
        if not target.endswith('.gguf'):
            pathlib.Path(folder, target).write_bytes(read_packed(packed))
    overlay = tokenizers / base / 'tokenizer.overlay.json'
    if overlay.exists() and base == name:
        # Vocabulary and merges are another tokenizer's; see tests/data/tokenizers/README.md.
        whole = json.loads(overlay.read_text(encoding='utf-8'))
        lender = tokenizers / ('llama2' if name == 'phi3' else 'qwen2.5') / 'tokenizer.json.gz'
        lent = json.loads(read_packed(lender))['model']
        whole['model'].update(vocab=lent['vocab'], merges=lent['merges'])
        pathlib.Path(folder, 'tokenizer.json').write_text(json.dumps(whole, ensure_ascii=False), encoding='utf-8')
    return folder


def pick(row, *keys):
    return {key: row[key] for key in ('id',) + keys}


def encode(options, runner, report):
    for name, rows in references(options, 'encode').items():
        with tempfile.TemporaryDirectory() as folder:
            unpack_tokenizer(options, name, folder)
            answers = runner.ask(['tokenize', '--tokenizer', folder],
                                 [pick(row, 'text', 'add_special', 'parse_special') for row in rows])
            for row in rows:
                ids = answers.get(row['id'], {}).get('ids')
                passed = ids == row['ids'] or ids in row.get('accept', [])
                report.add(f'encode {name}', passed, f'{row["category"]} {row["text"][:40]!r}', f'got {str(ids)[:80]}')


def decode(options, runner, report):
    for name, rows in references(options, 'decode').items():
        with tempfile.TemporaryDirectory() as folder:
            unpack_tokenizer(options, name, folder)
            answers = runner.ask(['detokenize', '--tokenizer', folder], [pick(row, 'ids', 'skip_special') for row in rows])
            for row in rows:
                answer = answers.get(row['id'], {})
                text = answer.get('text')
                if 'bytes_hex' in answer:
                    text = bytes.fromhex(answer['bytes_hex']).decode('utf-8', 'replace')
                report.add(f'decode {name}', text == row['decoded'], str(row['ids'][:8]), f'got {text!r}')


def stream(options, runner, report):
    for name, rows in references(options, 'stream').items():
        with tempfile.TemporaryDirectory() as folder:
            unpack_tokenizer(options, name, folder)
            answers = runner.ask(['stream', '--tokenizer', folder], [pick(row, 'ids') for row in rows])
            for row in rows:
                chunks = answers.get(row['id'], {}).get('chunks')
                passed = chunks is not None and ''.join(chunks) in (row['text'], row['decoded'])
                if passed and row['valid_utf8']:
                    # Wherever the text so far is whole characters, all of it must be out.
                    passed = all(''.join(chunks[:i + 1]) == ''.join(row['chunks'][:i + 1])
                                 for i, whole in enumerate(row['whole']) if whole)
                report.add(f'stream {name}', passed, str(row['ids'][:8]), f'got {chunks}')


def template(options, runner, report):
    path = pathlib.Path(options.data, 'templates', 'chat_templates.jsonl')
    names = path.with_name('chat_templates.json')
    if not path.exists():
        return
    templates = json.loads(names.read_text(encoding='utf-8'))
    rows = [row for row in read_lines(path) if options.match in row['template']]
    keys = ('messages', 'tools', 'add_generation_prompt', 'kwargs', 'bos_token', 'eos_token')
    answers = runner.ask(['template'], [dict(pick(row, *keys), template=templates[row['template']]) for row in rows])
    for row in rows:
        answer = answers.get(row['id'], {})
        passed = 'error' in answer if 'error' in row else answer.get('text') == row['rendered']
        report.add(f'template {row["template"]}', passed, row['conversation'], f'got {str(answer)[-200:]}')


def compare_logits(options, runner, report, part, name, path, arrays):
    """The largest error seen, for judging tokens by."""
    keys = sorted(key[7:] for key in arrays.files if key.startswith('logits_'))
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        requests = [{'id': i, 'ids': arrays[f'ids_{key}'].tolist(), 'out': f'{folder}/{i}'} for i, key in enumerate(keys)]
        answers = runner.ask(['logits', '--model', path], requests)
        for request, key in zip(requests, keys):
            case = f'{name}, {len(request["ids"])} tokens'
            if 'vocab' not in answers.get(request['id'], {}):
                report.add(part, False, case, f'no logits: {answers.get(request["id"])}')
                continue
            reference = arrays[f'logits_{key}']
            logits = np.fromfile(request['out'], '<f4').reshape(reference.shape[0], -1)[:, :reference.shape[1]]
            found = Divergence(reference, logits)
            worst = max(worst, found.error)
            passed = found.relative < F32_RELATIVE if options.weights == 'f32' else found.kl_mean < MEAN_KL[options.weights]
            report.add(part, found.finite and passed, case, str(found))
            if options.verbose:
                print(f'{case}: {found}')
    return worst


def compare_tokens(runner, report, part, name, path, arrays, error):
    keys = sorted(key[14:] for key in arrays.files if key.startswith('greedy_prompt_'))
    requests = [{'id': i, 'ids': arrays[f'greedy_prompt_{key}'].tolist(), 'n': int(arrays[f'greedy_ids_{key}'].size)}
                for i, key in enumerate(keys)]
    answers = runner.ask(['greedy', '--model', path], requests)
    for request, key in zip(requests, keys):
        ids = answers.get(request['id'], {}).get('ids') or []
        unsure = np.nonzero(arrays[f'greedy_margin_{key}'] <= 2 * error)[0]
        steps = int(unsure[0]) if unsure.size else request['n']
        wanted = arrays[f'greedy_ids_{key}'].tolist()
        report.add(part, len(ids) == request['n'] and ids[:steps] == wanted[:steps], f'{name}, greedy',
                   f'the first {steps} tokens must be {wanted[:steps]}, got {ids[:steps]}')


def models(options, runner, report):
    for folder in ('models', 'gguf'):
        manifest = pathlib.Path(options.data, folder, 'manifest.json')
        for name, about in json.loads(manifest.read_text()).items() if manifest.exists() else []:
            base = str(manifest.parent / name)
            if options.match not in name or about['family'] not in FAMILIES:
                continue
            path, arrays = (base + '.gguf', base + '.npz') if folder == 'gguf' else (base, base + '/ref.npz')
            if not os.path.exists(arrays):
                continue
            part = f'{folder} {about["family"]} {options.weights}'
            with np.load(arrays) as loaded:
                error = compare_logits(options, runner, report, part, name, path, loaded)
                compare_tokens(runner, report, part, name, path, loaded, error)


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def malformed(options, runner, report):
    base = pathlib.Path(options.data, 'malformed')
    manifest = base / 'malformed_manifest.jsonl'
    if not manifest.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(base / 'malformed.tar.xz') as archive:
            # Our own archive; it holds symbolic links that a filter would refuse.
            archive.extractall(folder, **({'filter': 'fully_trusted'} if hasattr(tarfile, 'data_filter') else {}))
        for row in read_lines(manifest):
            if options.match not in row['path']:
                continue
            code, message = runner.load(row['kind'], f'{folder}/{row["path"]}', 'a' * 40 + '! hello', limit_memory)
            passed = code in ((0,) if row['expect'] == 'ok' else (1,)) and (code == 0 or bool(message))
            report.add(f'malformed {row["kind"]}', passed, row['what'], f'exit {code}: {message[-200:]}')


ALL = {'encode': encode, 'decode': decode, 'stream': stream, 'template': template, 'models': models, 'malformed': malformed}
