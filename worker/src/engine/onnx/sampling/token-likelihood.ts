import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { createSession } from '../create-session.ts';
import { OnnxGraph } from '../graph/onnx-graph.ts';
import { floats, int64s, runSession } from '../session-values.ts';

/**
 * Natural logarithms of the probability that a head gives to tokens, over its whole vocabulary in float32. For
 * measuring: serving looks at a few candidates only.
 */
export class TokenLikelihood {
  private readonly session: InferenceSession;
  private readonly head: Tensor;

  private constructor(session: InferenceSession, head: Tensor) {
    this.session = session;
    this.head = head;
  }

  /** `head` [vocab, hidden]. */
  static async open(head: Float32Array, hidden: number, threads: number): Promise<TokenLikelihood> {
    const session = await createSession(likelihoodGraph(), {
      intraOpNumThreads: threads,
      logSeverityLevel: 3,
    });
    const dims = [head.length / hidden, hidden];
    return new TokenLikelihood(session, new Tensor('float32', head, dims));
  }

  /** One for each target, given the rows `hidden` [targets, hidden size] the head multiplies. */
  async logProbabilities(hidden: Float32Array, targets: Int32Array): Promise<Float32Array> {
    const count = targets.length;
    const outputs = await runSession(this.session, {
      hidden: new Tensor('float32', hidden, [count, hidden.length / count]),
      head: this.head,
      targets: int64s([...targets], [count, 1]),
    });
    return floats(outputs, 'logProbabilities');
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}

function likelihoodGraph(): Uint8Array {
  const graph = new OnnxGraph('');
  graph.input('hidden', 'float32');
  graph.input('head', 'float32');
  graph.input('targets', 'int64');
  const logits = graph.op('FusedMatMul', ['hidden', 'head'], { transB: 1 });
  const total = graph.op('ReduceLogSumExp', [logits, graph.int64s(-1)], { keepdims: 1 });
  const chosen = graph.op('GatherElements', [logits, 'targets'], { axis: 1 });
  graph.node('Sub', [chosen, total], ['logProbabilities']);
  graph.output('logProbabilities', 'float32');
  return graph.serialize();
}
