import { HeliumError } from '../errors/helium-error.ts';
import { isJsonObject } from '../json-object.ts';

/** SentencePiece's stand-in for a space. */
export const META_SPACE = '▁';

/** What lies between text and the symbols that BPE merges. */
export type TextScheme = ByteScheme | MetaSpaceScheme;

/** UTF-8 bytes in GPT-2's alphabet, within words that a pre-tokenizer cuts. */
export interface ByteScheme {
  readonly kind: 'bytes';
  /** Text is brought to Unicode's NFC first. */
  readonly nfc: boolean;
  /** As in the file; see `compilePreTokenizer`. */
  readonly preTokenizer: unknown;
}

/** SentencePiece's: characters with spaces as ▁; characters the vocabulary lacks become byte tokens. */
export interface MetaSpaceScheme {
  readonly kind: 'metaspace';
  /**
   * Which runs of plain text get a ▁ in front: all, those that start with none (of the whole prompt or each),
   * or none.
   */
  readonly prefix: 'every' | 'unspaced' | 'first' | 'never';
  /** Every ▁ starts a word; else only words that no merge can join are cut, which changes nothing. */
  readonly cutsEverySpace: boolean;
  /** A generation's text loses the space it starts with. */
  readonly dropsFirstSpace: boolean;
}

/** Whether a text's first space is the scheme's, not the author's. */
export function dropsFirstSpace(scheme: TextScheme): boolean {
  return scheme.kind === 'metaspace' && scheme.dropsFirstSpace;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * The scheme of a tokenizer.json. Throws MODEL_UNSUPPORTED, by name, for normalizers, pre-tokenizers and
 * decoders that belong to neither scheme.
 */
export function readTextScheme(json: Json): TextScheme {
  const decoders = listOf(json.decoder, 'decoders');
  const normalizers = listOf(json.normalizer, 'normalizers');
  const isByteLevel = decoders.length === 1 && decoders[0]!.type === 'ByteLevel';
  return isByteLevel
    ? { kind: 'bytes', nfc: readNfc(normalizers), preTokenizer: json.pre_tokenizer }
    : readMetaSpace(normalizers, json.pre_tokenizer, decoders);
}

function readNfc(normalizers: readonly Json[]): boolean {
  const other = normalizers.find(({ type }) => type !== 'NFC');
  if (other !== undefined) throw unsupported(`normalizer ${other.type}`);
  return normalizers.length > 0;
}

function readMetaSpace(
  normalizers: readonly Json[],
  preTokenizer: unknown,
  decoders: readonly Json[],
): MetaSpaceScheme {
  const dropsFirstSpace = readDecoders(decoders);
  const words = isJsonObject(preTokenizer) ? preTokenizer : null;
  if (words !== null) {
    if (words.type !== 'Metaspace') throw unsupported(`pre-tokenizer ${words.type}`);
    if (normalizers.length > 0)
      throw unsupported(`normalizer ${normalizers[0]!.type} and Metaspace`);
    requireMetaSpace(words.replacement, 'Metaspace');
    return {
      kind: 'metaspace',
      prefix: readScheme(words),
      cutsEverySpace: words.split !== false,
      dropsFirstSpace,
    };
  }
  const [last, ...before] = normalizers.toReversed();
  if (last?.type !== 'Replace') throw unsupported(`normalizer ${last?.type ?? 'none'}`);
  if (!isJsonObject(last.pattern) || last.pattern.String !== ' ') {
    throw unsupported('normalizer Replace of anything but a space');
  }
  requireMetaSpace(last.content, 'Replace');
  const [prepend, excess] = before;
  if (excess !== undefined || (prepend !== undefined && prepend.type !== 'Prepend')) {
    throw unsupported(`normalizer ${(excess ?? prepend)?.type}`);
  }
  if (prepend !== undefined) requireMetaSpace(prepend.prepend, 'Prepend');
  const prefix = prepend === undefined ? 'never' : 'every';
  return { kind: 'metaspace', prefix, cutsEverySpace: false, dropsFirstSpace };
}

function readScheme({ prepend_scheme: scheme, add_prefix_space: legacy }: Json) {
  const name = scheme ?? (legacy === false ? 'never' : 'always');
  if (name === 'always') return 'unspaced';
  if (name === 'first' || name === 'never') return name;
  throw unsupported(`pre-tokenizer Metaspace with prepend_scheme ${name}`);
}

/** Whether the first space of a generation goes. */
function readDecoders(decoders: readonly Json[]): boolean {
  let drops = false;
  for (const decoder of decoders) {
    const isStrip =
      decoder.type === 'Strip' && decoder.content === ' ' && decoder.start === 1 && !decoder.stop;
    const isSpace =
      decoder.type === 'Replace' &&
      isJsonObject(decoder.pattern) &&
      decoder.pattern.String === META_SPACE;
    const isMetaSpace = decoder.type === 'Metaspace';
    if (
      !isStrip &&
      !isSpace &&
      !isMetaSpace &&
      !['ByteFallback', 'Fuse'].includes(`${decoder.type}`)
    ) {
      throw unsupported(`decoder ${decoder.type}`);
    }
    drops ||= isStrip || (isMetaSpace && readScheme(decoder) !== 'never');
  }
  if (decoders.length === 0) throw unsupported('decoder none');
  return drops;
}

/** The parts of a Sequence, or the one part there is. */
function listOf(node: unknown, field: string): readonly Json[] {
  if (!isJsonObject(node)) return [];
  const parts: readonly unknown[] = node.type === 'Sequence' ? (node[field] as unknown[]) : [node];
  return Array.isArray(parts) ? parts.filter(isJsonObject) : [];
}

function requireMetaSpace(value: unknown, where: string): void {
  if (value !== META_SPACE) throw unsupported(`${where} with ${JSON.stringify(value)}`);
}

function unsupported(what: string): HeliumError {
  return new HeliumError(
    'MODEL_UNSUPPORTED',
    `tokenizer: ${what} is not supported, only byte-level BPE (plain or after NFC) and SentencePiece's BPE`,
  );
}
