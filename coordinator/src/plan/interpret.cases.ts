import { type OperatorId, operatorId, sampleSeed } from '@helium/shared';
import type { LlmOperator, Operator, Predicate, Row, Segment, Workflow } from './operator.ts';
import { readList } from './read-list.ts';

/** What stands for models and functions. */
export interface InterpretedWorld {
  llm(operator: LlmOperator, messages: readonly { role: string; content: string }[]): string;
  fn(name: string, args: Readonly<Record<string, string>>): string;
}

/** Ids and what they stand for: texts that are known, and operators to be asked. */
interface Scope {
  readonly texts: Map<OperatorId, string>;
  readonly operators: ReadonlyMap<OperatorId, Operator>;
  readonly parent: Scope | undefined;
}

/**
 * The outputs of a workflow for one row, by the plain meaning of its operators: the naive twin of
 * everything that expands, plans and runs it. No plan is made; operators are asked when their text is
 * needed.
 */
export function interpretWorkflow(
  { operators }: Workflow,
  row: Row,
  world: InterpretedWorld,
): Readonly<Record<string, string>> {
  const interpreter = new Interpreter(row, world);
  const scope = scopeOf(operators, [], undefined);
  const outputs = operators.filter((operator) => operator.kind === 'output');
  return Object.fromEntries(
    outputs.map(({ name, value }) => [name, interpreter.look(value, scope)]),
  );
}

/** The same for one operator that stands alone, given what it refers to. */
export function interpretOperator(
  operator: Operator,
  texts: ReadonlyMap<OperatorId, string>,
  world: InterpretedWorld,
): string {
  const scope = scopeOf([operator], [...texts], undefined);
  return new Interpreter({}, world).look(operator.id, scope);
}

function scopeOf(
  operators: readonly Operator[],
  texts: readonly (readonly [OperatorId, string])[],
  parent: Scope | undefined,
): Scope {
  const byId = new Map(operators.flatMap(sampled).map((operator) => [operator.id, operator]));
  return { texts: new Map(texts), operators: byId, parent };
}

/** An operator with samples is one for each, and all of them by line. */
function sampled(operator: Operator): readonly Operator[] {
  if (operator.kind !== 'llm' || operator.samples === undefined) return [operator];
  const { samples, ...one } = operator;
  const { seed } = operator.sampling;
  const each = Array.from({ length: samples }, (_, i): LlmOperator => {
    const seeded = seed === undefined ? {} : { seed: sampleSeed(seed, i) };
    const id = operatorId(`${operator.id}[${i}]`);
    return { ...one, id, sampling: { ...operator.sampling, ...seeded } };
  });
  const lines = each.flatMap(({ id }): Segment[] => [
    { kind: 'text', text: '\n' },
    { kind: 'ref', operator: id },
  ]);
  return [...each, { kind: 'format', id: operator.id, content: lines.slice(1) }];
}

class Interpreter {
  readonly #row: Row;
  readonly #world: InterpretedWorld;

  constructor(row: Row, world: InterpretedWorld) {
    this.#row = row;
    this.#world = world;
  }

  look(id: OperatorId, scope: Scope): string {
    const known = scope.texts.get(id);
    if (known !== undefined) return known;
    const operator = scope.operators.get(id);
    if (operator === undefined) {
      if (scope.parent === undefined) throw new Error(`"${id}" stands for nothing`);
      return this.look(id, scope.parent);
    }
    const text = this.#ask(operator, scope);
    scope.texts.set(id, text);
    return text;
  }

  #render(segments: readonly Segment[], scope: Scope): string {
    return segments
      .map((part) => (part.kind === 'text' ? part.text : this.look(part.operator, scope)))
      .join('');
  }

  #ask(operator: Operator, scope: Scope): string {
    switch (operator.kind) {
      case 'input':
        return this.#row[operator.field] ?? '';
      case 'constant':
        return operator.text;
      case 'format':
        return this.#render(operator.content, scope);
      case 'llm': {
        const messages = operator.messages.map(({ role, content }) => {
          return { role, content: this.#render(content, scope) };
        });
        return this.#world.llm(operator, messages);
      }
      case 'fn': {
        const args = operator.args.map(({ name, value }) => [name, this.#render(value, scope)]);
        return this.#world.fn(operator.name, Object.fromEntries(args));
      }
      default:
        return this.#enter(operator, scope);
    }
  }

  #enter(operator: Operator, scope: Scope): string {
    switch (operator.kind) {
      case 'map': {
        const { items, item, body, result, separator } = operator;
        const texts = items.map((text) => this.look(result, scopeOf(body, [[item, text]], scope)));
        return texts.join(separator);
      }
      case 'each': {
        const { list, item, body, separator } = operator;
        const items = readList(this.#render(list.text, scope), list.format);
        const texts = items.slice(0, list.itemsMax).map((text) => {
          return this.#render(body.result, scopeOf(body.operators, [[item, text]], scope));
        });
        return texts.join(separator);
      }
      case 'cond': {
        const body = operator.branches[this.#holds(operator.predicate, scope) ? 'yes' : 'no'];
        return this.#render(body.result, scopeOf(body.operators, [], scope));
      }
      case 'loop': {
        const { variables, body, until, turnsMax } = operator;
        let texts = variables.map(({ id, first }) => [id, this.#render(first, scope)] as const);
        for (let turn = 1; ; turn++) {
          const inside = scopeOf(body.operators, texts, scope);
          if (this.#holds(until, inside) || turn === turnsMax) {
            return this.#render(body.result, inside);
          }
          texts = variables.map(({ id, next }) => [id, this.#render(next, inside)] as const);
        }
      }
      default:
        throw new Error(`${operator.kind} "${operator.id}" has no text`);
    }
  }

  #holds({ text, test, negated }: Predicate, scope: Scope): boolean {
    const subject = this.#render(text, scope);
    return this.#isMet(test, subject) !== negated;
  }

  #isMet(test: Predicate['test'], subject: string): boolean {
    switch (test.kind) {
      case 'nonEmpty':
        return /\S/.test(subject);
      case 'isTrue':
        return subject === 'true';
      case 'function':
        return this.#world.fn(test.name, { text: subject }) === 'true';
      case 'matches':
        return new RegExp(test.pattern, test.ignoreCase ? 'iu' : 'u').test(subject);
      default: {
        const [whole, value] = test.ignoreCase
          ? [subject.toLowerCase(), test.value.toLowerCase()]
          : [subject, test.value];
        const at = whole.indexOf(value);
        if (test.kind === 'contains') return at >= 0;
        return at === 0 && (test.kind === 'startsWith' || whole.length === value.length);
      }
    }
  }
}
