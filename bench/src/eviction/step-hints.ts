import type { RunEventBody } from '@helium/coordinator';
import { type SequenceBlockHash, sequenceBlockHashes } from '@helium/shared';
import { createWordTokenizer, type WorkerObserver } from '@helium/simulation';
import { StepGraph } from '../paper/frontends.ts';
import type { Shape } from '../paper/shape.ts';
import { staticText } from './workflow-of.ts';

type Planner = Parameters<WorkerObserver['started']>[0];

/**
 * KVFlow's hints for a worker: each block of an agent's static prompt has the steps until one of the agents
 * that begin with it runs; all other blocks have none and leave first.
 */
export class StepHints {
  readonly #shape: Shape;
  readonly #graph: StepGraph;
  readonly #blockTokens: number;
  /** Static block → operators whose prompts begin with it. */
  #blocks: Map<SequenceBlockHash, number[]> | undefined;
  #planner: Planner | undefined;

  constructor(shape: Shape, rows: number, blockTokens: number) {
    this.#shape = shape;
    this.#graph = new StepGraph({ shape, rows });
    this.#blockTokens = blockTokens;
  }

  started(planner: Planner): void {
    this.#planner = planner;
  }

  /** The salt is known from the first call on. */
  salted(cacheSalt: string): void {
    if (this.#blocks !== undefined) return;
    const tokenizer = createWordTokenizer();
    const blocks = new Map<SequenceBlockHash, number[]>();
    for (const operator of this.#shape.operators.keys()) {
      const text = `<user>\n${staticText(this.#shape, operator)}`;
      const { tokens } = tokenizer.encodeStable([{ kind: 'content', text }]);
      for (const hash of sequenceBlockHashes(tokens, this.#blockTokens, cacheSalt)) {
        blocks.set(hash, [...(blocks.get(hash) ?? []), operator]);
      }
    }
    this.#blocks = blocks;
    this.#tell();
  }

  heard(body: RunEventBody): void {
    if (body.kind !== 'callStarted' && body.kind !== 'callFinished') return;
    const operator = Number(body.operator.slice('op'.length));
    if (body.kind === 'callStarted') this.#graph.started(operator);
    else for (const _ of body.rows) this.#graph.ended(operator);
    this.#tell();
  }

  #tell(): void {
    for (const [hash, operators] of this.#blocks ?? []) {
      const steps = Math.min(...operators.map((operator) => this.#graph.stepsOf(operator)));
      this.#planner?.residency.setNextUse(hash, steps);
    }
  }
}
