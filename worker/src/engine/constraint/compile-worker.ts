import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { invariant } from '@helium/shared';
import { toPlainError } from '../engine-message.ts';
import type { CompileReply, CompileRequest } from './compile-message.ts';
import { compileSchema } from './compile-schema.ts';
import { buildVocabularyTrie } from './vocabulary-trie.ts';

// The entry of the thread that compiles schemas: it may be killed at any time.
invariant(parentPort !== null, 'the compile worker runs as a thread');
const port = parentPort;
const post = (reply: CompileReply) => port.postMessage(reply);

/** What computes tokens goes before. On Linux a thread has a priority of its own; elsewhere it is the process's. */
const NICE = 10;
if (process.platform === 'linux') setPriority(NICE);

port.on('message', (request: CompileRequest) => {
  try {
    post(
      request.kind === 'schema'
        ? { kind: 'schema', tables: compileSchema(request.schema) }
        : { kind: 'vocabulary', trie: buildVocabularyTrie(request.vocabulary) },
    );
  } catch (thrown) {
    post({ kind: 'refused', error: toPlainError(thrown) });
  }
});
post({ kind: 'ready' });
