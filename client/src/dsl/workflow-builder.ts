import type { wire } from '@helium/proto';
import { HeliumError } from '@helium/shared';
import { type ListSource, listMessage } from './list.ts';
import { defaultsMessage, type LlmDefaults, type LlmOptions, llmMessage } from './llm-message.ts';
import { operatorIdOf } from './operator-id.ts';
import { type Predicate, predicateMessage } from './predicate.ts';
import {
  type Keys,
  requireFunction,
  requireHandle,
  requireKnown,
  requireList,
  requireTexts,
  requireWord,
  shown,
} from './require.ts';
import { type Handle, segmentsOf, type Text } from './text.ts';
import { requireCount } from './whole-number.ts';
import type { Workflow } from './workflow.ts';

/** Adds operators to a workflow; each method gives the handle to refer to it by. */
export interface WorkflowBuilder {
  llm(id: string, options: LlmOptions): Handle<'llm'>;
  format(id: string, content: Text): Handle<'format'>;
  /** A function installed at the coordinator. Pure unless said otherwise. */
  fn(
    id: string,
    name: string,
    args: Readonly<Record<string, Text>>,
    options?: FnOptions,
  ): Handle<'fn'>;
  /**
   * The body once per item, results joined. Items are known now, or read from a text that is made at run
   * time: `listOf(plan, { as: 'bullets', max: 5 })`.
   */
  map(
    id: string,
    items: readonly string[] | ListSource,
    body: (item: Handle<'item'>, w: WorkflowBuilder) => Handle,
    options?: MapOptions,
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

export interface FnOptions {
  /** Same arguments, same text, no effect: it may be merged, cached and moved. True by default. */
  readonly pure?: boolean;
}

export interface MapOptions {
  /** Stands between results; a line break by default. */
  readonly separator?: string;
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

const FN_KEYS: Keys<FnOptions> = { pure: true };
const MAP_KEYS: Keys<MapOptions> = { separator: true };
const COND_KEYS: Keys<CondBranches> = { yes: true, no: true };
const LOOP_KEYS: Keys<LoopOptions<string>> = { start: true, max: true, atMax: true };
const LOOP_BOUNDS = {
  last: 'LOOP_BOUND_LAST',
  fail: 'LOOP_BOUND_FAIL',
} as const satisfies Record<NonNullable<LoopOptions<string>['atMax']>, wire.LoopBound>;

export interface WorkflowHead<Input extends string> {
  /** For people and metrics, and the name under which lengths of outputs are learned; up to 128 characters. */
  readonly name: string;
  /** Columns of the rows. */
  readonly inputs: readonly Input[];
  /** What calls take that do not say it themselves: `{ model: 'small', maxTokens: 60 }`. */
  readonly defaults?: LlmDefaults;
}

const HEAD_KEYS: Keys<WorkflowHead<string>> = { name: true, inputs: true, defaults: true };

/**
 * Builds a workflow. `build` gets the row's columns as handles and returns the outputs by name. Runs
 * nothing; the coordinator checks the whole and reports every fault. Throws WORKFLOW_INVALID, from the author's
 * line, for what could not be sent as it is meant.
 */
export function workflow<const Input extends string, const Output extends string>(
  head: WorkflowHead<Input>,
  build: (
    w: WorkflowBuilder,
    row: Readonly<Record<Input, Handle<'input'>>>,
  ) => Readonly<Record<Output, Handle>>,
): Workflow<Input, Output> {
  requireKnown(`workflow "${head.name}"`, head, HEAD_KEYS);
  requireList(`workflow "${head.name}": inputs`, head.inputs);
  const { defaults } = head;
  const sent =
    defaults === undefined
      ? {}
      : { defaults: defaultsMessage(`workflow "${head.name}": defaults`, defaults) };
  const operators: wire.Operator[] = head.inputs.map((field, i) => {
    return { id: operatorIdOf(field, 'input', i), input: { field } };
  });
  const row = Object.fromEntries(
    head.inputs.map((field, i) => [field, { id: operatorIdOf(field, 'input', i), kind: 'input' }]),
  ) as Record<Input, Handle<'input'>>;
  const outputs = build(createBuilder(operators, defaults ?? {}), row);
  requireOutputs(head.name, outputs);
  for (const [i, [name, handle]] of Object.entries<Handle>(outputs).entries()) {
    const value = requireHandle(`workflow "${head.name}": output "${name}"`, handle);
    operators.push({ id: operatorIdOf(`output.${name}`, 'output', i), output: { name, value } });
  }
  return Object.freeze({
    name: head.name,
    inputs: head.inputs,
    outputs: Object.keys(outputs) as Output[],
    message: { name: head.name, operators, ...sent },
  });
}

function requireOutputs(name: string, outputs: object): void {
  const isRecord = typeof outputs === 'object' && outputs !== null;
  if (isRecord && !(outputs instanceof Promise)) return;
  const message = `workflow "${name}": its function returned ${shown(outputs)}, not the outputs by name`;
  throw new HeliumError('WORKFLOW_INVALID', message);
}

function createBuilder(operators: wire.Operator[], defaults: LlmDefaults): WorkflowBuilder {
  const add = <K extends string>(kind: K, operator: wire.Operator & { id: string }): Handle<K> => {
    operators.push(operator);
    return { id: operator.id, kind };
  };
  return {
    llm: (id, options) => add('llm', { id, llm: llmMessage(id, options, defaults) }),
    format: (id, content) =>
      add('format', { id, format: { content: [...segmentsOf(content, ` in operator "${id}"`)] } }),
    fn(id, name, args, options = {}) {
      requireKnown(`operator "${id}"`, options, FN_KEYS);
      const list = Object.entries(args).map(([arg, value]) => ({
        name: arg,
        value: [...segmentsOf(value, ` of argument "${arg}" of operator "${id}"`)],
      }));
      return add('fn', { id, function: { name, pure: options.pure ?? true, args: list } });
    },
    map(id, items, body, options = {}) {
      requireKnown(`map "${id}"`, options, MAP_KEYS);
      const item = `${id}.item`;
      requireFunction(`map "${id}": its body`, body);
      const inner = within(`map "${id}": the body's result`, (w) =>
        body({ id: item, kind: 'item' }, w),
      );
      const separator = options.separator ?? '\n';
      const source = isList(items)
        ? { items: [], list: listMessage(id, items) }
        : { items: requireTexts(`map "${id}": items`, items) };
      const { operators: made, result } = inner;
      return add('map', { id, map: { ...source, item, body: made, result, separator } });
    },
    cond(id, predicate, branches) {
      requireKnown(`cond "${id}"`, branches, COND_KEYS);
      const branch = (name: keyof CondBranches) => within(`cond "${id}": ${name}`, branches[name]);
      const cond = {
        predicate: predicateMessage(`cond "${id}"`, predicate),
        yes: branch('yes'),
        no: branch('no'),
      };
      return add('cond', { id, cond });
    },
    loop: (id, options, body) => add('loop', { id, loop: loopMessage(id, options, body) }),
  };

  function within(
    where: string,
    build: (w: WorkflowBuilder) => Handle,
  ): { operators: wire.Operator[]; result: string } {
    requireFunction(where, build);
    const inner: wire.Operator[] = [];
    const result = requireHandle(where, build(createBuilder(inner, defaults)));
    return { operators: inner, result };
  }

  function loopMessage<Name extends string>(
    id: string,
    options: LoopOptions<Name>,
    body: Parameters<WorkflowBuilder['loop']>[2],
  ): wire.LoopOperator {
    const where = `loop "${id}"`;
    requireKnown(where, options, LOOP_KEYS);
    requireFunction(`${where}: its body`, body);
    const { start, max, atMax = 'last' } = options;
    const names = Object.keys(start) as Name[];
    const variableOf = (name: string) => ({ id: `${id}.${name}`, kind: 'variable' }) as const;
    const handles = Object.fromEntries(names.map((name) => [name, variableOf(name)]));
    const inner: wire.Operator[] = [];
    const { next, result, until } = body(handles, createBuilder(inner, defaults));
    requireKnown(`${where}: next`, next, handles);
    return {
      variables: names.map((name) => ({
        id: variableOf(name).id,
        first: [...segmentsOf(start[name], ` of variable "${name}" at the start of ${where}`)],
        next: [...segmentsOf(next[name], ` of variable "${name}" after a turn of ${where}`)],
      })),
      body: inner,
      result: requireHandle(`${where}: result`, result),
      until: predicateMessage(where, until),
      maxTurns: requireCount(`${where}: max`, max, 1),
      atBound: requireWord(`${where}: atMax`, atMax, LOOP_BOUNDS),
    };
  }
}

function isList(items: readonly string[] | ListSource): items is ListSource {
  return typeof items === 'object' && items !== null && 'source' in items;
}

/** One of the texts of an LLM operator with `samples`, from 0. */
export function sample(operator: Handle<'llm'>, index: number): Handle<'llm'> {
  return { id: `${operator.id}[${index}]`, kind: 'llm' };
}
