import type {
  JsonShape,
  NumberShape,
  SchemaGrammar,
  StringShape,
} from '@helium/shared/json-schema';
import type { CharSet } from 'refa';
import { ByteAutomaton, type State } from './byte-automaton.ts';
import { magnitudesOf } from './number-ranges.ts';
import { type CharacterAutomaton, RegularTexts } from './regular-texts.ts';
import { utf8Ranges } from './utf8-ranges.ts';

/** Digits before the point, and after it: such numbers are exact, and end. */
const DIGITS_MAX = 15;
const EXPONENT_DIGITS_MAX = 2;
const UTF8 = new TextEncoder();

/** Sets of more ranges of characters are parts of their own. */
const CALLED_RANGES = 4;

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
  readonly #regular = new RegularTexts();
  readonly #characterSets = new Map<string, State>();
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
        return shape.patterns.length === 0
          ? this.#addString(from, shape.min, shape.max)
          : this.#addPattern(from, shape);
      case 'number':
        return isLimited(shape)
          ? this.#addLimitedNumber(from, shape)
          : this.#addNumber(from, shape.isInteger);
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

  #addPattern(from: State, shape: StringShape): State {
    const strings = this.#regular.strings(shape);
    const after = this.#addRegular(this.#addText(from, '"'), strings, (at, set, to) =>
      this.#addQuoted(at, set, to),
    );
    return this.#addText(after, '"');
  }

  #addLimitedNumber(from: State, shape: NumberShape): State {
    const end = this.automaton.state();
    const { positive, negative } = magnitudesOf(shape);
    for (const [sign, sources] of [
      ['', positive],
      ['-', negative],
    ] as const) {
      if (sources === undefined) continue;
      const digits = this.#regular.multiples(this.#regular.allOf(sources), shape);
      const start = sign === '' ? this.automaton.state() : this.#addText(from, sign);
      if (sign === '') this.automaton.skip(from, start);
      const after = this.#addRegular(start, digits, (at, { ranges }, to) => {
        for (const { min, max } of ranges) this.automaton.bytes(at, min, max, to);
      });
      this.automaton.skip(after, end);
    }
    return end;
  }

  /** An automaton over characters, each written by `write`. */
  #addRegular(
    from: State,
    { initial, finals }: CharacterAutomaton,
    write: (at: State, set: CharSet, to: State) => void,
  ): State {
    const end = this.automaton.state();
    const states = new Map([[initial, from]]);
    // Grows while it is gone through.
    for (const [node, at] of states) {
      if (finals.has(node)) this.automaton.skip(at, end);
      for (const [next, set] of node.out) {
        const to = states.get(next) ?? this.automaton.state();
        states.set(next, to);
        write(at, set, to);
      }
    }
    return end;
  }

  /** One character of a set in a string, in one spelling; large sets are written once, and called. */
  #addQuoted(from: State, set: CharSet, to: State): void {
    if (set.ranges.length <= CALLED_RANGES && set.ranges.every(({ max }) => max < 0x80)) {
      this.#addSpelled(from, set, to);
      return;
    }
    const key = set.ranges.map(({ min, max }) => `${min}-${max}`).join();
    let start = this.#characterSets.get(key);
    if (start === undefined) {
      start = this.automaton.state();
      const end = this.automaton.state();
      this.automaton.end(end);
      this.#addSpelled(start, set, end);
      this.#characterSets.set(key, start);
    }
    this.automaton.call(from, start, to);
  }

  #addSpelled(from: State, { ranges }: CharSet, to: State): void {
    const addEscaped = (character: number) => {
      const text = JSON.stringify(String.fromCharCode(character)).slice(1, -1);
      this.automaton.skip(this.#addText(from, text), to);
    };
    for (const { min, max } of ranges) {
      for (let control = min; control <= Math.min(max, 0x1f); control++) addEscaped(control);
      let first = Math.max(min, 0x20);
      for (const escaped of [0x22, 0x5c]) {
        if (escaped < first || escaped > max) continue;
        this.#addUtf8(from, first, escaped - 1, to);
        addEscaped(escaped);
        first = escaped + 1;
      }
      this.#addUtf8(from, first, max, to);
    }
  }

  #addUtf8(from: State, first: number, last: number, to: State): void {
    for (const bytes of utf8Ranges(first, last)) {
      let at = from;
      for (const [low, high] of bytes.slice(0, -1)) at = this.#addBytes(at, low, high);
      this.automaton.bytes(at, ...bytes.at(-1)!, to);
    }
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

function isLimited({ min, max, multipleOf }: NumberShape): boolean {
  return Number.isFinite(min) || Number.isFinite(max) || multipleOf !== 1;
}
