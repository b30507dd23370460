import { HeliumError } from '../errors/helium-error.ts';
import { isJsonObject } from '../json-object.ts';
import { SplitPreTokenizer } from './libraries.ts';
import { BYTE_LEVEL_PATTERN, LOCAL_PATTERNS } from './split-patterns.ts';

/** Cuts text into the words that BPE merges within. */
export interface PreTokenizer {
  split(text: string): string[];
  /** The words cover the text and all patterns are known: see split-patterns.ts for what that gives. */
  readonly isLocal: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Compiles the `pre_tokenizer` of a byte-level tokenizer.json. Digits and ByteLevel are taken as the
 * Unicode patterns they mean in the reference (the library's own take only ASCII digits, and
 * JavaScript's idea of white space). Throws MODEL_UNSUPPORTED by name for any other kind.
 */
export function compilePreTokenizer(config: unknown): PreTokenizer {
  const patterns: Stage[] = [];
  let isByteLevel = false;
  const visit: Record<string, (node: Json) => void> = {
    Sequence: (node) => {
      if (!Array.isArray(node.pretokenizers)) throw unsupported('a Sequence without pretokenizers');
      node.pretokenizers.forEach(add);
    },
    Split: (node) => patterns.push(readSplit(node)),
    Digits: (node) =>
      patterns.push({ regex: node.individual_digits ? '\\p{N}' : '\\p{N}+', matchesOnly: false }),
    ByteLevel: (node) => {
      if (node.add_prefix_space) throw unsupported('ByteLevel with add_prefix_space');
      if (node.use_regex !== false)
        patterns.push({ regex: BYTE_LEVEL_PATTERN, matchesOnly: false });
      isByteLevel = true;
    },
  };
  function add(node: unknown): void {
    if (!isJsonObject(node)) throw unsupported(`${JSON.stringify(node)}`);
    if (isByteLevel) throw unsupported(`${node.type} after ByteLevel`);
    const type = String(node.type);
    if (!Object.hasOwn(visit, type)) throw unsupported(type);
    visit[type]?.(node);
  }
  add(config);
  if (!isByteLevel) throw unsupported('one without ByteLevel');
  const stages = patterns.map(compileStage);
  return {
    split: (text) => stages.reduce((pieces, stage) => pieces.flatMap(stage), [text]),
    isLocal: patterns.length > 0 && patterns.every(isLocalStage),
  };
}

function readSplit(node: Json): Stage {
  const pattern = isJsonObject(node.pattern) ? node.pattern.Regex : undefined;
  if (typeof pattern !== 'string') throw unsupported('Split without a Regex pattern');
  const isolates = node.behavior === 'Isolated' && !node.invert;
  const matchesOnly = node.behavior === 'Removed' && node.invert === true;
  if (!isolates && !matchesOnly) {
    throw unsupported(`Split with behavior ${node.behavior} and invert ${node.invert}`);
  }
  return { regex: pattern, matchesOnly };
}

interface Stage {
  readonly regex: string;
  /** Unmatched text is dropped, as by `Removed` with `invert`. */
  readonly matchesOnly: boolean;
}

function isLocalStage({ regex, matchesOnly }: Stage): boolean {
  return !matchesOnly && LOCAL_PATTERNS.has(regex);
}

function compileStage({ regex, matchesOnly }: Stage) {
  const stage = compileSplit(regex, matchesOnly);
  return (text: string) => stage.pre_tokenize_text(text);
}

function compileSplit(regex: string, matchesOnly: boolean) {
  try {
    return new SplitPreTokenizer({
      type: 'Split',
      pattern: { Regex: regex },
      behavior: matchesOnly ? 'Removed' : 'Isolated',
      invert: matchesOnly,
    });
  } catch (cause) {
    throw new HeliumError('MODEL_UNSUPPORTED', `tokenizer pattern ${regex} cannot be compiled`, {
      cause,
    });
  }
}

function unsupported(what: string): HeliumError {
  return new HeliumError(
    'MODEL_UNSUPPORTED',
    `tokenizer: pre-tokenizer ${what} is not supported, only Sequence, Split, Digits and ByteLevel`,
  );
}
