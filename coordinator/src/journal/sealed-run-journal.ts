import { HeliumError, type RunId } from '@helium/shared';
import { type StorageKeys, sealingKeyOf } from '../storage/storage-keys.ts';
import type {
  RunEntries,
  RunJournal,
  StoredJournal,
  StoredRequest,
  StoredRun,
} from './run-journal.ts';

/** In front of what is sealed: entries are JSON, and none begins so. */
const MARK = 'sealed:';

/**
 * A journal of which only the keys' holder can read what runs were given and gave. A run's head (its names, its tenant,
 * when it came) stays readable; and so does, with keys, what was written before there were any. Without keys nothing is
 * sealed, and a journal that holds something sealed is refused when it is loaded, like one sealed with other keys:
 * CONFIG_INVALID names the key.
 */
export class SealedRunJournal implements RunJournal {
  readonly #journal: RunJournal;
  readonly #keys: StorageKeys | undefined;

  constructor(journal: RunJournal, keys: StorageKeys | undefined) {
    this.#journal = journal;
    this.#keys = keys;
  }

  get epoch(): number {
    return this.#journal.epoch;
  }

  async load(): Promise<StoredJournal> {
    const { runs, requests } = await this.#journal.load();
    return { runs: runs.map((run) => this.#openRun(run)), requests };
  }

  accept(run: RunId, accepted: string): Promise<void> {
    const { head, rest } = parted(accepted);
    return this.#journal.accept(run, head + this.#seal(run, rest));
  }

  append(group: readonly RunEntries[]): Promise<void> {
    if (this.#keys === undefined) return this.#journal.append(group);
    // As one: most of what sealing takes is the same whatever is sealed.
    const sealed = group.map(({ run, entries, ...more }) => ({
      ...more,
      run,
      entries: [this.#seal(run, entries.join('\n'))],
    }));
    return this.#journal.append(sealed);
  }

  forget(
    runs: readonly RunId[],
    requests: readonly StoredRequest[],
    sinceMs: number,
  ): Promise<void> {
    return this.#journal.forget(runs, requests, sinceMs);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  #seal(run: RunId, text: string): string {
    if (this.#keys === undefined || text === '') return text;
    return `${MARK}${this.#keys.seal(placeOf(run), Buffer.from(text)).toString('base64')}`;
  }

  #openRun({ id, accepted, entries, damage }: StoredRun): StoredRun {
    const opened: string[] = [];
    let lost = damage;
    const { head, rest } = parted(accepted);
    const request = this.#open(id, rest);
    lost ??= request === undefined ? changed('its request') : undefined;
    for (const [i, entry] of entries.entries()) {
      const text = this.#open(id, entry);
      // What comes behind it tells nothing without it.
      if (text === undefined) lost ??= changed(`group ${i + 1} of ${entries.length}`);
      if (text === undefined) break;
      opened.push(...text.split('\n'));
    }
    const run = { id, accepted: head + (request ?? ''), entries: opened };
    return lost === undefined ? run : { ...run, damage: lost };
  }

  /** Undefined for what was changed. */
  #open(run: RunId, text: string): string | undefined {
    if (!text.startsWith(MARK)) return text;
    const sealed = Buffer.from(text.slice(MARK.length), 'base64');
    const opened = this.#keys?.open(placeOf(run), sealed);
    if (opened instanceof Uint8Array) return opened.toString('utf8');
    const key = sealingKeyOf(sealed);
    if (key === undefined || opened?.why === 'damage') return undefined;
    const has = this.#keys && `${this.#keys.origin} has ${this.#keys.ids.join(', ')} alone`;
    const message = `storage-key-file: run "${run}" is journaled under the key ${key}; ${has ?? 'there is none'}`;
    throw new HeliumError('CONFIG_INVALID', message, { details: { run, key } });
  }
}

/** The head, with its line break, and what was asked. */
function parted(accepted: string): { readonly head: string; readonly rest: string } {
  const end = accepted.indexOf('\n') + 1;
  return { head: accepted.slice(0, end), rest: accepted.slice(end) };
}

function placeOf(run: RunId): string {
  return `run\0${run}`;
}

function changed(what: string): string {
  return `${what} cannot be opened: it was changed since it was sealed`;
}
