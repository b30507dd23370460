import { HashIndex, mixed } from './hash-index.ts';
import type { CallKey } from './prompt-template.ts';
import { lengthened, NONE, RowTable } from './row-table.ts';

/**
 * The calls that a tree knows of, each once under a small number: those in the tree, and those that prompts
 * or dependencies in it name. A call is forgotten when it is neither.
 */
export class CallTable extends RowTable {
  key = new Float64Array(0);
  /** Placeholders and dependencies that name it; -1 in free rows. */
  #uses = new Int32Array(0);
  /** Its first dependency that no placeholder shows, a row of `#besides`; most calls have none. */
  #after = new Int32Array(0);
  readonly #besides = new Dependencies();
  readonly #index = new HashIndex((row) => hashOf(this.key[row]!));

  /** Where the call's prompt ends; NONE for a call that is not in the tree. */
  nodeOf(row: number): number {
    return this.#uses[row]! < 0 ? NONE : this.link[row]!;
  }

  /** NONE for a call that is not known. */
  find(key: CallKey): number {
    const hash = hashOf(key);
    let row: number;
    for (let at = this.#index.first(hash); ; at = this.#index.next(at)) {
      row = this.#index.rowAt(at);
      if (row === NONE || this.key[row] === key) return row;
    }
  }

  /** The call's number, which it keeps while it is in the tree or something names it. */
  intern(key: CallKey): number {
    const known = this.find(key);
    if (known !== NONE) return known;
    const row = this.take();
    this.key[row] = key;
    this.link[row] = NONE;
    this.#uses[row] = 0;
    this.#after[row] = NONE;
    this.#index.add(row);
    return row;
  }

  /** The call is in the tree: its prompt ends at the node. */
  enter(row: number, node: number): void {
    this.link[row] = node;
  }

  /** The call is in the tree no more, and waits for nothing. */
  leave(row: number): void {
    for (let link = this.#after[row]!; link !== NONE; link = this.#besides.drop(link)) {
      this.unname(this.#besides.call[link]!);
    }
    this.#after[row] = NONE;
    this.link[row] = NONE;
    this.#forgetUnused(row);
  }

  /** A placeholder or a dependency names the call. */
  name(row: number): void {
    this.#uses[row]! += 1;
  }

  unname(row: number): void {
    this.#uses[row]! -= 1;
    this.#forgetUnused(row);
  }

  /** The call waits for that one besides those its prompt shows. */
  addDependency(row: number, needed: number): void {
    this.name(needed);
    this.#after[row] = this.#besides.add(needed, this.#after[row]!);
  }

  /** Dependencies that no placeholder shows. */
  dependenciesBesides(row: number): CallKey[] {
    const keys: CallKey[] = [];
    for (let link = this.#after[row]!; link !== NONE; link = this.#besides.next(link)) {
      keys.push(this.key[this.#besides.call[link]!]!);
    }
    return keys;
  }

  /** The same calls, of which each may change by itself from now on. */
  copy(): CallTable {
    const copy = new CallTable();
    copy.copyRows(this);
    copy.key = this.key.slice();
    copy.#uses = this.#uses.slice();
    copy.#after = this.#after.slice();
    copy.#besides.become(this.#besides);
    copy.#index.copy(this.#index);
    return copy;
  }

  #forgetUnused(row: number): void {
    if (this.link[row] !== NONE || this.#uses[row] !== 0) return;
    this.#index.remove(row);
    this.#uses[row] = -1;
    this.give(row);
  }

  protected override grow(rows: number): void {
    this.key = lengthened(new Float64Array(rows), this.key);
    this.#uses = lengthened(new Int32Array(rows), this.#uses);
    this.#after = lengthened(new Int32Array(rows), this.#after);
  }
}

/** Lists of calls, linked. */
class Dependencies extends RowTable {
  call = new Int32Array(0);

  /** In front of the list that `rest` begins. */
  add(call: number, rest: number): number {
    const row = this.take();
    this.call[row] = call;
    this.link[row] = rest;
    return row;
  }

  next(row: number): number {
    return this.link[row]!;
  }

  /** Becomes equal to another. */
  become(other: Dependencies): void {
    this.copyRows(other);
    this.call = other.call.slice();
  }

  /** Returns what was behind it. */
  drop(row: number): number {
    const rest = this.next(row);
    this.give(row);
    return rest;
  }

  protected override grow(rows: number): void {
    this.call = lengthened(new Int32Array(rows), this.call);
  }
}

function hashOf(key: CallKey): number {
  return mixed(key, Math.floor(key / 2 ** 32));
}
