import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TENSOR_TYPES, type TensorType } from './tensor-types.ts';

/** What gguf-py 0.18 makes of the same bytes. */
const REFERENCE = JSON.parse(
  readFileSync(new URL('./testdata/dequantized.json', import.meta.url), 'utf8'),
) as Record<string, { values: number; sha256: string; first: number[] }>;

/** Where a block keeps its half-precision scales. */
const SCALES: Readonly<Record<string, readonly number[]>> = {
  Q4_0: [0],
  Q4_1: [0, 2],
  Q5_0: [0],
  Q5_1: [0, 2],
  Q8_0: [0],
  Q4_K: [0, 2],
  Q5_K: [0, 2],
  Q6_K: [208],
};

/** Sixteen blocks of noise whose scales are ordinary numbers. */
function noiseBlocks({ name, blockBytes }: TensorType): Uint8Array {
  const chunks: Buffer[] = [];
  for (let i = 0; i * 32 < 16 * blockBytes; i++) {
    chunks.push(createHash('sha256').update(`${name}:${i}`).digest());
  }
  const bytes = Buffer.concat(chunks).subarray(0, 16 * blockBytes);
  for (let block = 0; block < 16; block++) {
    for (const scale of SCALES[name]!) {
      const high = block * blockBytes + scale + 1;
      bytes[high] = (bytes[high]! & 0x83) | 0x30;
    }
  }
  return bytes;
}

describe('TENSOR_TYPES', () => {
  it.each(Object.keys(REFERENCE))('dequantizes %s to the bits of the reference', (name) => {
    const type = Object.values(TENSOR_TYPES).find((candidate) => candidate.name === name)!;
    const values = new Float32Array(16 * type.blockValues);
    type.decode(noiseBlocks(type), values);
    const expected = REFERENCE[name]!;
    expect([...values.subarray(0, 3)]).toEqual(expected.first);
    const hash = createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');
    expect([values.length, hash]).toEqual([expected.values, expected.sha256]);
  });
});
