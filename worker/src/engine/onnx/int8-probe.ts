import { invariant } from '@helium/shared';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { OnnxGraph } from './graph/onnx-graph.ts';

/** Terms of the probe's sums, and sums: enough for every kernel's inner loop. */
const SIZE = 64;

/**
 * Whether this processor's uint8 × int8 kernels go wrong: x86 without VNNI adds pairs of products in 16
 * bits, where the largest pair does not fit. What comes out then depends on the tiling, so on the
 * batch. Found by computing the largest sums there are; costs some milliseconds.
 */
export async function int8Saturates(): Promise<boolean> {
  const graph = new OnnxGraph('');
  graph.input('rows', 'uint8');
  const weights = graph.constant(new Int8Array(SIZE * SIZE).fill(127), [SIZE, SIZE]);
  graph.node('MatMulIntegerToFloat', ['rows', weights, graph.scalar(1), graph.scalar(1)], ['sums']);
  graph.output('sums', 'float32');
  const session = await InferenceSession.create(graph.serialize(), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const rows = new Tensor('uint8', new Uint8Array(SIZE * SIZE).fill(255), [SIZE, SIZE]);
  const { sums } = await session.run({ rows });
  await session.release();
  invariant(sums?.data instanceof Float32Array, 'the int8 probe gave no floats');
  return sums.data.some((sum) => sum !== SIZE * 255 * 127);
}
