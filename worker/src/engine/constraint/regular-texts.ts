import { createRequire } from 'node:module';
import { HeliumError } from '@helium/shared';
import type { NumberShape, StringShape } from '@helium/shared/json-schema';
import type { NFA, NodeFactory } from 'refa';

const require = createRequire(import.meta.url);

/** Loaded with the first schema that needs it: most starts have none. */
const refa = () => require('refa') as typeof import('refa');

/** Nodes of all automata of a schema together, those that are made on the way included. */
const NODES_MAX = 50_000;
const CHARACTER_MAX = 0x10ffff;

/** Characters of one text, and which may follow: an NFA without empty steps. */
export type CharacterAutomaton = NFA;

/** Makes automata of what is regular, within one schema's bounds. All throw OPTIONS_INVALID above these. */
export class RegularTexts implements NodeFactory<NFA.Node> {
  #nodes = 0;

  createNode(): NFA.Node {
    if (++this.#nodes > NODES_MAX) {
      throw new HeliumError(
        'OPTIONS_INVALID',
        `the output schema: its patterns, formats and limits of numbers need more than ${NODES_MAX} states`,
      );
    }
    return refa().NFA.nodeFactory.createNode();
  }

  /** Strings of the shape. */
  strings({ min, max, patterns }: StringShape): NFA {
    const isCounted = min > 0 || max < Number.POSITIVE_INFINITY;
    const count = `[^]{${min},${max < Number.POSITIVE_INFINITY ? max : ''}}`;
    return this.allOf([...patterns.map(({ source }) => source), ...(isCounted ? [count] : [])]);
  }

  /** Texts that match all of these, whole. */
  allOf(sources: readonly string[]): NFA {
    const [first, ...others] = sources.map((source) => this.#parse(source));
    return others.reduce((both, next) => refa().NFA.fromIntersection(both, next, this), first!);
  }

  /** Those of some digits that are multiples. */
  multiples(digits: NFA, { multipleOf }: NumberShape): NFA {
    if (multipleOf === 1) return digits;
    const { CharSet, NFA } = refa();
    const nodes = Array.from({ length: multipleOf }, () => this.createNode());
    const builder = new NFA.Builder(this);
    for (const [rest, node] of [[0, builder.initial] as const, ...nodes.entries()]) {
      for (let digit = 0; digit < 10; digit++) {
        const to = nodes[(rest * 10 + digit) % multipleOf]!;
        builder.linkNodes(node, to, CharSet.fromCharacter(CHARACTER_MAX, 0x30 + digit));
      }
    }
    builder.makeFinal(nodes[0]!);
    const whole = NFA.fromBuilder(builder, { maxCharacter: CHARACTER_MAX });
    return NFA.fromIntersection(digits, whole, this);
  }

  #parse(source: string): NFA {
    const { JS, NFA } = refa();
    const { expression, maxCharacter } = JS.Parser.fromLiteral({ source, flags: 'u' }).parse();
    return NFA.fromRegex(expression, { maxCharacter }, { assertions: 'throw' }, this);
  }
}
