import { createHash } from 'node:crypto';
import { invariant } from '@helium/shared';
import { Tensor } from 'onnxruntime-node';
import { createSession } from './create-session.ts';
import { type Device, deviceOptions, requireDevice } from './device.ts';
import { OnnxGraph, type Value } from './graph/onnx-graph.ts';

/** What this processor's kernels make of the same operations. */
export interface Arithmetic {
  /**
   * Whether the uint8 × int8 kernels go wrong: x86 without VNNI adds pairs of products in 16 bits, where the
   * largest pair does not fit. What comes out then depends on the tiling, so on the batch.
   */
  readonly int8Saturates: boolean;
  /**
   * Eight hex digits, a hash of what fixed inputs give under every kind of kernel that decoder graphs use: equal where
   * a model's answers are equal. Kernels for vectors of other widths sum in another order.
   */
  readonly digest: string;
}

/** Terms of the largest sums, and sums: enough for every kernel's inner loop. */
const SIZE = 64;
/** No multiple of a vector's width, so that the kernels' remainders are looked at as well. */
const [ROWS, TERMS, COLUMNS] = [7, 144, 21];

const probed = new Map<Device, Promise<Arithmetic>>();

/**
 * Finds out by computing; costs some milliseconds, once a thread. Throws CONFIG_INVALID as `requireDevice` where the
 * device is not there.
 */
export function probeArithmetic(device: Device): Promise<Arithmetic> {
  const known = probed.get(device) ?? probe(device);
  probed.set(device, known);
  return known;
}

async function probe(device: Device): Promise<Arithmetic> {
  await requireDevice(device);
  const graph = new OnnxGraph('');
  const weights = graph.constant(new Int8Array(SIZE * SIZE).fill(127), [SIZE, SIZE]);
  graph.input('largest', 'uint8');
  graph.node(
    'MatMulIntegerToFloat',
    ['largest', weights, graph.scalar(1), graph.scalar(1)],
    ['sums'],
  );
  graph.output('sums', 'float32');
  const operands = {
    rows: new Tensor('float32', noise(ROWS * TERMS, 1), [ROWS, TERMS]),
    columns: new Tensor('float32', noise(TERMS * COLUMNS, 2), [TERMS, COLUMNS]),
    keys: new Tensor('float32', noise(COLUMNS * TERMS, 3), [COLUMNS, TERMS]),
  };
  for (const name of Object.keys(operands)) graph.input(name, 'float32');
  const results = addKernels(graph);
  for (const name of results) graph.output(name, 'float32');
  const session = await createSession(graph.serialize(), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
    graphOptimizationLevel: 'disabled',
    ...deviceOptions(device),
  });
  const largest = new Tensor('uint8', new Uint8Array(SIZE * SIZE).fill(255), [SIZE, SIZE]);
  const computed = await session.run({ largest, ...operands });
  await session.release();
  const floats = (name: Value) => {
    const data = computed[name]?.data;
    invariant(data instanceof Float32Array, `the probe of arithmetic gave no floats as ${name}`);
    return data;
  };
  const int8Saturates = floats('sums').some((sum) => sum !== SIZE * 255 * 127);
  // It decides the form of the graphs, which has bits of its own.
  const hash = createHash('sha256').update(String(int8Saturates));
  for (const name of results) {
    const { buffer, byteOffset, byteLength } = floats(name);
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return { int8Saturates, digest: hash.digest('hex').slice(0, 8) };
}

/** Adds what sums floats or approximates a function, each as graphs do it. Returns what it gives. */
function addKernels(graph: OnnxGraph): readonly Value[] {
  const norm = graph.constant(noise(TERMS, 4), [TERMS]);
  const oneRow = graph.op('Reshape', ['rows', graph.int64s(ROWS, 1, TERMS)]);
  return [
    graph.op('MatMul', ['rows', 'columns']),
    graph.op('MatMul', [oneRow, 'columns']),
    graph.op('FusedMatMul', ['rows', 'keys'], { transB: 1 }),
    graph.op('FusedMatMul', [oneRow, 'keys'], { transB: 1 }),
    graph.op('Softmax', ['rows'], { axis: -1 }),
    // Whose second weight is smaller than normal floats: 0 on threads that flush such ones.
    graph.op('Softmax', [graph.constant(Float32Array.of(0, -95), [1, 2])], { axis: -1 }),
    graph.op('SimplifiedLayerNormalization', ['rows', norm], {
      axis: -1,
      epsilon: { float: 1e-5 },
    }),
    graph.op('SkipSimplifiedLayerNormalization', ['rows', 'rows', norm], {
      epsilon: { float: 1e-5 },
    }),
    graph.op('QuickGelu', ['rows'], { alpha: { float: 1 } }),
    graph.op('ReduceSum', ['rows', graph.int64s(1)], { keepdims: 0 }),
    graph.op('ReduceSum', ['rows', graph.int64s(0)], { keepdims: 0 }),
  ];
}

/** Floats between −4 and 4 of all binary digits, in no order. */
function noise(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => 4 * Math.sin(seed + i * i));
}
