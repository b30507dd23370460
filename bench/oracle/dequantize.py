"""Compares the golden values of model/src/gguf with what gguf-py makes of the same blocks, or writes them.

usage: dequantize.py [--write]

Each type gets sixteen blocks of noise (the SHA-256 of "NAME:0", "NAME:1", …) whose scales are made ordinary
numbers. Needs: pip install gguf numpy
"""

import hashlib
import json
import os
import sys

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

GOLDEN = os.path.join(
    os.path.dirname(__file__), "../../model/src/gguf/testdata/dequantized.json"
)
BLOCKS = 16
# Where a block keeps its half-precision scales.
SCALES = {
    "Q4_0": [0],
    "Q4_1": [0, 2],
    "Q5_0": [0],
    "Q5_1": [0, 2],
    "Q8_0": [0],
    "Q4_K": [0, 2],
    "Q5_K": [0, 2],
    "Q6_K": [208],
}


def noise_blocks(name, block_bytes):
    chunks = b"".join(
        hashlib.sha256(f"{name}:{i}".encode()).digest()
        for i in range(-(-BLOCKS * block_bytes // 32))
    )
    data = bytearray(chunks[: BLOCKS * block_bytes])
    for block in range(BLOCKS):
        for scale in SCALES[name]:
            high = block * block_bytes + scale + 1
            data[high] = (data[high] & 0x83) | 0x30
    return np.frombuffer(bytes(data), dtype=np.uint8)


def main():
    found = {}
    for name in SCALES:
        kind = GGMLQuantizationType[name]
        _, block_bytes = GGML_QUANT_SIZES[kind]
        values = dequantize(noise_blocks(name, block_bytes), kind).astype("<f4").ravel()
        found[name] = {
            "values": int(values.size),
            "sha256": hashlib.sha256(values.tobytes()).hexdigest(),
            "first": [float(value) for value in values[:3]],
        }
    if "--write" in sys.argv:
        with open(GOLDEN, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=2)
            file.write("\n")
    with open(GOLDEN, encoding="utf-8") as file:
        golden = json.load(file)
    wrong = [name for name in found if golden.get(name) != found[name]]
    print(f"{len(found)} types, {len(wrong)} differ from the golden values {wrong or ''}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
