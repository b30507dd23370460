import {
  type Call,
  type CallDelta,
  type CallId,
  type CallResult,
  type ChatMessage,
  callId,
  GREEDY,
} from '@helium/shared';
import type { Tokenizer } from '@helium/shared/tokenizer';
import type { Engine, EngineEvent } from './engine.ts';

/** An engine to be tested, with what it tokenizes with. */
export interface EngineSubject {
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
}

let calls = 0;

/** A call of its own id. */
export function newCall(messages: readonly ChatMessage[], fields: Partial<Call> = {}): Call {
  return {
    id: callId(`call-${++calls}`),
    messages,
    sampling: GREEDY,
    maxTokens: 12,
    stop: [],
    reusePrefix: true,
    cacheSalt: '',
    order: calls,
    streamDeltas: true,
    ...fields,
  };
}

export const user = (content: string): ChatMessage => ({ role: 'user', content });

/** Listens to an engine from its start, and waits for what it says. */
export class EngineBench {
  readonly engine: Engine;
  readonly events: EngineEvent[] = [];
  readonly #tokenizer: Tokenizer;
  readonly #waiting = new Map<CallId, (result: CallResult) => void>();

  constructor({ engine, tokenizer }: EngineSubject) {
    this.engine = engine;
    this.#tokenizer = tokenizer;
    engine.onEvent((event) => {
      this.events.push(event);
      if (event.kind === 'finished') this.#waiting.get(event.result.id)?.(event.result);
    });
  }

  run(call: Call): Promise<CallResult> {
    const result = new Promise<CallResult>((resolve) => this.#waiting.set(call.id, resolve));
    this.engine.submit(call);
    return result;
  }

  runAll(list: readonly Call[]): Promise<CallResult[]> {
    return Promise.all(list.map((call) => this.run(call)));
  }

  eventsOf<K extends EngineEvent['kind']>(kind: K): Extract<EngineEvent, { kind: K }>[] {
    return this.events.filter((e): e is Extract<EngineEvent, { kind: K }> => e.kind === kind);
  }

  get finishedIds(): CallId[] {
    return this.eventsOf('finished').map((event) => event.result.id);
  }

  deltasOf(call: Call): CallDelta[] {
    const deltas = this.eventsOf('delta').map((event) => event.delta);
    return deltas.filter((delta) => delta.id === call.id);
  }

  /** The prompt's tokens as the engine sees them. */
  tokensOf(call: Call): Int32Array {
    return this.#tokenizer.encode(this.#tokenizer.renderChat(call.messages));
  }

  /** A system message whose prompt takes so many blocks at least; another seed shares no block. */
  systemOf(blocks: number, seed = 0): ChatMessage {
    const { blockTokens } = this.engine.description;
    let content = `Case ${seed}:`;
    const isShort = () =>
      this.tokensOf(newCall([{ role: 'system', content }])).length < (blocks + 1) * blockTokens;
    for (let i = 0; isShort(); i++) content += ` the ${(i * 7 + seed) % 10}`;
    return { role: 'system', content };
  }

  /** Whole blocks that two prompts share, as far as the second may reuse them. */
  reusableTokens(first: Call, second: Call): number {
    const [a, b] = [this.tokensOf(first), this.tokensOf(second)];
    const { blockTokens } = this.engine.description;
    const differs = b.findIndex((token, i) => token !== a[i]);
    const shared = differs < 0 ? b.length : differs;
    return Math.floor(Math.min(shared, b.length - 1) / blockTokens) * blockTokens;
  }
}
