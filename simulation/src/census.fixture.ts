import { Session } from 'node:inspector';

/** Entries of all arrays, maps and sets at one place: `Class.#field`, and `[]` for each that is in another. */
export type Census = ReadonlyMap<string, number>;

/** Holds what a debugger is asked of, and what it answers: it deals in handles alone. */
const exchange = { asked: undefined as unknown, got: undefined as unknown };
const EXCHANGE = '__census__';

/**
 * Counts what the roots keep: entries of every collection that can be reached from them, by fields, private ones
 * too, and by what closures hold. Asks V8's debugger for what a program cannot see. Not followed: instances of
 * classes, and variables of functions, that are named in `beyond`; weak collections; typed arrays.
 */
export function takeCensus(roots: readonly object[], beyond: readonly string[]): Census {
  const session = new Session();
  session.connect();
  Reflect.set(globalThis, EXCHANGE, exchange);
  try {
    return new Walk(session, new Set(beyond)).count(roots);
  } finally {
    Reflect.deleteProperty(globalThis, EXCHANGE);
    session.disconnect();
  }
}

interface Found {
  readonly place: string;
  readonly value: object;
}

class Walk {
  readonly #session: Session;
  readonly #beyond: ReadonlySet<string>;
  readonly #seen = new Set<object>();
  readonly #ahead: Found[] = [];
  readonly #counts = new Map<string, number>();

  constructor(session: Session, beyond: ReadonlySet<string>) {
    this.#session = session;
    this.#beyond = beyond;
  }

  count(roots: readonly object[]): Census {
    for (const root of roots) this.#meet('', root);
    for (let next = this.#ahead.pop(); next !== undefined; next = this.#ahead.pop()) {
      this.#look(next);
    }
    return this.#counts;
  }

  #meet(place: string, value: unknown): void {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return;
    if (this.#seen.has(value) || this.#beyond.has(classOf(value))) return;
    this.#seen.add(value);
    this.#ahead.push({ place, value });
  }

  #look({ place, value }: Found): void {
    if (value instanceof Map) {
      this.#note(place, value.size);
      for (const each of value) for (const part of each) this.#meet(`${place}[]`, part);
    } else if (value instanceof Set || Array.isArray(value)) {
      this.#note(place, value instanceof Set ? value.size : value.length);
      for (const each of value) this.#meet(`${place}[]`, each);
    } else if (!ArrayBuffer.isView(value)) this.#lookInside(place, value);
  }

  #note(place: string, entries: number): void {
    this.#counts.set(place, (this.#counts.get(place) ?? 0) + entries);
  }

  #lookInside(place: string, value: object): void {
    const name = classOf(value);
    const isPlain = name === 'Object' || name === '';
    for (const [key, { value: field }] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
      this.#meet(isPlain ? `${place}.${key}` : `${name}.${key}`, field);
    }
    if (isPlain) return;
    const handle = this.#handleOf(value);
    if (typeof value !== 'function') {
      for (const field of this.#properties(handle).privateProperties ?? []) {
        this.#meet(`${name}.${field.name}`, this.#valueOf(field.value));
      }
      return;
    }
    const scopes = this.#properties(handle).internalProperties ?? [];
    const list = scopes.find((each) => each.name === '[[Scopes]]')?.value;
    for (const { value: scope } of list === undefined ? [] : this.#properties(list).result) {
      const closure = /^Closure \((.*)\)$/.exec(scope?.description ?? '')?.[1];
      if (scope === undefined || closure === undefined || this.#beyond.has(closure)) continue;
      for (const held of this.#properties(scope).result) {
        this.#meet(`${closure}()${held.name}`, this.#valueOf(held.value));
      }
    }
  }

  #handleOf(value: object): Handle {
    exchange.asked = value;
    const { result } = this.#ask('Runtime.evaluate', { expression: `${EXCHANGE}.asked` });
    return result as Handle;
  }

  /** The value that the debugger has a handle of. */
  #valueOf(handle: Handle | undefined): unknown {
    if (handle?.objectId === undefined) return undefined;
    this.#ask('Runtime.callFunctionOn', {
      objectId: handle.objectId,
      functionDeclaration: `function () { ${EXCHANGE}.got = this; }`,
    });
    return exchange.got;
  }

  #properties({ objectId }: Handle): Properties {
    return this.#ask('Runtime.getProperties', { objectId, ownProperties: true }) as never;
  }

  /** The debugger of this very thread answers before this returns. */
  #ask(method: string, parameters: object): { readonly result?: unknown } {
    let answer: { readonly result?: unknown } = {};
    this.#session.post(method, parameters, (error, given) => {
      if (error !== null) throw new Error(`${method}: ${error.message}`);
      answer = given as never;
    });
    return answer;
  }
}

interface Handle {
  readonly objectId?: string;
  readonly description?: string;
}

interface Properties {
  readonly result: readonly { readonly name: string; readonly value?: Handle }[];
  readonly privateProperties?: readonly { readonly name: string; readonly value?: Handle }[];
  readonly internalProperties?: readonly { readonly name: string; readonly value?: Handle }[];
}

function classOf(value: object): string {
  const prototype: object | null = Object.getPrototypeOf(value);
  const made: unknown = prototype === null ? undefined : Reflect.get(prototype, 'constructor');
  return typeof made === 'function' ? made.name : '';
}
