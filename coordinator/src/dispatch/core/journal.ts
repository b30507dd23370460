import type { AttachedWorker } from '../../cluster/index.ts';
import type { CoreEvent } from './core-event.ts';
import { coreEventBytes } from './core-event-bytes.ts';

interface JournalEntry {
  readonly at: number;
  readonly event: CoreEvent;
}

/** Events kept; older ones of a coordinator that is never idle are dropped, and the dump says so. */
const ENTRIES_MAX = 20_000;

/** Memory that they may take: plans and answers of runs that ended long ago are among them. */
const BYTES_MAX = 64 << 20;

/**
 * The events since the core was last idle, for replay; of very many, or large ones, the newer half. Token deltas
 * are left out: they change nothing. Line one of a dump says how many events are missing; each further line is one
 * event as JSON.
 */
export class EventJournal {
  readonly #bytesMax: number;
  #entries: JournalEntry[] = [];
  #bytes = 0;
  #dropped = 0;

  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  record(at: number, event: CoreEvent): void {
    if (event.kind === 'workerSaid' && event.event.kind === 'delta') return;
    this.#entries.push({ at, event });
    this.#bytes += coreEventBytes(event);
    while (this.#isFull && this.#entries.length > 1) this.#dropHalf();
  }

  get #isFull(): boolean {
    return this.#entries.length > ENTRIES_MAX || this.#bytes > this.#bytesMax;
  }

  #dropHalf(): void {
    const gone = this.#entries.splice(0, this.#entries.length >> 1);
    this.#dropped += gone.length;
    for (const { event } of gone) this.#bytes -= coreEventBytes(event);
  }

  /** Nothing is in flight: a replay starts from the attached workers. */
  restart(at: number, workers: readonly AttachedWorker[]): void {
    this.#dropped = 0;
    this.#bytes = 0;
    this.#entries = workers.flatMap(({ identity, epoch, credits }) => {
      const worker = identity.workerId;
      const granted = { kind: 'credits', calls: credits } as const;
      return [
        { at, event: { kind: 'workerAttached', identity, epoch } },
        { at, event: { kind: 'workerSaid', worker, epoch, event: granted } },
      ];
    });
  }

  get length(): number {
    return this.#entries.length;
  }

  dump(): string {
    const lines = this.#entries.map((entry) => JSON.stringify(entry, encode));
    return [JSON.stringify({ dropped: this.#dropped }), ...lines].join('\n');
  }
}

/** Reads a dump back. Throws SyntaxError for what is not one. */
export function readJournal(dump: string): { dropped: number; entries: JournalEntry[] } {
  const [head = '', ...lines] = dump.split('\n');
  const { dropped } = JSON.parse(head) as { dropped: number };
  return { dropped, entries: lines.map((line) => JSON.parse(line, decode) as JournalEntry) };
}

function encode(_: string, value: unknown): unknown {
  if (value instanceof Map) return { $map: [...value] };
  if (value instanceof Int32Array) return { $tokens: [...value] };
  if (typeof value === 'bigint') return { $integer: value.toString() };
  if (value === Number.POSITIVE_INFINITY) return { $integer: 'Infinity' };
  return value;
}

function decode(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('$map' in value) return new Map(value.$map as [unknown, unknown][]);
  if ('$tokens' in value) return Int32Array.from(value.$tokens as number[]);
  if ('$integer' in value) {
    return value.$integer === 'Infinity' ? Infinity : BigInt(value.$integer as string);
  }
  return value;
}
