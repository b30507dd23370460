import { HeliumError } from '../errors/helium-error.ts';
import {
  Interpreter,
  type TemplateEnvironment,
  type TemplateNode,
  type TemplateValue,
} from './libraries.ts';

/** A template may do this much work, and make texts this long (UTF-16 units). */
const TEMPLATE_STEPS_MAX = 1_000_000;
const TEMPLATE_CHARS_MAX = 16 * 1024 * 1024;

/** Characters that cost as much to make as one node to evaluate. */
const CHARS_PER_STEP = 64;

/** Nodes that only name a value: they cost the same however large it is. */
const NAMES: ReadonlySet<string> = new Set(['Identifier', 'MemberExpression']);

/**
 * An interpreter with limits, which the library's lacks. A step is a node evaluated, an item of a list
 * that is made or looped over, or 64 characters made. Throws MODEL_INVALID past a limit.
 */
export class BoundedInterpreter extends Interpreter {
  private steps = 0;
  private readonly iterables = new WeakSet<object>();

  override evaluate(node: TemplateNode | undefined, environment: TemplateEnvironment) {
    this.spend(1);
    this.noteIterable(node);
    const result = super.evaluate(node, environment);
    if (node !== undefined && (!NAMES.has(node.type) || this.iterables.has(node))) {
      this.spend(sizeOf(result));
    }
    return result;
  }

  private spend(steps: number): void {
    this.steps += steps;
    if (this.steps > TEMPLATE_STEPS_MAX) throw templateLimit('steps', TEMPLATE_STEPS_MAX);
  }

  /** What a loop runs over is paid for by its length, also where it is only named. */
  private noteIterable(node: TemplateNode | undefined): void {
    if (node?.type !== 'For') return;
    const iterable = node.iterable as TemplateNode;
    this.iterables.add(iterable);
    if (typeof iterable.lhs === 'object' && iterable.lhs !== null) this.iterables.add(iterable.lhs);
  }
}

function sizeOf({ value }: TemplateValue): number {
  if (typeof value === 'string') {
    if (value.length > TEMPLATE_CHARS_MAX) throw templateLimit('characters', TEMPLATE_CHARS_MAX);
    return Math.floor(value.length / CHARS_PER_STEP);
  }
  if (Array.isArray(value)) return value.length;
  return value instanceof Map ? value.size : 0;
}

/** A MODEL_INVALID for a template that asks for too much. */
export function templateLimit(what: string, max: number): HeliumError {
  return new HeliumError('MODEL_INVALID', `chat template: more than ${max} ${what}`, {
    details: { limit: max },
  });
}
