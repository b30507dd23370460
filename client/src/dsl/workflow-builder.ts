import type { wire } from '@helium/proto';
import { HeliumError } from '@helium/shared';
import { type Handle, segmentsOf, type Text } from './text.ts';
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
  /** The body once per item, results joined. */
  map(
    id: string,
    items: readonly string[],
    body: (item: Handle<'item'>, w: WorkflowBuilder) => Handle,
    options?: { readonly separator?: string },
  ): Handle<'map'>;
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
      const inner: wire.Operator[] = [];
      const item = `${id}.item`;
      const result = body({ id: item, kind: 'item' }, createBuilder(inner, defaultModel));
      const separator = options.separator ?? '\n';
      return add('map', {
        id,
        map: { items: [...items], item, body: inner, result: result.id, separator },
      });
    },
  };
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
  return {
    model: options.model ?? defaultModel,
    messages: messages.map(({ role, content }) => ({
      role: ROLES[role],
      content: [...segmentsOf(content)],
    })),
    ...(sampling === undefined ? {} : { sampling: samplingMessage(sampling) }),
    maxTokens: options.maxTokens ?? 0,
    stop: [...(options.stop ?? [])],
    expectedTokens: options.expectedTokens ?? 0,
    stopTokens: [...(options.stopTokens ?? [])],
    outputSchema: options.schema === undefined ? '' : JSON.stringify(options.schema),
    ...(options.logprobs === undefined ? {} : { logprobs: options.logprobs }),
    samples: options.samples ?? 0,
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

function samplingMessage(sampling: NonNullable<LlmOptions['sampling']>): wire.Sampling {
  return {
    temperature: sampling.temperature ?? 0,
    topK: sampling.topK ?? 0,
    topP: sampling.topP ?? 0,
    minP: sampling.minP ?? 0,
    repetitionPenalty: sampling.repetitionPenalty ?? 0,
    presencePenalty: sampling.presencePenalty ?? 0,
    frequencyPenalty: sampling.frequencyPenalty ?? 0,
    ...(sampling.seed === undefined ? {} : { seed: String(sampling.seed) }),
  };
}
