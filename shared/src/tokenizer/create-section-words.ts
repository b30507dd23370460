import { byteLevelWords } from './byte-level-words.ts';
import { metaSpaceWords } from './meta-space-words.ts';
import type { SectionWords } from './section-words.ts';
import type { TokenizerTables } from './tokenizer-json.ts';

/** By the scheme of the tables. Throws MODEL_UNSUPPORTED as `compilePreTokenizer` does. */
export function createSectionWords({ scheme, merges }: TokenizerTables): SectionWords {
  return scheme.kind === 'bytes' ? byteLevelWords(scheme) : metaSpaceWords(scheme, merges);
}
