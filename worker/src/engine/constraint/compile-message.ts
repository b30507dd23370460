import type { PlainError } from '../engine-message.ts';
import type { AutomatonTables } from './automaton-tables.ts';
import type { VocabularyBytes, VocabularyTrie } from './vocabulary-trie.ts';

/** To the compiling thread, one at a time. */
export type CompileRequest =
  | { readonly kind: 'schema'; readonly schema: string }
  | { readonly kind: 'vocabulary'; readonly vocabulary: VocabularyBytes };

/** `ready` comes first, once; then one answer for each request. */
export type CompileReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly error: PlainError }
  | { readonly kind: 'schema'; readonly tables: AutomatonTables }
  | { readonly kind: 'vocabulary'; readonly trie: VocabularyTrie };
