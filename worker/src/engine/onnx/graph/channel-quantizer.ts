import { growMemory, type KernelMemory, kernelMemory } from '../wasm/kernel.ts';
import { type ChannelQuantized, channelScale, quantizeChannels } from './channel-quantization.ts';
import {
  type QuantizationKernels,
  quantizationKernels,
  SQUARE,
  SQUARE_BYTES,
} from './quantization-kernel.ts';

/** Weights from which on a kernel is worth being compiled for them. */
const BULK_MIN = 2 ** 16;
/** Of the weights that are rounded at once, about: near enough to a core, and long runs to write. */
const PIECE_BYTES = 2 ** 19;
const FLOAT32 = Float32Array.BYTES_PER_ELEMENT;
const FLOAT64 = Float64Array.BYTES_PER_ELEMENT;
/** Bytes in which a row's largest sizes come. */
const LARGEST_BYTES = 16;

/** `quantizeChannels` for one tensor after another, large ones by kernels: the same bits, some ten times as fast. */
export class ChannelQuantizer {
  private compiled: { memory: KernelMemory; kernels: QuantizationKernels } | undefined;

  /** As `quantizeChannels`. */
  quantize(weights: Float32Array, outputs: number, inputs: number): ChannelQuantized {
    if (weights.length < BULK_MIN) return quantizeChannels(weights, outputs, inputs);
    const values = new Int8Array(outputs * inputs);
    const scales = new Float32Array(outputs);
    const piece = this.piece(inputs);
    for (let first = 0; first < outputs; first += piece.channels) {
      const count = Math.min(piece.channels, outputs - first);
      piece.load(weights.subarray(first * inputs, (first + count) * inputs));
      scales.set(piece.quantize(count), first);
      piece.store(values, outputs, first, count);
    }
    return { values, scales };
  }

  private piece(inputs: number): Piece {
    if (this.compiled === undefined) {
      const memory = kernelMemory(1);
      this.compiled = { memory, kernels: quantizationKernels(memory) };
    }
    return new Piece(this.compiled.memory, this.compiled.kernels, inputs);
  }
}

/** Some channels of a tensor in the kernels' memory, padded to whole squares. */
class Piece {
  readonly channels: number;
  private readonly inputs: number;
  private readonly columns: number;
  private readonly kernels: QuantizationKernels;
  private readonly rowsAt: number;
  private readonly outAt: number;
  private readonly largestAt: number;
  private readonly inversesAt: number;
  private readonly buffer: ArrayBuffer;

  constructor(memory: KernelMemory, kernels: QuantizationKernels, inputs: number) {
    this.kernels = kernels;
    this.inputs = inputs;
    this.columns = Math.ceil(inputs / SQUARE) * SQUARE;
    const rows = Math.floor(PIECE_BYTES / FLOAT32 / this.columns);
    this.channels = Math.max(1, Math.floor(rows / SQUARE)) * SQUARE;
    this.rowsAt = SQUARE_BYTES;
    this.outAt = this.rowsAt + this.channels * this.columns * FLOAT32;
    this.largestAt = this.outAt + this.channels * this.columns;
    this.inversesAt = this.largestAt + this.channels * LARGEST_BYTES;
    growMemory(memory, this.inversesAt + this.channels * FLOAT64);
    this.buffer = memory.buffer;
    // What pads rows counts when the largest of each is looked for.
    if (this.columns !== inputs) this.rows().fill(0);
  }

  load(weights: Float32Array): void {
    const { columns, inputs } = this;
    const rows = this.rows();
    if (columns === inputs) {
      rows.set(weights);
      return;
    }
    for (let row = 0; row * inputs < weights.length; row++) {
      rows.set(weights.subarray(row * inputs, (row + 1) * inputs), row * columns);
    }
  }

  /** Rounds the first `count` channels; returns their scales. */
  quantize(count: number): Float32Array {
    const { channels, columns, rowsAt, outAt, largestAt, inversesAt } = this;
    const rowBytes = columns * FLOAT32;
    this.kernels.largest(rowsAt, rowsAt + rowBytes, largestAt, count);
    const sizes = new Float32Array(this.buffer, largestAt, count * 4);
    const inverses = new Float64Array(this.buffer, inversesAt, count);
    const scales = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const [a, b, c, d] = [sizes[4 * i]!, sizes[4 * i + 1]!, sizes[4 * i + 2]!, sizes[4 * i + 3]!];
      const largest = Math.max(a, b, c, d);
      const scale = channelScale(largest);
      scales[i] = scale;
      inverses[i] = scale === 0 ? 0 : 1 / scale;
    }
    for (let first = 0; first < count; first += SQUARE) {
      this.kernels.quantize(
        rowsAt + first * rowBytes,
        rowBytes,
        inversesAt + first * FLOAT64,
        outAt + first,
        channels,
        columns / SQUARE,
      );
    }
    return scales;
  }

  /** Writes channels `first` to `first` + `count` of `values` [inputs, outputs]. */
  store(values: Int8Array, outputs: number, first: number, count: number): void {
    const { channels, inputs } = this;
    const rounded = new Int8Array(this.buffer, this.outAt, inputs * channels);
    for (let input = 0; input < inputs; input++) {
      const start = input * channels;
      values.set(rounded.subarray(start, start + count), input * outputs + first);
    }
  }

  private rows(): Float32Array {
    return new Float32Array(this.buffer, this.rowsAt, this.channels * this.columns);
  }
}
