import { type OperatorId, operatorId } from '@helium/shared';
import type { Operator } from '../plan/index.ts';

type Json = string | number | boolean | bigint | undefined | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}

/**
 * The operator under other ids, those inside it new as well, with one detail changed: once for each detail
 * that could be, and once with none. What makes their texts differ must be in their signatures.
 */
export function nearTwins(operator: Operator, fresh: () => OperatorId): readonly Operator[] {
  const twins: Operator[] = [];
  for (let changed = 0; ; changed++) {
    const names = new Map<string, OperatorId>();
    declare(operator as unknown as Json, names, fresh);
    const twin = new Twin(names, changed);
    twins.push(twin.copy(operator as unknown as Json, '', []) as unknown as Operator);
    if (changed >= twin.places) return twins;
  }
}

function declare(value: Json, names: Map<string, OperatorId>, fresh: () => OperatorId): void {
  if (typeof value !== 'object') return;
  for (const [key, part] of Object.entries(value)) {
    if ((key === 'id' || key === 'item') && typeof part === 'string') names.set(part, fresh());
    else declare(part, names, fresh);
  }
}

/** Ids that stand for an item or a variable where a text is read. */
type Scoped = readonly OperatorId[];

class Twin {
  places = 0;
  readonly #names: ReadonlyMap<string, OperatorId>;
  readonly #changed: number;

  constructor(names: ReadonlyMap<string, OperatorId>, changed: number) {
    this.#names = names;
    this.#changed = changed;
  }

  copy(value: Json, key: string, scoped: Scoped): Json {
    if (Array.isArray(value)) {
      const parts = value.map((part: Json) => this.copy(part, key, scoped));
      return key !== 'body' && key !== 'operators' && parts.length > 1 && this.#isChanged()
        ? parts.reverse()
        : parts;
    }
    if (typeof value === 'object') return this.#copyObject(value as JsonObject, scoped);
    return this.#copyLeaf(value, key);
  }

  #copyObject(value: JsonObject, scoped: Scoped): Json {
    if (value.kind === 'ref') {
      const own = scoped.at(-1 - (this.#changed % Math.max(1, scoped.length)));
      const name = own !== undefined && this.#isChanged() ? own : this.#rename(value.operator);
      return { ...value, operator: name };
    }
    // A list that is no JSON any more is no list.
    if (value.format === 'json') return value;
    const variables = Array.isArray(value.variables) ? (value.variables as JsonObject[]) : [];
    const inner = [...variables.map(({ id }) => id), value.item].filter((id) => id !== undefined);
    const inside = [...scoped, ...inner.map((id) => this.#rename(id))];
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => {
        if (key === 'variables') return [key, this.#copyVariables(variables, scoped, inside)];
        const isOutside = key === 'list' || key === 'items' || key === 'messages';
        return [key, this.copy(part, key, isOutside ? scoped : inside)];
      }),
    );
  }

  #copyVariables(variables: readonly JsonObject[], outside: Scoped, inside: Scoped): Json {
    return variables.map(({ id, first, next }) => ({
      id: this.#rename(id),
      first: this.copy(first, 'first', outside),
      next: this.copy(next, 'next', inside),
    }));
  }

  #copyLeaf(value: Json, key: string): Json {
    switch (key) {
      case 'id':
      case 'item':
      case 'result':
        return this.#rename(value);
      case 'text':
      case 'value':
      case 'separator':
      case 'items':
        return this.#isChanged() ? `${value}a` : value;
      case 'itemsMax':
      case 'turnsMax':
        return this.#isChanged() ? 1 + (Number(value) % 3) : value;
      case 'maxTokens':
        return this.#isChanged() ? Number(value) + 1 : value;
      case 'negated':
      case 'ignoreCase':
        return this.#isChanged() ? value !== true : value;
      case 'format':
        return this.#isChanged() ? (value === 'lines' ? 'bullets' : 'lines') : value;
      case 'model':
        return this.#isChanged() ? (value === 'o' ? 'm' : 'o') : value;
      default:
        return value;
    }
  }

  #rename(name: Json): OperatorId {
    const [base = '', sample = ''] = String(name).split(/(?=\[)/);
    return operatorId(`${this.#names.get(base) ?? base}${sample}`);
  }

  #isChanged(): boolean {
    this.places += 1;
    return this.places - 1 === this.#changed;
  }
}
