import { operatorId } from '@helium/shared';
import fc from 'fast-check';
import {
  type Body,
  type ListSource,
  type LlmOperator,
  type Operator,
  type Predicate,
  type PredicateTest,
  type Row,
  type Segment,
  SPELLED_CHARACTERS_MAX,
  type Workflow,
} from '../plan/index.ts';

/** The functions that such workflows name. */
export const NESTED_FUNCTIONS = ['text.join', 'text.matches'];

/** A workflow whose bodies hold each other, and the rows it runs over. */
export interface NestedCase {
  readonly workflow: Workflow;
  readonly rows: readonly Row[];
}

const COLUMNS = ['x', 'constructor', '__proto__'];
const ROW_TEXTS = ['a', 'b', 'a\nb', '', '{n1}', '😀'];
const WORDS = [
  '',
  'a',
  'b',
  '{n1}',
  '$&',
  '😀',
  '__proto__',
  'l'.repeat(SPELLED_CHARACTERS_MAX + 1),
];
const JSON_LISTS = ['[]', '["a", 1, {"__proto__": [null]}]', '```json\n["{n1}", "b"]\n```'];
const DEPTH_MAX = 3;

/**
 * Small workflows of every kind of operator but those left to chance: bodies within bodies, which read
 * what is outside, inputs of their own, samples, items and variables; operators in any order. One list of
 * small numbers decides everything, so that what fails shrinks.
 */
export const nestedCase: fc.Arbitrary<NestedCase> = fc
  .array(fc.nat(59), { maxLength: 160, size: 'max' })
  .map((choices) => new Author(choices).write());

type Names = readonly string[];

class Author {
  readonly #choices: readonly number[];
  #next = 0;
  #count = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  write(): NestedCase {
    const rows = Array.from({ length: 1 + this.#upTo(2) }, () => this.#row());
    const { operators, names } = this.#scope([], 0, 2 + this.#upTo(5));
    const outputs = Array.from({ length: 1 + this.#upTo(4) }, (_, i): Operator => {
      const value = operatorId(names.at(-1 - i) ?? this.#of(names));
      return { kind: 'output', id: operatorId(`out${i}`), name: `${this.#of(COLUMNS)}${i}`, value };
    });
    return { workflow: { name: 'nested', operators: [...outputs, ...operators] }, rows };
  }

  #row(): Row {
    return Object.fromEntries(COLUMNS.map((column) => [column, this.#of(ROW_TEXTS)]));
  }

  /** Operators, in any order, and the names by which those of the same scope may refer to them. */
  #scope(outside: Names, depth: number, size: number) {
    const operators: Operator[] = [];
    const names: string[] = [];
    for (let i = 0; i < size; i++) {
      const operator = this.#operator([...outside, ...names], depth);
      operators.push(operator);
      names.push(operator.id);
      const samples = operator.kind === 'llm' ? (operator.samples ?? 0) : 0;
      if (samples > 1) names.push(`${operator.id}[${samples - 1}]`);
    }
    return { operators: this.#upTo(1) === 1 ? operators.reverse() : operators, names };
  }

  #operator(names: Names, depth: number): Operator {
    const id = this.#id();
    const simple = ['llm', 'format', 'input', 'fn', 'constant'] as const;
    const nested = ['map', 'each', 'cond', 'loop'] as const;
    const kind = this.#of(depth < DEPTH_MAX ? [...simple, ...nested, ...nested] : simple);
    switch (kind) {
      case 'input':
        return { kind, id, field: this.#of(COLUMNS) };
      case 'constant':
        return { kind, id, text: this.#of(WORDS) };
      case 'format':
        return { kind, id, content: this.#text(names) };
      case 'llm':
        return this.#llm(id, names);
      case 'fn': {
        const args = ['text', '__proto__', '1'].slice(0, 1 + this.#upTo(2));
        const valued = args.map((name) => ({ name, value: this.#text(names) }));
        return { kind, id, name: 'text.join', pure: true, args: valued };
      }
      default:
        return this.#nested(kind, id, names, depth);
    }
  }

  #llm(id: Operator['id'], names: Names): LlmOperator {
    const samples = this.#upTo(9) === 9 ? { samples: 2 + this.#upTo(1) } : {};
    const isGreedy = samples.samples === undefined && this.#upTo(2) > 0;
    const sampling = isGreedy ? { temperature: 0 } : { temperature: 1, seed: 7n };
    return {
      kind: 'llm',
      id,
      model: this.#of(['m', 'n', 'o']),
      messages: [{ role: 'user', content: this.#text(names) }],
      sampling: { topK: 0, topP: 1, ...sampling },
      maxTokens: 8,
      stop: [],
      ...samples,
    };
  }

  #nested(
    kind: 'map' | 'each' | 'cond' | 'loop',
    id: Operator['id'],
    names: Names,
    depth: number,
  ): Operator {
    switch (kind) {
      case 'map': {
        const item = this.#id();
        const size = 1 + this.#upTo(1);
        const { operators: body } = this.#scope([...names, item], depth + 1, size);
        const result = operatorId(this.#of(body).id);
        const items = Array.from({ length: this.#upTo(3) }, () => this.#of(WORDS));
        return { kind, id, items, item, body, result, separator: this.#of(['', '|', '\n']) };
      }
      case 'each': {
        const item = this.#id();
        const { body } = this.#body([...names, item], depth);
        const list = this.#list(names);
        return { kind, id, list, item, body, separator: this.#of(['', '|', '\n']) };
      }
      case 'cond': {
        const predicate = this.#predicate(names);
        const branches = { yes: this.#body(names, depth).body, no: this.#body(names, depth).body };
        return { kind, id, predicate, branches };
      }
      case 'loop': {
        const ids = Array.from({ length: 1 + this.#upTo(1) }, () => this.#id());
        const { body, names: inside } = this.#body([...names, ...ids], depth);
        const variables = ids.map((variable) => ({
          id: variable,
          first: this.#text(names),
          next: this.#text(inside),
        }));
        const until = this.#predicate(inside);
        const turnsMax = 1 + this.#upTo(2);
        return { kind, id, variables, body, until, turnsMax, atBound: 'last' };
      }
    }
  }

  #body(names: Names, depth: number): { body: Body<Operator>; names: Names } {
    const { operators, names: own } = this.#scope(names, depth + 1, this.#upTo(2));
    const inside = [...names, ...own];
    const result =
      inside.length === 0 ? [word('r')] : [ref(inside.at(-1 - this.#upTo(1)) ?? inside[0]!)];
    return { body: { operators, result }, names: inside };
  }

  #list(names: Names): ListSource {
    const format = this.#of(['lines', 'bullets', 'json'] as const);
    const itemsMax = 1 + this.#upTo(2);
    const lines = [word('- a\n\n2. b\n'), ...this.#text(names)];
    const text = format === 'json' ? [word(this.#of(JSON_LISTS))] : lines;
    return { text, format, itemsMax, overflow: 'truncate' };
  }

  #predicate(names: Names): Predicate {
    const ignoreCase = this.#upTo(1) === 1;
    const test = this.#of<PredicateTest>([
      { kind: 'contains', value: '0', ignoreCase },
      { kind: 'contains', value: 'a', ignoreCase },
      { kind: 'equals', value: this.#of(ROW_TEXTS), ignoreCase },
      { kind: 'startsWith', value: '[', ignoreCase },
      { kind: 'nonEmpty' },
      { kind: 'matches', pattern: '[0-7]\\]|😀', ignoreCase },
    ]);
    return { text: this.#text(names, 1), test, negated: this.#upTo(1) === 1 };
  }

  #text(names: Names, least = 0): Segment[] {
    return Array.from({ length: least + this.#upTo(2) }, () =>
      names.length > 0 && this.#upTo(3) > 0 ? ref(this.#of(names)) : word(this.#of(WORDS)),
    );
  }

  #id(): Operator['id'] {
    // A name that objects have from birth, and plain ones.
    return operatorId(this.#count++ === 2 ? 'constructor' : `n${this.#count}`);
  }

  #of<T>(choices: readonly T[]): T {
    return choices[this.#upTo(choices.length - 1)]!;
  }

  #upTo(max: number): number {
    const choice = this.#choices[this.#next++] ?? 0;
    return choice % (max + 1);
  }
}

function ref(name: string): Segment {
  return { kind: 'ref', operator: operatorId(name) };
}

function word(text: string): Segment {
  return { kind: 'text', text };
}
