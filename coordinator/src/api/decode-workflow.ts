import type { wire } from '@helium/proto';
import { GREEDY, operatorId, type Role } from '@helium/shared';
import type {
  LlmDefaults,
  LlmOperator,
  Operator,
  Row,
  Segment,
  Workflow,
} from '../plan/operator.ts';
import { type DecodeFaults, decodeEnum } from './decode-faults.ts';
import { decodeCond, decodeEach, decodeLoop, type InnerDecoders } from './decode-runtime.ts';
import { decodeSampling } from './decode-sampling.ts';

const ROLES = {
  ROLE_SYSTEM: 'system',
  ROLE_USER: 'user',
  ROLE_ASSISTANT: 'assistant',
} as const satisfies Record<string, Role>;

const DEFAULT_MAX_TOKENS = 256;

/** What an operator is decoded within. */
interface Surroundings {
  readonly defaults: LlmDefaults;
  readonly faults: DecodeFaults;
}

/** What may be asked for: not `wait`, which this version refuses. */
const KINDS = [
  'input',
  'constant',
  'llm',
  'format',
  'function',
  'map',
  'cond',
  'loop',
  'output',
] as const satisfies NonNullable<wire.Operator__Output['kind']>[];

/**
 * The wire's workflow in the coordinator's words. What the words cannot say is a fault, with the path of
 * the proto field: no kind, no part, an unknown enum value. Ids, references, cycles, ranges and sizes are
 * the plan's to check.
 */
export function decodeWorkflow(sent: wire.Workflow__Output | null, faults: DecodeFaults): Workflow {
  if (sent === null) {
    faults.add('workflow', 'is missing');
    return { name: '', operators: [] };
  }
  const defaults = decodeDefaults(sent.defaults);
  const operators = decodeOperators(sent.operators, 'operators', { defaults, faults });
  return { name: sent.name, operators, ...(sent.defaults === null ? {} : { defaults }) };
}

/** What is not set is left away: operators have defaults of their own. */
function decodeDefaults(sent: wire.LlmDefaults__Output | null): LlmDefaults {
  if (sent === null) return {};
  return {
    ...(sent.model === '' ? {} : { model: sent.model }),
    ...(sent.sampling === null ? {} : { sampling: decodeSampling(sent.sampling) }),
    ...(sent.maxTokens === 0 ? {} : { maxTokens: sent.maxTokens }),
  };
}

/** Rows in the order of the request. */
export function decodeRows(sent: readonly wire.Row__Output[]): Row[] {
  return sent.map((row) => ({ ...row.fields }));
}

function decodeOperators(
  sent: readonly wire.Operator__Output[],
  field: string,
  around: Surroundings,
): Operator[] {
  return sent
    .map((operator, index) => decodeOperator(operator, `${field}[${index}]`, around))
    .filter((operator) => operator !== undefined);
}

function decodeOperator(
  sent: wire.Operator__Output,
  field: string,
  around: Surroundings,
): Operator | undefined {
  const { faults } = around;
  const id = operatorId(sent.id);
  if (sent.input) return { kind: 'input', id, field: sent.input.field };
  if (sent.constant) return { kind: 'constant', id, text: sent.constant.text };
  if (sent.llm) return decodeLlm(sent.id, sent.llm, `${field}.llm`, around);
  if (sent.format) {
    const content = decodeSegments(sent.format.content, `${field}.format.content`, faults);
    return { kind: 'format', id, content };
  }
  if (sent.function) {
    const { name, pure } = sent.function;
    const args = sent.function.args.map((arg, index) => ({
      name: arg.name,
      value: decodeSegments(arg.value, `${field}.function.args[${index}].value`, faults),
    }));
    return { kind: 'fn', id, name, pure, args };
  }
  const inner: InnerDecoders = {
    operators: (operators, at) => decodeOperators(operators, at, around),
    segments: (segments, at) => decodeSegments(segments, at, faults),
    faults,
  };
  if (sent.map?.list) return decodeEach(sent.id, sent.map, sent.map.list, `${field}.map`, inner);
  if (sent.map) {
    const { items, item, result, separator } = sent.map;
    const body = decodeOperators(sent.map.body, `${field}.map.body`, around);
    const ids = { item: operatorId(item), result: operatorId(result) };
    return { kind: 'map', id, items, body, separator, ...ids };
  }
  if (sent.cond) return decodeCond(sent.id, sent.cond, `${field}.cond`, inner);
  if (sent.loop) return decodeLoop(sent.id, sent.loop, `${field}.loop`, inner);
  if (sent.wait) return { kind: 'wait', id };
  if (sent.output) {
    return { kind: 'output', id, name: sent.output.name, value: operatorId(sent.output.value) };
  }
  faults.add(field, `operator "${sent.id}" has no kind; known: ${KINDS.join(', ')}`);
  return undefined;
}

function decodeLlm(
  id: string,
  sent: wire.LlmOperator__Output,
  field: string,
  { defaults, faults }: Surroundings,
): LlmOperator {
  const messages = sent.messages.map((message, index) => {
    const at = `${field}.messages[${index}]`;
    return {
      role: decodeEnum<Role>(ROLES, message.role, `${at}.role`, faults) ?? 'user',
      content: decodeSegments(message.content, `${at}.content`, faults),
    };
  });
  return {
    kind: 'llm',
    id: operatorId(id),
    model: sent.model === '' ? (defaults.model ?? '') : sent.model,
    messages,
    sampling:
      sent.sampling === null ? (defaults.sampling ?? GREEDY) : decodeSampling(sent.sampling),
    maxTokens: sent.maxTokens === 0 ? (defaults.maxTokens ?? DEFAULT_MAX_TOKENS) : sent.maxTokens,
    stop: sent.stop,
    ...decodeStopTokens(sent.stopTokens),
    ...(sent.outputSchema === '' ? {} : { outputSchema: sent.outputSchema }),
    ...(sent._logprobs === 'logprobs' ? { logprobs: sent.logprobs ?? 0 } : {}),
    ...(sent.samples > 1 ? { samples: sent.samples } : {}),
    ...(sent.expectedTokens > 0 ? { expectedTokens: sent.expectedTokens } : {}),
  };
}

/** A set on the wire: in one order, for keys. */
function decodeStopTokens(sent: readonly number[]): { stopTokens?: readonly number[] } {
  return sent.length === 0 ? {} : { stopTokens: [...new Set(sent)].sort((a, b) => a - b) };
}

function decodeSegments(
  sent: readonly wire.Segment__Output[],
  field: string,
  faults: DecodeFaults,
): Segment[] {
  return sent.flatMap((segment, index): Segment[] => {
    if (segment.text !== undefined) return [{ kind: 'text', text: segment.text }];
    if (segment.ref !== undefined) return [{ kind: 'ref', operator: operatorId(segment.ref) }];
    faults.add(`${field}[${index}]`, 'has neither text nor ref');
    return [];
  });
}
