import { Tensor } from 'onnxruntime-node';
import { probeArithmetic } from './arithmetic.ts';
import { createSession } from './create-session.ts';
import { OnnxGraph } from './graph/onnx-graph.ts';

/** What onnxruntime's kernels do on this machine when nothing holds them up. */
export interface KernelPeaks {
  /** Operations a second of 8-bit and of float32 matrix products: two a multiply-add. */
  readonly int8: number;
  readonly float32: number;
  /** Bytes a second of reading what lies in no cache. */
  readonly readBytes: number;
}

/** Rows, terms and columns of the products: large enough that starting them costs nothing. */
const [ROWS, TERMS, COLUMNS] = [512, 1536, 1536];
/** Floats that are read: 256 MiB, more than any cache. */
const READ = [4096, 16_384] as const;
const REPEATS = 12;

/** Measures them: the best of some repeats each, about a second in all. */
export async function measureKernelPeaks(threads: number): Promise<KernelPeaks> {
  const operations = 2 * ROWS * TERMS * COLUMNS;
  // The kernels that layers take: of unsigned weights where signed ones saturate.
  const { int8Saturates } = await probeArithmetic('cpu');
  const weight = int8Saturates ? Uint8Array.of(129) : Int8Array.of(1);
  const bytes = READ[0] * READ[1] * Float32Array.BYTES_PER_ELEMENT;
  return {
    int8: operations / (await leastSeconds(threads, (graph) => int8Product(graph, weight))),
    float32: operations / (await leastSeconds(threads, floatProduct)),
    readBytes: bytes / (await leastSeconds(threads, readAll)),
  };
}

type Build = (graph: OnnxGraph) => Tensor;

function int8Product(graph: OnnxGraph, weight: Int8Array | Uint8Array): Tensor {
  graph.input('input', 'uint8');
  const weights = filled(graph, weight);
  const scales = [graph.scalar(1), graph.scalar(1)];
  graph.node('MatMulIntegerToFloat', ['input', weights, ...scales], ['output']);
  graph.output('output', 'float32');
  return new Tensor('uint8', new Uint8Array(ROWS * TERMS).fill(3), [ROWS, TERMS]);
}

function floatProduct(graph: OnnxGraph): Tensor {
  graph.input('input', 'float32');
  const weights = filled(graph, Float32Array.of(0.5));
  graph.node('MatMul', ['input', weights], ['output']);
  graph.output('output', 'float32');
  return new Tensor('float32', new Float32Array(ROWS * TERMS).fill(0.5), [ROWS, TERMS]);
}

/** One value everywhere: onnxruntime folds it into a constant, which its kernels then lay out as they want it. */
function filled(graph: OnnxGraph, value: Int8Array | Uint8Array | Float32Array): string {
  return graph.op('Expand', [graph.constant(value, [1, 1]), graph.int64s(TERMS, COLUMNS)]);
}

function readAll(graph: OnnxGraph): Tensor {
  graph.input('input', 'float32');
  const axes = graph.constant(BigInt64Array.of(1n), [1]);
  graph.node('ReduceMax', ['input', axes], ['output'], { keepdims: 0 });
  graph.output('output', 'float32');
  return new Tensor('float32', new Float32Array(READ[0] * READ[1]).fill(1), [...READ]);
}

async function leastSeconds(threads: number, build: Build): Promise<number> {
  const graph = new OnnxGraph('');
  const input = build(graph);
  const session = await createSession(graph.serialize(), {
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
  });
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < REPEATS; i++) {
    const begun = performance.now();
    await session.run({ input });
    least = Math.min(least, performance.now() - begun);
  }
  await session.release();
  return least / 1000;
}
