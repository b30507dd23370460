import { createPrng } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { offsetValues, quantizeChannels, transpose } from './channel-quantization.ts';
import { ChannelQuantizer } from './channel-quantizer.ts';
import { bytesOf } from './tensor-data.ts';

const matrices = fc
  .tuple(fc.integer({ min: 1, max: 130 }), fc.integer({ min: 1, max: 9 }))
  .chain(([outputs, inputs]) =>
    fc
      .array(fc.float({ min: -8, max: 8, noNaN: true }), {
        minLength: outputs * inputs,
        maxLength: outputs * inputs,
      })
      .map((weights) => ({ outputs, inputs, weights: Float32Array.from(weights) })),
  );

/** Channels whose largest weight is no larger than this are zeros. */
const UNDERFLOW = 127 * 2 ** -126;

describe('quantizeChannels', () => {
  it('errs by half a step of the channel at most, and transposes', () => {
    fc.assert(
      fc.property(matrices, ({ weights, outputs, inputs }) => {
        const { values, scales } = quantizeChannels(weights, outputs, inputs);
        for (let channel = 0; channel < outputs; channel++) {
          for (let input = 0; input < inputs; input++) {
            const restored = values[input * outputs + channel]! * scales[channel]!;
            const error = Math.abs(restored - weights[channel * inputs + input]!);
            expect(error).toBeLessThanOrEqual(scales[channel]! * 0.5001 + UNDERFLOW);
          }
        }
      }),
    );
  });

  it('gives a channel of zeros the scale 0', () => {
    const { values, scales } = quantizeChannels(Float32Array.of(0, 0, 1, -2), 2, 2);
    expect([...values]).toEqual([0, 64, 0, -127]);
    expect(scales[0]).toBe(0);
  });
});

describe('offsetValues', () => {
  it.each([0, 1, 2])('adds 128 to every number, from byte %i on', (start) => {
    const values = Int8Array.from({ length: 256 + 3 }, (_, i) => i).subarray(start);
    const expected = Uint8Array.from(values, (value) => value + 128);
    expect(offsetValues(values)).toEqual(expected);
  });
});

describe('ChannelQuantizer', () => {
  /** Whole halves of a step of 1, and their neighbours: where rounding is decided. */
  const halves = [0.5, -0.5, 126.5, -126.5, 0.49999997, -0.49999997, 1.5, -2.5, -0, 127];

  function weightsOf(outputs: number, inputs: number): Float32Array {
    const random = createPrng(BigInt(outputs));
    return Float32Array.from({ length: outputs * inputs }, (_, i) => {
      const channel = Math.floor(i / inputs);
      if (channel % 7 === 3) return i % inputs === 0 ? 127 : halves[i % halves.length]!;
      if (channel % 7 === 5) return channel % 2 === 0 ? 0 : (random() - 0.5) * 2 ** -120;
      return (random() - 0.5) * 10 ** (channel % 5);
    });
  }

  it('gives large tensors the bits that the plain form gives, one after the other', () => {
    const quantizer = new ChannelQuantizer();
    for (const [outputs, inputs] of [
      [128, 576],
      [131, 577],
      [17, 5000],
      [1, 70_000],
      [70_000, 1],
      [9, 64],
      [960, 576],
    ] as const) {
      const weights = weightsOf(outputs, inputs);
      const { values, scales } = quantizer.quantize(weights, outputs, inputs);
      const expected = quantizeChannels(weights, outputs, inputs);
      expect(Buffer.compare(bytesOf(values), bytesOf(expected.values))).toBe(0);
      expect(scales).toEqual(expected.scales);
    }
  });
});

describe('transpose', () => {
  it('is undone by transposing back', () => {
    fc.assert(
      fc.property(matrices, ({ weights, outputs, inputs }) => {
        const there = transpose(weights, outputs, inputs);
        expect(transpose(there, inputs, outputs)).toEqual(weights);
      }),
    );
  });
});
