import type { LinearWeight } from './model-weights.ts';
import type { OnnxGraph, Value } from './onnx-graph.ts';

/** The input of linear layers, [rows, width]; quantized once, when the first int8 layer wants it. */
export interface Activation {
  readonly value: Value;
  readonly width: number;
  /** uint8 [rows, 1], all ZERO_POINT: its shape gives the graph the number of rows. */
  readonly zeroPoints: Value;
  /** What hardly any element exceeds in size, where that is known before: rounded in steps of range / 127. */
  readonly range?: number;
  quantized?: Quantized;
}

/** uint8 values, and the float that one step of them stands for. */
interface Quantized {
  readonly values: Value;
  readonly step: number;
  /** A further factor for each row, [rows, 1], where the step is not one for all. */
  readonly scales?: Value;
}

/** A product that is still to be multiplied by `scales` [rows, 1] where they are given. */
export interface Product {
  readonly value: Value;
  readonly scales?: Value;
}

/** The uint8 that stands for 0, in activations and in weights kept as uint8. */
export const ZERO_POINT = 128;
const INT8_MAX = 127;

/**
 * Activation × weight. Int8 weights take the activation rounded to 8 bits, in steps that are fixed or the
 * row's own; the integer sum is exact, so a row's result depends on nothing but the row. Rows scaled
 * by the whole batch's maximum (DynamicQuantizeMatMul) would not have that.
 */
export function product(graph: OnnxGraph, input: Activation, weight: LinearWeight): Product {
  const values = graph.stored(weight.values);
  if (weight.scales === undefined) return { value: graph.op('MatMul', [input.value, values]) };
  input.quantized ??= quantize(graph, input);
  const { step, scales } = input.quantized;
  const inputs = [
    input.quantized.values,
    values,
    graph.scalar(step),
    graph.stored(weight.scales),
    zeroPoint(graph),
  ];
  if (weight.values.type === 'uint8') inputs.push(zeroPoint(graph));
  const value = graph.op('MatMulIntegerToFloat', inputs);
  return scales === undefined ? { value } : { value, scales };
}

/** The product as a plain tensor. */
export function rescaled(graph: OnnxGraph, { value, scales }: Product): Value {
  return scales === undefined ? value : graph.op('Mul', [value, scales]);
}

export function linear(graph: OnnxGraph, input: Activation, weight: LinearWeight): Value {
  return rescaled(graph, product(graph, input, weight));
}

function quantize(graph: OnnxGraph, input: Activation): Quantized {
  if (input.range === undefined) return quantizeRows(graph, input);
  const step = input.range / INT8_MAX;
  const inputs = [input.value, graph.scalar(step), zeroPoint(graph)];
  return { values: graph.op('QuantizeLinear', inputs), step };
}

/**
 * A row of zeros gets scale 0 and arbitrary values; scale × anything is then the right 0.
 */
function quantizeRows(graph: OnnxGraph, input: Activation): Quantized {
  const magnitudes = graph.op('Abs', [input.value]);
  const largest = graph.op('ReduceMax', [magnitudes, graph.int64s(-1)], { keepdims: 1 });
  const scales = graph.op('Mul', [largest, graph.scalar(1 / INT8_MAX)]);
  const values = graph.op('QuantizeLinear', [input.value, scales, input.zeroPoints], {
    axis: 1,
    block_size: input.width,
  });
  return { values, step: 1, scales };
}

function zeroPoint(graph: OnnxGraph): Value {
  return graph.constant(Uint8Array.of(ZERO_POINT), []);
}
