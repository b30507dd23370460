import { type Fault, HeliumError } from '@helium/shared';
import type { Alias, Document, LineCounter, Node, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { countsFrom, isCount, SEEDS, seedDigits } from '../dsl/whole-number.ts';
import { yaml } from '../libraries.ts';
import { STACK_ENDED, TOO_DEEP } from '../too-deep.ts';

/** A place in a YAML document: the node and the path to it, for faults with line and column. */
export interface Place {
  readonly node: Node | null | undefined;
  readonly path: string;
}

/** Reads a YAML (or JSON) document by place and collects faults instead of throwing at the first. */
export class YamlReader {
  readonly root: Place;
  readonly #faults: Fault[] = [];
  readonly #lines: LineCounter;
  readonly #document: Document;
  readonly #file: string;

  /** Throws WORKFLOW_INVALID where the source is no YAML: what it would then say of the rest is not meant. */
  constructor(source: string, file: string) {
    this.#file = file;
    const { LineCounter, parseDocument } = yaml();
    this.#lines = new LineCounter();
    const document = parseDocument(source, { lineCounter: this.#lines, uniqueKeys: true });
    for (const { pos, message } of document.errors) {
      if (STACK_ENDED.test(message)) {
        // What follows it comes of its being left there.
        this.#add(pos[0], '', TOO_DEEP);
        this.finish();
      }
      const [headline = ''] = message.split('\n');
      this.#add(pos[0], '', headline.replace(/ at line \d+, column \d+:?$/, ''));
    }
    if (document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) this.finish();
    this.#document = document;
    this.root = { node: document.contents, path: '' };
  }

  fault(place: Place, message: string): void {
    this.#add(place.node?.range?.[0], place.path, message);
  }

  /** Throws WORKFLOW_INVALID when anything was found. */
  finish(): void {
    if (this.#faults.length === 0) return;
    const count = this.#faults.length;
    throw new HeliumError('WORKFLOW_INVALID', `${this.#file}: ${count} fault(s)`, {
      faults: this.#faults,
    });
  }

  /** The entries of a map; keys that are not in `known` (where given) are faults. */
  entries(place: Place, known?: readonly string[]): [string, Place][] {
    if (!isMap(place.node)) {
      this.fault(place, `must be a map; is ${describe(place.node)}`);
      return [];
    }
    const entries = place.node.items.map((pair): [string, Place] => {
      const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
      const path = place.path === '' ? key : `${place.path}.${key}`;
      return [key, this.#place(pair.value as Node | null, path)];
    });
    for (const [key, value] of known === undefined ? [] : entries) {
      if (!known?.includes(key)) this.fault(value, `unknown field; known: ${known?.join(', ')}`);
    }
    return entries;
  }

  /** A map as a record of its known fields. */
  fields<K extends string>(place: Place, known: readonly K[]): Partial<Record<K, Place>> {
    return Object.fromEntries(this.entries(place, known)) as Partial<Record<K, Place>>;
  }

  items(place: Place): Place[] {
    if (isSeq(place.node)) {
      return place.node.items.map((node, i) => this.#place(node as Node, `${place.path}[${i}]`));
    }
    this.fault(place, `must be a list; is ${describe(place.node)}`);
    return [];
  }

  /** A text; numbers and booleans count as they are written. */
  text(place: Place | undefined, fallback = ''): string {
    if (place === undefined) return fallback;
    const { value, source } = isScalar(place.node) ? place.node : {};
    if (typeof value === 'string') {
      if (!value.isWellFormed()) this.fault(place, 'has a lone surrogate: it is no text');
      return value;
    }
    if (typeof value === 'number' || typeof value === 'boolean') return source ?? String(value);
    this.fault(place, `must be a text; is ${describe(place.node)}`);
    return fallback;
  }

  /** Whatever stands there, as JSON would have it. */
  value(place: Place): unknown {
    return place.node?.toJS(this.#document);
  }

  number(place: Place | undefined, fallback: number): number {
    if (place === undefined) return fallback;
    const value = scalarOf(place);
    if (typeof value === 'number') return value;
    this.fault(place, `must be a number; is ${describe(place.node)}`);
    return fallback;
  }

  /** A count as the wire has it, from `min`; absent: 0, which the wire takes for its default. */
  count(place: Place | undefined, min: number): number {
    const value = this.number(place, 0);
    if (place === undefined || typeof scalarOf(place) !== 'number') return value;
    if (!isCount(value, min)) this.fault(place, `is ${value}, ${countsFrom(min)}`);
    return value;
  }

  /** Where the wire takes 0 for its default, a 0 that is written would become that. */
  refuseZero(place: Place | undefined, taken: string): void {
    if (place !== undefined && scalarOf(place) === 0) this.fault(place, `is 0, ${taken}`);
  }

  /** A sampling seed, as digits: JavaScript's numbers have not all of its 64 bits. */
  seed(place: Place): string {
    const node = isScalar(place.node) ? place.node : undefined;
    const digits = seedDigits(node?.source ?? '') ?? seedDigits(this.number(place, 0));
    if (digits === undefined) this.fault(place, `is ${node?.source}, ${SEEDS}`);
    return digits ?? '0';
  }

  boolean(place: Place | undefined, fallback: boolean): boolean {
    if (place === undefined) return fallback;
    const value = scalarOf(place);
    if (typeof value === 'boolean') return value;
    this.fault(place, `must be true or false; is ${describe(place.node)}`);
    return fallback;
  }

  /** Of a text, an alias (`*name`) stands for what has the anchor (`&name`). */
  #place(node: Node | null, path: string): Place {
    if (!isAlias(node)) return { node, path };
    const target = node.resolve(this.#document);
    return { node: isScalar(target) ? target : node, path };
  }

  #add(offset: number | undefined, path: string, message: string): void {
    const at = offset === undefined ? undefined : this.#lines.linePos(offset);
    const place = at === undefined ? this.#file : `${this.#file}:${at.line}:${at.col}`;
    this.#faults.push({ field: path === '' ? place : `${place} ${path}`, message });
  }
}

function scalarOf({ node }: Place): unknown {
  return isScalar(node) ? node.value : undefined;
}

function describe(node: Node | null | undefined): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  // Of maps and lists: a few lines of them could stand for millions.
  if (isAlias(node)) return `*${node.source}, and only texts may be aliases`;
  if (isScalar(node) && node.value !== null) return JSON.stringify(node.value);
  return 'empty';
}

function isMap(node: unknown): node is YAMLMap {
  return yaml().isMap(node);
}

function isSeq(node: unknown): node is YAMLSeq {
  return yaml().isSeq(node);
}

function isAlias(node: unknown): node is Alias {
  return yaml().isAlias(node);
}

function isScalar(node: unknown): node is Scalar {
  return yaml().isScalar(node);
}
