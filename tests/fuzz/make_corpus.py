#!/usr/bin/env python3
"""Writes the small seeds of most targets: corpus/{safetensors,gguf,config,template,server_request}/seed-*. Needs nothing but Python."""
import json
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))


def put(target, name, data):
    folder = os.path.join(HERE, 'corpus', target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'seed-' + name), 'wb') as f:
        f.write(data.encode() if isinstance(data, str) else data)


def safetensors(header, data):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack('<Q', len(text)) + text + data


def string(text):
    return struct.pack('<Q', len(text)) + text.encode()


def key(name, kind, raw):
    return string(name) + struct.pack('<I', kind) + raw


def strings(items):
    return struct.pack('<IQ', 8, len(items)) + b''.join(map(string, items))


def gguf(keys, tensors, version=3):
    head = b'GGUF' + struct.pack('<IQQ', version, len(tensors), len(keys)) + b''.join(keys)
    data = b''
    for name, dimensions, kind, raw in tensors:
        head += string(name) + struct.pack(f'<I{len(dimensions)}QIQ', len(dimensions), *dimensions, kind, len(data))
        data += raw + b'\0' * (-len(raw) % 32)
    return head + b'\0' * (-len(head) % 32) + data


def entry(dtype, shape, begin, end):
    return {'dtype': dtype, 'shape': shape, 'data_offsets': [begin, end]}


put('safetensors', 'two', safetensors({'__metadata__': {'format': 'pt'}, 'a': entry('F32', [2, 1], 0, 8), 'b': entry('BF16', [3], 8, 14)}, b'0123456789abcd'))
put('safetensors', 'scalar', safetensors({'s': entry('U8', [], 0, 1)}, b'x'))
put('safetensors', 'empty', safetensors(b'{}', b''))
put('safetensors', 'overlap', safetensors({'a': entry('U8', [4], 0, 4), 'b': entry('U8', [4], 2, 6)}, b'012345'))
put('safetensors', 'huge', safetensors({'a': entry('F64', [2**62, 2**62], 0, 8)}, b'01234567'))

U8, U32, I32, F32, BOOL, STR, ARR, U64 = 0, 4, 5, 6, 7, 8, 9, 10
base = [key('general.architecture', STR, string('llama')), key('llama.block_count', U32, struct.pack('<I', 1)),
        key('llama.attention.head_count', U32, struct.pack('<I', 2)), key('llama.attention.head_count_kv', ARR, struct.pack('<IQII', U32, 2, 1, 1)),
        key('llama.embedding_length', U64, struct.pack('<Q', 8)), key('llama.rope.scaling.type', STR, string('yarn')),
        key('llama.rope.scaling.factor', F32, struct.pack('<f', 4)), key('llama.rope.dimension_count', U32, struct.pack('<I', 2))]
words = [key('tokenizer.ggml.model', STR, string('llama')), key('tokenizer.ggml.tokens', ARR, strings(['<unk>', '<s>', '</s>'])),
         key('tokenizer.ggml.scores', ARR, struct.pack('<IQfff', F32, 3, 0, -1, -2)), key('tokenizer.ggml.token_type', ARR, struct.pack('<IQiii', I32, 3, 2, 3, 3)),
         key('tokenizer.ggml.eos_token_id', U32, struct.pack('<I', 2)), key('tokenizer.ggml.eot_token_id', U32, struct.pack('<I', 1)),
         key('tokenizer.ggml.add_bos_token', BOOL, b'\1'), key('tokenizer.chat_template', STR, string('{{ x }}'))]
tensors = [('token_embd.weight', [8, 3], 1, b'e' * 48), ('blk.0.attn_q.weight', [8, 8], 0, b'q' * 256), ('blk.0.ffn_up.weight', [32, 1], 2, b'u' * 18),
           ('output_norm.weight', [8], 0, b'n' * 32)]
put('gguf', 'model', gguf(base + words, tensors))
put('gguf', 'v2', gguf(base, tensors[:1], 2))
put('gguf', 'vocabulary', gguf(base[:1] + words, []))
put('gguf', 'nested', gguf(base[:1] + [key('n', ARR, struct.pack('<IQIQB', ARR, 1, U8, 1, 7))], []))
put('gguf', 'alignment', gguf([key('general.alignment', U32, struct.pack('<I', 32))] + base[:1], tensors[3:]))
put('gguf', 'split', gguf(base[:1] + [key('split.count', 2, struct.pack('<H', 2)), key('split.no', 2, struct.pack('<H', 0))], tensors[3:]))



def layer(*parts):
    """A quantized layer "l": (suffix, dtype, shape, bytes), each of arbitrary numbers unless given."""
    header, data = {}, b''
    for suffix, dtype, shape, raw in parts:
        count = {'I32': 4, 'I64': 8, 'F16': 2, 'I8': 1}[dtype]
        for dimension in shape:
            count *= dimension
        raw = raw if raw is not None else bytes((17 * i + 5) % 59 for i in range(count))
        header['l' + suffix] = entry(dtype, shape, len(data), len(data) + len(raw))
        data += raw
    return safetensors(header, data)


put('safetensors', 'awq', layer(('.qweight', 'I32', [64, 2], None), ('.qzeros', 'I32', [2, 2], None), ('.scales', 'F16', [2, 16], None)))
put('safetensors', 'gptq', layer(('.qweight', 'I32', [8, 16], None), ('.qzeros', 'I32', [2, 2], None), ('.scales', 'F16', [2, 16], None),
                                 ('.g_idx', 'I32', [64], struct.pack('<64i', *(i % 2 for i in range(64))))))
put('safetensors', 'gptq8', layer(('.qweight', 'I32', [8, 8], None), ('.qzeros', 'I32', [1, 2], None), ('.scales', 'F16', [1, 8], None)))
put('safetensors', 'packed', layer(('.weight_packed', 'I32', [16, 4], None), ('.weight_scale', 'F16', [16, 1], None), ('.weight_zero_point', 'I32', [2, 1], None),
                                   ('.weight_shape', 'I64', [2], struct.pack('<2q', 16, 32))))
put('safetensors', 'int8', layer(('.weight', 'I8', [5, 7], None), ('.weight_scale', 'F16', [5, 1], None), ('.weight_zero_point', 'I8', [5, 1], None)))
put('safetensors', 'chatglm', layer(('.weight', 'I8', [5, 16], None), ('.weight_scale', 'F16', [5], None)))

put('config', 'qwen2', json.dumps({'architectures': ['Qwen2ForCausalLM'], 'model_type': 'qwen2', 'hidden_size': 64, 'rms_norm_eps': 1e-6, 'tie_word_embeddings': True,
                                   'sliding_window': None, 'eos_token_id': [1, 2], 'rope_scaling': {'type': 'yarn', 'factor': 4.0}}))
put('config', 'new', json.dumps({'dtype': 'bfloat16', 'rope_parameters': {'rope_theta': 1e6, 'rope_type': 'llama3', 'factor': 8}}))
put('config', 'long-integer', '{"model_max_length": 1000000000000000019884624838656, "a": [-99999999999999999999999, 1e-5]}')
put('config', 'templates', json.dumps({'chat_template': [{'name': 'default', 'template': '{{ "\u00e9" }}'}, {'name': 'rag', 'template': 'x'}]}))
put('config', 'template-object', json.dumps({'chat_template': {'default': 'd'}}))
put('config', 'index', json.dumps({'metadata': {'total_size': 8}, 'weight_map': {'a': 'a.safetensors', 'b': '../b'}}))
put('config', 'quantized', json.dumps({'quantization_config': {'quant_method': 'awq', 'bits': 4}}))
put('config', 'gptq', json.dumps({'quantization_config': {'quant_method': 'gptq', 'bits': 8, 'sym': True, 'desc_act': True, 'checkpoint_format': 'gptq_v2'}}))
put('config', 'compressed', json.dumps({'quantization_config': {'quant_method': 'compressed-tensors', 'format': 'pack-quantized', 'config_groups': {'group_0': {'weights': {'num_bits': 4}}}}}))
put('config', 'chatglm', json.dumps({'model_type': 'chatglm', 'quantization_bit': 4, 'kv_channels': 128, 'padded_vocab_size': 65024}))
put('config', 'longrope', json.dumps({'model_type': 'phi3', 'original_max_position_embeddings': 64, 'rope_scaling': {'type': 'longrope', 'short_factor': [1.0, 2.0], 'long_factor': [1.5, 'x']}}))
put('config', 'deep', '{"a":' * 40 + '1' + '}' * 40)

put('template', 'chatml', "{%- for message in messages %}{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}")
put('template', 'namespace', "{% set ns = namespace(n=0) %}{% for m in messages if m.role != 'tool' %}{% set ns.n = ns.n + 1 %}{{ loop.index0 }}{% else %}none{% endfor %}{{ ns.n }}")
put('template', 'filters', "{{ messages | length }}{{ 'a b' | upper | replace('A', 'c') }}{{ messages[0] | tojson(indent=2) }}{{ (1, 2.5, none) | join(',') }}")
put('template', 'macro', "{% macro f(x, y=2) -%} {{ x * y }} {%- endmacro %}{{ f(3) }}{{ raise_exception('no') if false else 'yes' }}")
put('template', 'strings', "{{ messages[0].content.split('</think>')[-1].strip() }}{{ 'abc'[::-1] ~ 'x' * 3 }}{{ bos_token is defined and 'a' in 'abc' }}{# note #}")

put('server_request', 'head', 'POST /v1/chat/completions?x=1 HTTP/1.1\r\nHost: localhost:7860\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 12\r\n'
    'Authorization: Bearer key\r\nExpect: 100-continue\r\nConnection: keep-alive\r\n\r\n')
put('server_request', 'head-two-lengths', 'POST / HTTP/1.0\r\nContent-Length: 1\r\ncontent-length: 18446744073709551616\r\nTransfer-Encoding: chunked\r\n\r\n')
put('server_request', 'chat', json.dumps({'model': 'm', 'messages': [
    {'role': 'developer', 'content': [{'type': 'text', 'text': '\u4f60'}]}, {'role': 'user', 'content': 'x', 'name': 'n'},
    {'role': 'assistant', 'content': None, 'reasoning_content': 'hm', 'tool_calls': [{'id': 'c', 'type': 'function', 'function': {'name': 'f', 'arguments': '{"a": [1]}'}}]},
    {'role': 'tool', 'tool_call_id': 'c', 'content': 'r'}],
    'tools': [{'type': 'function', 'function': {'name': 'f', 'parameters': {}}}], 'tool_choice': {'type': 'function', 'function': {'name': 'f'}},
    'parallel_tool_calls': False, 'reasoning_effort': 'low', 'max_reasoning_tokens': 5, 'chat_template_kwargs': {'enable_thinking': False}, 'logprobs': True,
    'top_logprobs': 3, 'response_format': {'type': 'text'}, 'stream': True, 'stream_options': {'include_usage': True}}))
put('server_request', 'completion', json.dumps({'prompt': ['a', 'b'], 'n': 2, 'stop': ['x', 'y'], 'seed': -1, 'logit_bias': {'3': -100}, 'temperature': 0.5, 'top_p': 1,
    'top_k': 5, 'min_p': 0.1, 'presence_penalty': -2, 'frequency_penalty': 2, 'repetition_penalty': 1.1, 'logprobs': 2, 'max_tokens': 5, 'max_completion_tokens': 6}))
put('server_request', 'tokens', '{"prompt": [[1, 2], [3]], "n": 18446744073709551615}')
put('server_request', 'text', '{"prompt": "x", "temperature": 1e999}')
put('server_request', 'deep', '[' * 40 + ']' * 40)
put('server_request', 'wide', '{"prompt": "x",' + ','.join('"%d":1' % i for i in range(4100)) + '}')
put('server_request', 'cut', '{"messages": [{"role": "user", "content": "\\ud800')
