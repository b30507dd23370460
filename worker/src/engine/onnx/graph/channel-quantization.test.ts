import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantizeChannels, transpose } from './channel-quantization.ts';

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
