import {
  DEFAULT_PLAN_LIMITS,
  expandOperator,
  knownTexts,
  lowerNaively,
  type Row,
  renderArguments,
  renderMessages,
  renderSegments,
  validateWorkflow,
} from '@helium/coordinator/planning';
import { type Call, callId, invariant } from '@helium/shared';
import type { Tokenizer } from '@helium/shared/tokenizer';
import { createSimExecutor, Planner } from '@helium/worker/core';
import type { Functions } from './memory-parts.ts';
import type { WorkerWorld } from './simulated-worker.ts';
import { END_TOKEN, outputTokens } from './word-tokenizer.ts';
import type { Kind } from './workload.ts';

type NaivePlan = ReturnType<typeof lowerNaively>;

/** Outputs of one row by name. */
export type RowOutputs = Readonly<Record<string, string>>;

/**
 * What a run's outputs must be: every row by itself, one call after the other in plan order, each on an
 * engine that has seen nothing before. Texts of equal prompts are remembered: an engine that has seen
 * nothing answers them alike.
 */
export class NaiveAnswers {
  readonly #model: string;
  readonly #functions: Functions;
  readonly #tokenizer: Tokenizer;
  readonly #executor: WorkerWorld['executor'];
  readonly #weights: number;
  readonly #texts = new Map<string, string>();

  constructor(
    model: string,
    functions: Functions,
    world: Pick<WorkerWorld, 'tokenizer' | 'executor'>,
    weights = 0,
  ) {
    this.#weights = weights;
    this.#model = model;
    this.#functions = functions;
    this.#tokenizer = world.tokenizer;
    this.#executor = world.executor;
  }

  /** By row. */
  outputsOf({ workflow }: Kind, rows: readonly Row[]): RowOutputs[] {
    const functions = new Map(
      Object.entries(this.#functions).map(([name, { description, pure }]) => [
        name,
        { description, pure, digest: '' },
      ]),
    );
    const offer = { models: [this.#model], functions };
    const plan = lowerNaively(validateWorkflow(workflow, rows, offer, DEFAULT_PLAN_LIMITS));
    const texts = this.#textsOf(plan);
    const outputs: Record<string, string>[] = rows.map(() => ({}));
    for (const { row, name, node } of plan.outputs) outputs[row]![name] = texts[node]!;
    return outputs;
  }

  #textsOf(plan: NaivePlan): string[] {
    const texts: string[] = [];
    for (const { action } of plan.nodes) texts.push(this.#textOf(action, texts));
    return texts;
  }

  #textOf(action: NaivePlan['nodes'][number]['action'], texts: readonly string[]): string {
    if (action.kind === 'value') return action.text;
    const textOf = (node: number) => texts[node];
    if (action.kind === 'expand') {
      const known = new Map([...action.bindings].map(([id, node]) => [id, texts[node]!]));
      const expanded = lowerNaively(expandOperator(action.operator, knownTexts(known), 1).plan);
      return this.#textsOf(expanded)[expanded.outputs[0]!.node]!;
    }
    const { operator, bindings } = action;
    switch (operator.kind) {
      case 'format':
        return renderSegments(operator.content, bindings, textOf);
      case 'fn':
        return this.#functions[operator.name]!.run(
          renderArguments(operator, bindings, textOf),
        ) as string;
      case 'llm': {
        const messages = renderMessages(operator.messages, bindings, textOf);
        const { sampling, maxTokens, stop } = operator;
        const key = JSON.stringify([messages, maxTokens, stop]);
        const known = this.#texts.get(key);
        if (known !== undefined) return known;
        const rest = { reusePrefix: false, cacheSalt: '', order: 1, streamDeltas: false };
        const text = this.#answer({
          id: callId('c'),
          messages,
          sampling,
          maxTokens,
          stop,
          ...rest,
        });
        this.#texts.set(key, text);
        return text;
      }
    }
  }

  #answer(call: Call): string {
    const tokens = { outputTokens: outputTokens(this.#weights), endToken: END_TOKEN };
    const prompt = this.#tokenizer.encode(this.#tokenizer.renderChat(call.messages));
    const { blockTokens = 16 } = this.#executor.limits ?? {};
    const kvTokens = prompt.length + call.maxTokens + 2 * blockTokens;
    const limits = { ...this.#executor.limits, kvTokens, contextTokens: kvTokens, maxBatch: 1 };
    const executor = createSimExecutor({ ...this.#executor, ...tokens, limits });
    const planner = new Planner({
      limits: executor.limits,
      endTokenIds: this.#tokenizer.endTokenIds,
      createDecoder: () => this.#tokenizer.createDecoder(),
      pinBudgetBlocks: 0,
    });
    planner.submit(call, prompt, 0);
    for (let plan = planner.planStep(0); plan !== undefined; plan = planner.planStep(0)) {
      planner.applyStep(executor.stepNow(plan), 0);
    }
    const ended = planner.takeEvents().find((event) => event.kind === 'finished');
    invariant(
      ended?.kind === 'finished' && ended.result.finish !== 'error',
      `a call alone did not end: ${ended?.kind === 'finished' ? ended.result.error?.message : ''}`,
    );
    return ended.result.text;
  }
}
