#!/usr/bin/env python3
"""Blocks of every quantized type and the values that the `gguf` package (0.19) gives them.

Usage: make_dequant_refs.py OUT   (default: dequant_refs.bin beside this file)

The file is a sequence of records, little-endian: 8 bytes of type name padded with NUL, u32 elements, u32 bytes, the bytes, the
elements as float32. Bits are random, so every pattern of quants and packed scales occurs; of the halves that scale a block, some
are random too (infinities, NaN and subnormals among them) and the rest are ordinary.
"""
import os
import struct
import sys

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type, quants

# type: offsets of its halves inside a block
HALVES = {Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0], Type.Q2_K: [80, 82], Type.Q3_K: [108],
          Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208], Type.BF16: [], Type.IQ4_NL: [0], Type.IQ4_XS: [0]}
EXTREMES = np.array([0x0000, 0x8000, 0x0001, 0x83ff, 0x0400, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e00], np.uint16)


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), 'dequant_refs.bin')
    rng = np.random.default_rng(20240607)
    with open(out, 'wb') as f:
        for kind, offsets in HALVES.items():
            elements, size = GGML_QUANT_SIZES[kind]
            count = 2560 // elements if elements > 1 else 1024
            blocks = rng.integers(0, 256, (count, size), dtype=np.uint8)
            for offset in offsets:
                scale = (rng.standard_normal(count) * 0.01).astype(np.float16).view(np.uint16)
                wild = rng.random(count) < 0.3
                scale[wild] = rng.choice(EXTREMES, wild.sum())
                blocks[:, offset:offset + 2] = scale.reshape(-1, 1).view(np.uint8)
            with np.errstate(all='ignore'):
                values = quants.dequantize(blocks.reshape(1, -1), kind).astype('<f4').reshape(-1)
            f.write(kind.name.encode().ljust(8, b'\0') + struct.pack('<II', values.size, blocks.size) + blocks.tobytes() + values.tobytes())
        # halves of every exponent; numpy is the reference
        halves = np.concatenate([np.arange(0, 65536, 37, dtype=np.uint16), EXTREMES])
        values = halves.view(np.float16).astype('<f4')
        f.write(b'F16'.ljust(8, b'\0') + struct.pack('<II', values.size, halves.nbytes) + halves.tobytes() + values.tobytes())


main()
