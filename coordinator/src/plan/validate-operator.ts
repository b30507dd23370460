import type { FaultList } from './fault-list.ts';
import { type ArgumentRules, argumentFaults } from './function-arguments.ts';
import { FIELD_LIMITS, type PlanLimits } from './limits.ts';
import type { FunctionOperator, LlmDefaults, LlmOperator, Operator, Segment } from './operator.ts';
import { validateDecoding, validateMaxTokens, validateSampling } from './validate-decoding.ts';
import { validateRuntime } from './validate-runtime.ts';

/** What a deployment offers, that a workflow may name. */
export interface Offer {
  /** Names of the models that are served. */
  readonly models: readonly string[];
  /** Installed functions by name. */
  readonly functions: ReadonlyMap<string, OfferedFunction>;
}

export interface OfferedFunction {
  readonly pure: boolean;
  /** What it takes; default: whatever it is given. */
  readonly args?: ArgumentRules;
}

/** What the checks of one operator need. `at` is its path in the request. */
export interface OperatorCheck {
  readonly faults: FaultList;
  readonly offer: Offer;
  readonly limits: PlanLimits;
  readonly at: string;
  /** What operators have from these is judged once, here. */
  readonly defaults?: LlmDefaults | undefined;
}

/** Whose field is at fault. */
export type Subject = Pick<Operator, 'id'> | 'defaults';

const ROLES: readonly string[] = ['system', 'user', 'assistant'];

/** Checks an operator's own fields: everything but its id and what it refers to. */
export function validateOperatorFields(operator: Operator, check: OperatorCheck): void {
  switch (operator.kind) {
    case 'input':
      validateName(operator.field, 'field', 'column', operator, check);
      break;
    case 'constant':
      validateText(operator.text, 'text', operator, check);
      break;
    case 'llm':
      validateLlm(operator, check);
      break;
    case 'format':
      validateSegments(operator.content, 'content', operator, check);
      break;
    case 'fn':
      validateFunction(operator, check);
      break;
    case 'map':
      validateText(operator.separator, 'separator', operator, check);
      break;
    case 'output':
      validateName(operator.name, 'name', 'output', operator, check);
      break;
    case 'each':
    case 'cond':
    case 'loop':
      validateRuntime(operator, check);
      break;
    case 'wait':
      refuse(operator, 'kind', `${operator.kind} is not supported yet by this version`, check);
      break;
    default: {
      const { kind } = operator as Operator;
      refuse(operator, 'kind', `operator kind ${JSON.stringify(kind)} is unknown`, check);
      break;
    }
  }
}

/** Records a fault of an operator, `operator "id": …`, or of the defaults, at `path` below it. */
export function refuse(
  subject: Subject,
  path: string,
  message: string,
  check: Pick<OperatorCheck, 'faults' | 'at'>,
  code: Parameters<FaultList['add']>[0] = 'WORKFLOW_INVALID',
): void {
  const who = subject === 'defaults' ? subject : `operator "${subject.id}"`;
  check.faults.add(code, `${check.at}.${path}`, `${who}: ${message}`);
}

/** Records what is wrong with one text: too long, or not Unicode. */
export function validateText(
  text: string,
  path: string,
  operator: Pick<Operator, 'id'>,
  check: OperatorCheck,
): void {
  const { textCharactersMax } = check.limits;
  if (text.length > textCharactersMax) {
    const message = `text has ${text.length} characters, textCharactersMax is ${textCharactersMax}`;
    refuse(operator, path, message, check);
  } else if (!text.isWellFormed()) {
    refuse(operator, path, loneSurrogate(text), check, 'TEXT_INVALID');
  }
}

/** Says where a text stops being Unicode. */
export function loneSurrogate(text: string): string {
  const wellFormed = text.toWellFormed();
  let at = 0;
  while (text[at] === wellFormed[at]) at += 1;
  const unit = text.charCodeAt(at).toString(16);
  return `text has a lone surrogate (0x${unit}) at character ${at}`;
}

/** Checks what the workflow gives its LLM operators; ranges are theirs. */
export function validateDefaults(defaults: LlmDefaults, check: OperatorCheck): void {
  const { model, sampling, maxTokens } = defaults;
  if (model !== undefined) validateModel(model, 'defaults', check);
  if (sampling !== undefined) validateSampling(sampling, 'defaults', check);
  if (maxTokens !== undefined) validateMaxTokens(maxTokens, 'defaults', check);
}

function validateLlm(operator: LlmOperator, check: OperatorCheck): void {
  const { messagesMax } = check.limits;
  const { model } = operator;
  if (model !== check.defaults?.model) validateModel(model, operator, check);
  const count = operator.messages.length;
  if (count < 1 || count > messagesMax) {
    const message = `has ${count} messages, takes 1 to ${messagesMax} (messagesMax)`;
    refuse(operator, 'messages', message, check);
  }
  for (const [i, message] of operator.messages.entries()) {
    if (!ROLES.includes(message.role)) {
      const text = `role "${message.role}" is not one of ${ROLES.join(', ')}`;
      refuse(operator, `messages[${i}].role`, text, check);
    }
    validateSegments(message.content, `messages[${i}].content`, operator, check);
  }
  validateDecoding(operator, check);
}

function validateModel(model: string, subject: Subject, check: OperatorCheck): void {
  const { models } = check.offer;
  const served = models.length === 0 ? 'no model is served' : `served: ${models.join(', ')}`;
  if (model !== '' && !models.includes(model)) {
    const message = `model "${model}" is not served; ${served}`;
    refuse(subject, 'model', message, check, 'MODEL_NOT_SERVED');
  } else if (model === '' && models.length !== 1) {
    const message = `names no model, which is only clear when exactly one is served; ${served}`;
    refuse(subject, 'model', message, check, 'MODEL_NOT_SERVED');
  }
}

function validateFunction(operator: FunctionOperator, check: OperatorCheck): void {
  const { functions } = check.offer;
  const installed = functions.get(operator.name);
  if (installed === undefined) {
    const names = functions.size === 0 ? 'none' : [...functions.keys()].join(', ');
    const message = `function "${operator.name}" is not installed; installed: ${names}`;
    refuse(operator, 'name', message, check, 'FUNCTION_UNKNOWN');
  } else if (operator.pure && !installed.pure) {
    const message = `is declared pure, but function "${operator.name}" is installed as not pure`;
    refuse(operator, 'pure', message, check);
  }
  const names = new Set<string>();
  for (const [i, arg] of operator.args.entries()) {
    validateName(arg.name, `args[${i}].name`, 'argument', operator, check);
    if (names.has(arg.name)) {
      refuse(operator, `args[${i}].name`, `argument "${arg.name}" is given twice`, check);
    }
    names.add(arg.name);
    validateSegments(arg.value, `args[${i}].value`, operator, check);
  }
  if (installed?.args !== undefined) validateArguments(operator, installed.args, check);
}

/** Holds the arguments against what the function takes, their values as far as they are written down. */
function validateArguments(
  { id, name, args }: FunctionOperator,
  rules: ArgumentRules,
  check: OperatorCheck,
): void {
  const known = new Map(args.map((arg) => [arg.name, writtenText(arg.value)]));
  for (const fault of argumentFaults(rules, known)) {
    const i = args.findIndex((arg) => arg.name === fault.name);
    const path = i < 0 ? 'args' : `args[${i}].${fault.isValue ? 'value' : 'name'}`;
    refuse({ id }, path, `function "${name}": ${fault.message}`, check);
  }
}

/** A text without holes; undefined with some. */
function writtenText(segments: readonly Segment[]): string | undefined {
  const texts = segments.map((segment) => (segment.kind === 'text' ? segment.text : undefined));
  return texts.includes(undefined) ? undefined : texts.join('');
}

/** Records what is wrong with the literals of a text with holes. */
export function validateSegments(
  segments: readonly Segment[],
  path: string,
  operator: Operator,
  check: OperatorCheck,
): void {
  for (const [i, segment] of segments.entries()) {
    if (segment.kind === 'text') validateText(segment.text, `${path}[${i}]`, operator, check);
  }
}

function validateName(
  name: string,
  path: string,
  what: string,
  operator: Operator,
  check: OperatorCheck,
): void {
  const { nameCharactersMax } = FIELD_LIMITS;
  if (name.length < 1 || name.length > nameCharactersMax) {
    const message = `${what} name has ${name.length} characters, takes 1 to ${nameCharactersMax}`;
    refuse(operator, path, message, check);
  } else if (!name.isWellFormed()) {
    refuse(operator, path, loneSurrogate(name), check, 'TEXT_INVALID');
  }
}
