import { createHash } from 'node:crypto';
import {
  type Call,
  type CallId,
  type CallResult,
  type ChatMessage,
  modelDigest,
  type NumberedResidencyEvent,
  type PrefixDirective,
  type ResidencyEvent,
  type SequenceBlockHash,
  sequenceBlockHashes,
  type WorkerIdentity,
  workerId,
} from '@helium/shared';
import { createTokenizer, type Tokenizer, tokenizerDigest } from '@helium/shared/tokenizer';
import type { WorkerDoor } from './cluster-port.ts';
import { byteTokenizerSpec } from './tokenizer-spec.fixture.ts';
import type { WorkerEvent, WorkerPort } from './worker-port.ts';

const SPEC = byteTokenizerSpec();

/** What every memory worker's model answers. */
export function memoryAnswer(messages: readonly ChatMessage[]): string {
  return createHash('sha256').update(JSON.stringify(messages)).digest('hex').slice(0, 12);
}

/**
 * A worker in memory that speaks through the real door: tokenizes prompts, keeps their whole blocks for
 * ever, says so, and answers in order, one call per turn of the event loop unless it is held.
 */
export class MemoryWorker {
  readonly identity: WorkerIdentity;
  readonly received: Call[] = [];
  readonly ran: Call[] = [];
  readonly directives: PrefixDirective[] = [];
  readonly cancelled: CallId[] = [];
  inFlightMost = 0;
  isHeld = false;
  closedBecause: string | undefined;
  drained = false;
  /** It was asked to stay. */
  stays = false;
  readonly #tokenizer: Tokenizer = createTokenizer(SPEC);
  readonly #resident = new Set<SequenceBlockHash>();
  #queue: Call[] = [];
  #say: (event: WorkerEvent) => void = () => {};
  #sequence = 0;
  #working = false;

  constructor(id: string, changes: Partial<WorkerIdentity> = {}) {
    this.identity = {
      workerId: workerId(id),
      model: 'm',
      modelDigest: modelDigest('d'.repeat(64)),
      tokenizerDigest: tokenizerDigest(SPEC),
      engine: 'sim',
      device: 'memory',
      maxCalls: 4,
      maxBatch: 2,
      contextTokens: 4096,
      kvTokens: 1_000_000,
      blockTokens: 16,
      version: '0',
      ...changes,
    };
  }

  attach(door: WorkerDoor): void {
    const { epoch, sendTokenizer } = door.admit(this.identity);
    if (sendTokenizer) door.addTokenizer(this.identity.tokenizerDigest, SPEC);
    this.#sequence = 0;
    this.#resident.clear();
    const port: WorkerPort = {
      identity: this.identity,
      epoch,
      sendBatch: (calls) => this.#receive(calls),
      sendDirectives: (directives) => this.#direct(directives),
      cancel: (ids) => this.#cancel(ids),
      requestSnapshot: () => {},
      drain: () => {
        this.drained = true;
      },
      stay: () => {
        this.stays = true;
      },
      close: (reason) => {
        this.closedBecause = reason;
      },
    };
    this.#say = door.attach(port);
    this.#say({ kind: 'credits', calls: this.identity.maxCalls });
  }

  /** The process dies: what it had is gone. */
  die(): void {
    this.#queue = [];
    this.#say({ kind: 'lost', reason: 'connection reset' });
    this.#say = () => {};
  }

  release(): void {
    this.isHeld = false;
    this.#work();
  }

  say(event: WorkerEvent): void {
    this.#say(event);
  }

  #receive(calls: readonly Call[]): void {
    this.received.push(...calls);
    this.#queue.push(...calls);
    this.inFlightMost = Math.max(this.inFlightMost, this.#queue.length);
    this.#work();
  }

  #work(): void {
    if (this.#working || this.isHeld || this.#queue.length === 0) return;
    this.#working = true;
    setImmediate(() => {
      this.#working = false;
      const call = this.isHeld ? undefined : this.#queue.shift();
      if (call !== undefined) this.#finish(this.#run(call));
      this.#work();
    });
  }

  #run(call: Call): CallResult {
    this.ran.push(call);
    const tokens = this.#tokenizer.encode(this.#tokenizer.renderChat(call.messages));
    const reusedTokens = call.reusePrefix ? this.#store(tokens, call.cacheSalt) : 0;
    const text = memoryAnswer(call.messages);
    const usage = {
      promptTokens: tokens.length,
      prefilledTokens: tokens.length - reusedTokens,
      reusedTokens,
      outputTokens: text.length,
      queueMs: 0,
      prefillMs: 1,
      decodeMs: 1,
    };
    if (call.streamDeltas) {
      this.#say({ kind: 'delta', delta: { id: call.id, offset: 0, text, tokens: 12 } });
    }
    return { id: call.id, text, finish: 'stop', usage };
  }

  /** Returns the tokens that were there already; the last token is always computed. */
  #store(tokens: Int32Array, cacheSalt: string): number {
    const { blockTokens } = this.identity;
    const hashes = sequenceBlockHashes(tokens, blockTokens, cacheSalt);
    const known = hashes.findIndex((hash) => !this.#resident.has(hash));
    const found = known === -1 ? hashes.length : known;
    const added = hashes.slice(found);
    for (const hash of added) this.#resident.add(hash);
    const parent = hashes[found - 1];
    if (added.length > 0) {
      this.#changed({ kind: 'stored', ...(parent ? { parent } : {}), blocks: added });
    }
    return Math.min(found * blockTokens, tokens.length - 1);
  }

  #changed(event: ResidencyEvent): void {
    this.#sequence += 1;
    const events: NumberedResidencyEvent[] = [{ sequence: this.#sequence, event }];
    this.#say({ kind: 'residency', events });
  }

  #finish(result: CallResult): void {
    this.#say({ kind: 'result', result });
    this.#say({ kind: 'credits', calls: 1 });
  }

  #direct(directives: readonly PrefixDirective[]): void {
    this.directives.push(...directives);
    for (const directive of directives) {
      if (directive.kind !== 'prefetch') continue;
      setImmediate(() => this.#store(directive.tokens, directive.cacheSalt));
    }
  }

  #cancel(ids: readonly CallId[]): void {
    this.cancelled.push(...ids);
    const gone = this.#queue.filter((call) => ids.includes(call.id));
    this.#queue = this.#queue.filter((call) => !ids.includes(call.id));
    for (const { id } of gone) {
      const none = { promptTokens: 0, prefilledTokens: 0, reusedTokens: 0, outputTokens: 0 };
      const usage = { ...none, queueMs: 0, prefillMs: 0, decodeMs: 0 };
      setImmediate(() => {
        this.#say({ kind: 'result', result: { id, text: '', finish: 'cancelled', usage } });
        this.#say({ kind: 'credits', calls: 1 });
      });
    }
  }
}
