import type { wire } from '@helium/proto';
import { HeliumError } from '@helium/shared';
import { type ListSource, listMessage } from './list.ts';
import { type Predicate, predicateMessage } from './predicate.ts';
import { type Handle, segmentsOf, type Text } from './text.ts';
import { NOT_ZERO, requireCount, SEEDS, seedDigits } from './whole-number.ts';
import type { Workflow } from './workflow.ts';

export interface LlmOptions {
  /** Short for a leading system message. */
  readonly system?: Text;
  /** Messages in order, after `system`. */
  readonly messages?: readonly {
    readonly role: 'system' | 'user' | 'assistant';
    readonly content: Text;
  }[];
  /** Short for a closing user message. */
  readonly user?: Text;
  /** Served model; the cluster's only one by default. */
  readonly model?: string;
  /** Greedy by default. */
  readonly sampling?: {
    readonly temperature?: number;
    readonly topK?: number;
    readonly topP?: number;
    readonly minP?: number;
    readonly repetitionPenalty?: number;
    readonly presencePenalty?: number;
    readonly frequencyPenalty?: number;
    readonly seed?: number | bigint;
  };
  readonly maxTokens?: number;
  readonly stop?: readonly string[];
  /** Ids of the model's tokens that end the text as its own end tokens do. */
  readonly stopTokens?: readonly number[];
  /** JSON Schema that the text keeps to; keywords that cannot be kept to are refused by name. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** Tells each token's log probability, with so many of the likeliest at its place. */
  readonly logprobs?: number;
  /**
   * Texts for each row. The handle is all of them, one per line; `sample(handle, i)` is one of them,
   * the text of a call whose seed follows from the seed and i.
   */
  readonly samples?: number;
  /** Guess of mean output tokens, for the first plan. */
  readonly expectedTokens?: number;
}

/** Adds operators to a workflow; each method gives the handle to refer to it by. */
export interface WorkflowBuilder {
  llm(id: string, options: LlmOptions): Handle<'llm'>;
  format(id: string, content: Text): Handle<'format'>;
  /** A function installed at the coordinator. Pure unless said otherwise. */
  fn(
    id: string,
    name: string,
    args: Readonly<Record<string, Text>>,
    options?: { readonly pure?: boolean },
  ): Handle<'fn'>;
  /**
   * The body once per item, results joined. Items are known now, or read from a text that is made at run
   * time: `listOf(plan, { as: 'bullets', max: 5 })`.
   */
  map(
    id: string,
    items: readonly string[] | ListSource,
    body: (item: Handle<'item'>, w: WorkflowBuilder) => Handle,
    options?: { readonly separator?: string },
  ): Handle<'map'>;
  /**
   * One of two branches, by a predicate: `contains(verdict, 'good')`. What only one branch needs runs only
   * where it is taken, unless it is written outside and not repeatable.
   */
  cond(id: string, predicate: Predicate, branches: CondBranches): Handle<'cond'>;
  /**
   * The body, turn after turn, until its predicate holds after a turn or `max` turns are done. `start` has
   * the first texts of the variables by name; the body says what they are after a turn. The text of the
   * loop is the last turn's result.
   */
  loop<const Name extends string>(
    id: string,
    options: LoopOptions<Name>,
    body: (
      variables: Readonly<Record<Name, Handle<'variable'>>>,
      w: WorkflowBuilder,
    ) => LoopTurn<Name>,
  ): Handle<'loop'>;
}

/** Either adds the operators that only it needs and gives the handle of its text. */
export interface CondBranches {
  readonly yes: (w: WorkflowBuilder) => Handle;
  readonly no: (w: WorkflowBuilder) => Handle;
}

export interface LoopOptions<Name extends string> {
  readonly start: Readonly<Record<Name, Text>>;
  /** Turns at most; 1 to 100. */
  readonly max: number;
  /** What becomes of a loop whose predicate never held: its last result (the default), or a failed run. */
  readonly atMax?: 'last' | 'fail';
}

/** What a turn comes to. */
export interface LoopTurn<Name extends string> {
  readonly next: Readonly<Record<Name, Text>>;
  readonly result: Handle;
  readonly until: Predicate;
}

/**
 * Builds a workflow. `build` gets the row's columns as handles and returns the outputs by name. Runs
 * nothing; the coordinator checks the whole and reports every fault.
 */
export function workflow<const Input extends string, const Output extends string>(
  head: { readonly name: string; readonly inputs: readonly Input[]; readonly model?: string },
  build: (
    w: WorkflowBuilder,
    row: Readonly<Record<Input, Handle<'input'>>>,
  ) => Readonly<Record<Output, Handle>>,
): Workflow<Input, Output> {
  const operators: wire.Operator[] = head.inputs.map((field) => ({ id: field, input: { field } }));
  const row = {} as Record<Input, Handle<'input'>>;
  for (const field of head.inputs) row[field] = { id: field, kind: 'input' };
  const outputs = build(createBuilder(operators, head.model ?? ''), row);
  for (const [name, handle] of Object.entries<Handle>(outputs)) {
    operators.push({ id: `output.${name}`, output: { name, value: handle.id } });
  }
  return Object.freeze({
    name: head.name,
    inputs: head.inputs,
    outputs: Object.keys(outputs) as Output[],
    message: { name: head.name, operators },
  });
}

function createBuilder(operators: wire.Operator[], defaultModel: string): WorkflowBuilder {
  const add = <K extends string>(kind: K, operator: wire.Operator & { id: string }): Handle<K> => {
    operators.push(operator);
    return { id: operator.id, kind };
  };
  return {
    llm: (id, options) => add('llm', { id, llm: llmMessage(id, options, defaultModel) }),
    format: (id, content) => add('format', { id, format: { content: [...segmentsOf(content)] } }),
    fn(id, name, args, options = {}) {
      const list = Object.entries(args).map(([arg, value]) => ({
        name: arg,
        value: [...segmentsOf(value)],
      }));
      return add('fn', { id, function: { name, pure: options.pure ?? true, args: list } });
    },
    map(id, items, body, options = {}) {
      const item = `${id}.item`;
      const inner = within((w) => body({ id: item, kind: 'item' }, w));
      const separator = options.separator ?? '\n';
      const source =
        'source' in items ? { items: [], list: listMessage(items) } : { items: [...items] };
      const { operators: made, result } = inner;
      return add('map', { id, map: { ...source, item, body: made, result, separator } });
    },
    cond: (id, predicate, { yes, no }) =>
      add('cond', {
        id,
        cond: { predicate: predicateMessage(predicate), yes: within(yes), no: within(no) },
      }),
    loop: (id, options, body) => add('loop', { id, loop: loopMessage(id, options, body) }),
  };

  function within(build: (w: WorkflowBuilder) => Handle): {
    operators: wire.Operator[];
    result: string;
  } {
    const inner: wire.Operator[] = [];
    const { id } = build(createBuilder(inner, defaultModel));
    return { operators: inner, result: id };
  }

  function loopMessage<Name extends string>(
    id: string,
    { start, max, atMax }: LoopOptions<Name>,
    body: Parameters<WorkflowBuilder['loop']>[2],
  ): wire.LoopOperator {
    const names = Object.keys(start) as Name[];
    const variableOf = (name: string) => ({ id: `${id}.${name}`, kind: 'variable' }) as const;
    const handles = Object.fromEntries(names.map((name) => [name, variableOf(name)]));
    const inner: wire.Operator[] = [];
    const { next, result, until } = body(handles, createBuilder(inner, defaultModel));
    return {
      variables: names.map((name) => ({
        id: variableOf(name).id,
        first: [...segmentsOf(start[name])],
        next: [...segmentsOf(next[name] ?? variableOf(name))],
      })),
      body: inner,
      result: result.id,
      until: predicateMessage(until),
      maxTurns: requireCount(`loop "${id}": max`, max, 1),
      atBound: atMax === 'fail' ? 'LOOP_BOUND_FAIL' : 'LOOP_BOUND_LAST',
    };
  }
}

function llmMessage(id: string, options: LlmOptions, defaultModel: string): wire.LlmOperator {
  const messages = [
    ...(options.system === undefined ? [] : [{ role: 'system' as const, content: options.system }]),
    ...(options.messages ?? []),
    ...(options.user === undefined ? [] : [{ role: 'user' as const, content: options.user }]),
  ];
  if (messages.length === 0) {
    throw new HeliumError(
      'WORKFLOW_INVALID',
      `operator "${id}": needs system, messages or user; has none`,
    );
  }
  const { sampling } = options;
  const count = (field: string, value: number | undefined, min: number) =>
    value === undefined ? 0 : requireCount(`operator "${id}": ${field}`, value, min);
  return {
    model: options.model ?? defaultModel,
    messages: messages.map(({ role, content }) => ({
      role: ROLES[role],
      content: [...segmentsOf(content)],
    })),
    ...(sampling === undefined ? {} : { sampling: samplingMessage(id, sampling) }),
    maxTokens: count('maxTokens', options.maxTokens, 1),
    stop: [...(options.stop ?? [])],
    expectedTokens: count('expectedTokens', options.expectedTokens, 1),
    stopTokens: (options.stopTokens ?? []).map((token) => count('stopTokens', token, 0)),
    outputSchema: options.schema === undefined ? '' : JSON.stringify(options.schema),
    ...(options.logprobs === undefined ? {} : { logprobs: count('logprobs', options.logprobs, 0) }),
    samples: count('samples', options.samples, 1),
  };
}

/** One of the texts of an LLM operator with `samples`, from 0. */
export function sample(operator: Handle<'llm'>, index: number): Handle<'llm'> {
  return { id: `${operator.id}[${index}]`, kind: 'llm' };
}

export const ROLES = {
  system: 'ROLE_SYSTEM',
  user: 'ROLE_USER',
  assistant: 'ROLE_ASSISTANT',
} as const satisfies Record<string, wire.Role>;

function samplingMessage(id: string, sampling: NonNullable<LlmOptions['sampling']>): wire.Sampling {
  const seed = sampling.seed === undefined ? undefined : seedDigits(sampling.seed);
  if (sampling.seed !== undefined && seed === undefined) {
    throw new HeliumError(
      'WORKFLOW_INVALID',
      `operator "${id}": seed is ${sampling.seed}, ${SEEDS}, above 2^53 as a bigint`,
    );
  }
  for (const [field, taken] of Object.entries(NOT_ZERO)) {
    if (sampling[field as keyof typeof NOT_ZERO] !== 0) continue;
    throw new HeliumError('WORKFLOW_INVALID', `operator "${id}": ${field} is 0, ${taken}`);
  }
  return {
    temperature: sampling.temperature ?? 0,
    topK: requireCount(`operator "${id}": topK`, sampling.topK ?? 0, 0),
    topP: sampling.topP ?? 0,
    minP: sampling.minP ?? 0,
    repetitionPenalty: sampling.repetitionPenalty ?? 0,
    presencePenalty: sampling.presencePenalty ?? 0,
    frequencyPenalty: sampling.frequencyPenalty ?? 0,
    ...(seed === undefined ? {} : { seed }),
  };
}
