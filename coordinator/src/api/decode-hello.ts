import type { wire } from '@helium/proto';
import {
  HeliumError,
  modelDigest,
  PROTOCOL_VERSION,
  type WorkerIdentity,
  workerId,
} from '@helium/shared';
import { DecodeFaults, decodeCount } from './decode-faults.ts';

const ENGINES = ['onnx', 'vllm', 'sim'] as const satisfies WorkerIdentity['engine'][];

const DIGEST = /^[0-9a-f]{64}$/;
/** What goes into logs, metrics and errors: one line of sensible length. */
const LINE = /^\P{Cc}{0,256}$/u;
const WORKER_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/**
 * Who the worker says it is. Throws PROTOCOL_INCOMPATIBLE naming both versions, REQUEST_INVALID with
 * every fault.
 */
export function decodeHello(sent: wire.Hello__Output): WorkerIdentity {
  const ours = `${PROTOCOL_VERSION.major}.${PROTOCOL_VERSION.minor}`;
  const theirs = `${sent.protocolMajor}.${sent.protocolMinor}`;
  const who = `worker ${JSON.stringify(sent.workerId)}`;
  if (sent.protocolMajor !== PROTOCOL_VERSION.major) {
    const message = `${who} speaks protocol ${theirs}, this coordinator speaks ${ours}`;
    throw new HeliumError('PROTOCOL_INCOMPATIBLE', message, { details: { ours, theirs } });
  }
  const faults = new DecodeFaults();
  const expect = (ok: boolean, field: string, value: unknown, accepted: string) => {
    if (!ok) faults.add(`hello.${field}`, `${JSON.stringify(value)} is not ${accepted}`);
  };
  const engine = ENGINES.find((known) => known === sent.engine);
  expect(WORKER_ID.test(sent.workerId), 'worker_id', sent.workerId, 'a name of [A-Za-z0-9_.-]');
  const line = 'up to 256 characters without control characters';
  expect(sent.model !== '', 'model', sent.model, 'a name');
  for (const field of ['model', 'device', 'version'] as const) {
    expect(LINE.test(sent[field]), field, sent[field].slice(0, 256), line);
  }
  expect(DIGEST.test(sent.modelDigest), 'model_digest', sent.modelDigest, 'a hex SHA-256');
  expect(
    DIGEST.test(sent.tokenizerDigest),
    'tokenizer_digest',
    sent.tokenizerDigest,
    'a hex SHA-256',
  );
  expect(engine !== undefined, 'engine', sent.engine, `one of ${ENGINES.join(', ')}`);
  expect(sent.maxCalls > 0, 'max_calls', sent.maxCalls, 'at least 1');
  expect(sent.maxBatch > 0, 'max_batch', sent.maxBatch, 'at least 1');
  expect(sent.contextTokens > 0, 'context_tokens', sent.contextTokens, 'at least 1');
  expect(sent.blockTokens > 0, 'block_tokens', sent.blockTokens, 'at least 1');
  const kvTokens = decodeCount(sent.kvTokens, 'hello.kv_tokens', faults);
  faults.throwIfAny('REQUEST_INVALID', who);
  return {
    workerId: workerId(sent.workerId),
    model: sent.model,
    modelDigest: modelDigest(sent.modelDigest),
    tokenizerDigest: sent.tokenizerDigest,
    engine: engine ?? 'sim',
    device: sent.device,
    maxCalls: sent.maxCalls,
    maxBatch: sent.maxBatch,
    contextTokens: sent.contextTokens,
    kvTokens,
    blockTokens: sent.blockTokens,
    version: sent.version,
  };
}
