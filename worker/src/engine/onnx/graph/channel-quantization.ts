/** Int8 weights with one scale for each output channel: weight ≈ value × scale. */
export interface ChannelQuantized {
  /** [inputs, outputs], transposed from the model's [outputs, inputs]. */
  readonly values: Int8Array;
  /** [outputs]. */
  readonly scales: Float32Array;
}

/** Columns transposed together, so that writes fill whole cache lines. */
const TILE = 64;
const INT8_MAX = 127;
/** The smallest normal float32: below it a rounded scale could be off by half. */
const SCALE_MIN = 2 ** -126;

/** Rounds `weights` [outputs, inputs] to int8, symmetric and per output channel. */
export function quantizeChannels(
  weights: Float32Array,
  outputs: number,
  inputs: number,
): ChannelQuantized {
  const values = new Int8Array(outputs * inputs);
  const scales = new Float32Array(outputs);
  const inverses = new Float64Array(outputs);
  for (let channel = 0; channel < outputs; channel++) {
    const scale = channelScale(absoluteMax(weights, channel * inputs, inputs));
    scales[channel] = scale;
    inverses[channel] = scale === 0 ? 0 : 1 / scale;
  }
  for (let first = 0; first < outputs; first += TILE) {
    const end = Math.min(first + TILE, outputs);
    for (let input = 0; input < inputs; input++) {
      for (let channel = first; channel < end; channel++) {
        const scaled = weights[channel * inputs + input]! * inverses[channel]!;
        values[input * outputs + channel] = Math.round(scaled);
      }
    }
  }
  return { values, scales };
}

/** The scale of a channel by its largest weight's size. */
export function channelScale(largest: number): number {
  const exact = largest / INT8_MAX;
  return exact < SCALE_MIN ? 0 : Math.fround(exact);
}

/** `weights` [outputs, inputs] as [inputs, outputs]. */
export function transpose(weights: Float32Array, outputs: number, inputs: number): Float32Array {
  const transposed = new Float32Array(weights.length);
  for (let first = 0; first < outputs; first += TILE) {
    const end = Math.min(first + TILE, outputs);
    for (let input = 0; input < inputs; input++) {
      for (let channel = first; channel < end; channel++) {
        transposed[input * outputs + channel] = weights[channel * inputs + input]!;
      }
    }
  }
  return transposed;
}

/** The same numbers as uint8, 128 standing for 0. In place: the array must not be used any more. */
export function offsetValues(values: Int8Array): Uint8Array {
  const offset = new Uint8Array(values.buffer, values.byteOffset, values.length);
  // Four at a time, where they lie on words.
  const words = values.byteOffset % 4 === 0 ? Math.floor(values.length / 4) : 0;
  const fours = new Uint32Array(values.buffer, words === 0 ? 0 : values.byteOffset, words);
  for (let i = 0; i < words; i++) fours[i]! ^= 0x80808080;
  for (let i = words * 4; i < offset.length; i++) offset[i]! ^= 0x80;
  return offset;
}

function absoluteMax(weights: Float32Array, start: number, count: number): number {
  let max = 0;
  for (let i = start; i < start + count; i++) max = Math.max(max, Math.abs(weights[i]!));
  return max;
}
