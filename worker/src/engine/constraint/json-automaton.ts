import type { JsonShape, SchemaGrammar } from '@helium/shared/json-schema';
import { ByteAutomaton, type State } from './byte-automaton.ts';

/** Digits before the point, and after it: such numbers are exact, and end. */
const DIGITS_MAX = 15;
const EXPONENT_DIGITS_MAX = 2;
const UTF8 = new TextEncoder();

/** The automaton of all texts that keep to a schema, and where it starts. */
export function buildJsonAutomaton(grammar: SchemaGrammar): {
  readonly automaton: ByteAutomaton;
  readonly start: State;
} {
  const builder = new JsonAutomatonBuilder(grammar);
  return { automaton: builder.automaton, start: builder.startOf('#') };
}

/** Every `add` writes one part from a state on and returns where it ends. */
class JsonAutomatonBuilder {
  readonly automaton = new ByteAutomaton();
  readonly #definitions: SchemaGrammar['definitions'];
  readonly #starts = new Map<string, State>();
  #characterStart: State | undefined;

  constructor({ definitions }: SchemaGrammar) {
    this.#definitions = definitions;
  }

  /** Of a definition; made when first asked for. */
  startOf(name: string): State {
    const known = this.#starts.get(name);
    if (known !== undefined) return known;
    const start = this.automaton.state();
    this.#starts.set(name, start);
    this.automaton.end(this.#add(start, this.#definitions.get(name)!));
    return start;
  }

  #add(from: State, shape: JsonShape): State {
    switch (shape.kind) {
      case 'literals':
        return this.#addLiterals(from, shape.texts);
      case 'string':
        return this.#addString(from, shape.min, shape.max);
      case 'number':
        return this.#addNumber(from, shape.isInteger);
      case 'object':
        return this.#addObject(from, shape);
      case 'array':
        return this.#addArray(from, shape);
      case 'ref': {
        const end = this.automaton.state();
        this.automaton.call(from, this.startOf(shape.name), end);
        return end;
      }
      case 'any': {
        const end = this.automaton.state();
        for (const each of shape.of) this.automaton.skip(this.#add(from, each), end);
        return end;
      }
    }
  }

  #addText(from: State, text: string): State {
    let at = from;
    for (const byte of UTF8.encode(text)) at = this.#addBytes(at, byte, byte);
    return at;
  }

  #addBytes(from: State, first: number, last: number): State {
    const to = this.automaton.state();
    this.automaton.bytes(from, first, last, to);
    return to;
  }

  /** Texts that begin alike share the way: long lists have one reading each. */
  #addLiterals(from: State, texts: readonly string[]): State {
    const end = this.automaton.state();
    const ways = new Map<string, State>();
    for (const text of texts) {
      let at = from;
      for (const byte of UTF8.encode(text)) {
        const way = `${at} ${byte}`;
        const next = ways.get(way) ?? this.#addBytes(at, byte, byte);
        ways.set(way, next);
        at = next;
      }
      this.automaton.skip(at, end);
    }
    return end;
  }

  /** Properties in order; what follows one that was written starts with a comma. */
  #addObject(from: State, { properties }: Extract<JsonShape, { kind: 'object' }>): State {
    const end = this.automaton.state();
    let none: State | undefined = this.#addText(from, '{');
    let some = this.automaton.state();
    for (const { name, shape, isRequired } of properties) {
      const key = this.automaton.state();
      if (none !== undefined) this.automaton.skip(none, key);
      this.automaton.skip(this.#addText(some, ', '), key);
      const value = this.#addText(key, `${JSON.stringify(name)}: `);
      const after = this.#add(value, shape);
      if (isRequired) none = undefined;
      else this.automaton.skip(some, after);
      some = after;
    }
    if (none !== undefined) this.automaton.skip(this.#addText(none, '}'), end);
    this.automaton.skip(this.#addText(some, '}'), end);
    return end;
  }

  #addArray(from: State, { items, min, max }: Extract<JsonShape, { kind: 'array' }>): State {
    const end = this.automaton.state();
    const open = this.#addText(from, '[');
    if (min === 0) this.automaton.skip(this.#addText(open, ']'), end);
    if (max === 0) return end;
    const item = this.automaton.state();
    this.automaton.end(this.#add(item, items));
    let after = this.automaton.state();
    this.automaton.call(open, item, after);
    for (let count = 1; ; count++) {
      if (count >= min) this.automaton.skip(this.#addText(after, ']'), end);
      if (count >= max) return end;
      const comma = this.#addText(after, ', ');
      // From here on counting changes nothing.
      const next =
        max === Number.POSITIVE_INFINITY && count >= min ? after : this.automaton.state();
      this.automaton.call(comma, item, next);
      if (next === after) return end;
      after = next;
    }
  }

  #addString(from: State, min: number, max: number): State {
    const end = this.automaton.state();
    let at = this.#addText(from, '"');
    for (let count = 0; ; count++) {
      if (count >= min) this.automaton.bytes(at, 0x22, 0x22, end);
      if (count >= max) return end;
      const isLoop = max === Number.POSITIVE_INFINITY && count >= min;
      const next = isLoop ? at : this.automaton.state();
      this.automaton.call(at, this.#character(), next);
      if (isLoop) return end;
      at = next;
    }
  }

  /** One character as JSON has it in strings: UTF-8, or an escape that is no half of a pair. */
  #character(): State {
    if (this.#characterStart === undefined) {
      this.#characterStart = this.automaton.state();
      const end = this.automaton.state();
      this.automaton.end(end);
      this.#addCharacter(this.#characterStart, end);
    }
    return this.#characterStart;
  }

  #addCharacter(from: State, to: State): void {
    const { automaton } = this;
    for (const [first, last] of [
      [0x20, 0x21],
      [0x23, 0x5b],
      [0x5d, 0x7f],
    ] as const) {
      automaton.bytes(from, first, last, to);
    }
    const tail = automaton.state();
    automaton.bytes(tail, 0x80, 0xbf, to);
    const tail2 = automaton.state();
    automaton.bytes(tail2, 0x80, 0xbf, tail);
    automaton.bytes(from, 0xc2, 0xdf, tail);
    automaton.bytes(from, 0xe1, 0xec, tail2);
    automaton.bytes(from, 0xee, 0xef, tail2);
    automaton.bytes(this.#addBytes(from, 0xe0, 0xe0), 0xa0, 0xbf, tail);
    automaton.bytes(this.#addBytes(from, 0xed, 0xed), 0x80, 0x9f, tail);
    automaton.bytes(this.#addBytes(from, 0xf0, 0xf0), 0x90, 0xbf, tail2);
    automaton.bytes(this.#addBytes(from, 0xf1, 0xf3), 0x80, 0xbf, tail2);
    automaton.bytes(this.#addBytes(from, 0xf4, 0xf4), 0x80, 0x8f, tail2);
    const escaped = this.#addText(from, '\\');
    for (const byte of UTF8.encode('"\\/bfnrt')) automaton.bytes(escaped, byte, byte, to);
    this.#addUnicodeEscape(this.#addText(escaped, 'u'), to);
  }

  #addUnicodeEscape(from: State, to: State): void {
    const { automaton } = this;
    const [two, three, four] = [automaton.state(), automaton.state(), automaton.state()];
    this.#hex(from, '09', two);
    this.#hex(from, 'ac', two);
    this.#hex(from, 'AC', two);
    this.#hex(from, 'ef', two);
    this.#hex(from, 'EF', two);
    // D800 to DFFF are halves of pairs.
    const d = automaton.state();
    this.#hex(from, 'dd', d);
    this.#hex(from, 'DD', d);
    this.#hex(d, '07', three);
    for (const [state, next] of [
      [two, three],
      [three, four],
      [four, to],
    ] as const) {
      for (const range of ['09', 'af', 'AF']) this.#hex(state, range, next);
    }
  }

  #hex(from: State, range: string, to: State): void {
    this.automaton.bytes(from, range.charCodeAt(0), range.charCodeAt(1), to);
  }

  #addNumber(from: State, isInteger: boolean): State {
    const end = this.automaton.state();
    const unsigned = this.automaton.state();
    this.automaton.skip(from, unsigned);
    this.automaton.skip(this.#addText(from, '-'), unsigned);
    const whole = this.automaton.state();
    this.automaton.skip(this.#addText(unsigned, '0'), whole);
    const first = this.#addBytes(unsigned, 0x31, 0x39);
    this.#addDigits(first, 0, DIGITS_MAX - 1, whole);
    this.automaton.skip(whole, end);
    if (isInteger) return end;
    const fraction = this.automaton.state();
    this.#addDigits(this.#addText(whole, '.'), 1, DIGITS_MAX, fraction);
    this.automaton.skip(fraction, end);
    for (const before of [whole, fraction]) {
      for (const letter of ['e', 'E']) {
        const exponent = this.#addText(before, letter);
        const signed = this.automaton.state();
        this.automaton.skip(exponent, signed);
        this.automaton.skip(this.#addText(exponent, '+'), signed);
        this.automaton.skip(this.#addText(exponent, '-'), signed);
        this.#addDigits(signed, 1, EXPONENT_DIGITS_MAX, end);
      }
    }
    return end;
  }

  #addDigits(from: State, min: number, max: number, to: State): void {
    let at = from;
    for (let count = 0; count <= max; count++) {
      if (count >= min) this.automaton.skip(at, to);
      if (count < max) at = this.#addBytes(at, 0x30, 0x39);
    }
  }
}
