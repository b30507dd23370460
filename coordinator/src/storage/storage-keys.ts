import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { HeliumError } from '@helium/shared';

/**
 * What is sealed: format, which key (so that a wrong one is told from damage), the salt of who sealed it, its number
 * there, the text under AES-256-GCM, GCM's tag. The salt makes a key of its own for each process, in which numbers are
 * the nonces: none comes twice, however much is sealed.
 */
const FORMAT = 1;
const [ID_BYTES, SALT_BYTES, NUMBER_BYTES, TAG_BYTES] = [8, 16, 6, 16];
const HEAD_BYTES = 1 + ID_BYTES + SALT_BYTES + NUMBER_BYTES;
const NONCE_BYTES = 12;
const CIPHER = 'aes-256-gcm';

/** Salts whose keys are remembered: one for each start of a coordinator that wrote something. */
const SALTS_MAX = 1000;

interface Key {
  readonly id: Buffer;
  readonly secret: Buffer;
}

/** Why something sealed cannot be opened: by a key that is not there, or not at all. */
export type NotOpened = { readonly why: 'key'; readonly id: string } | { readonly why: 'damage' };

/** Seals what stores keep, with the first of some keys, and opens it with any of them. */
export class StorageKeys {
  /** Where the keys are from, for messages. */
  readonly origin: string;
  readonly #keys: readonly Key[];
  readonly #salt = randomBytes(SALT_BYTES);
  readonly #derived = new Map<string, Buffer>();
  #number = 0;

  /** `secrets`: 32 bytes each, one at least; the first seals. */
  constructor(origin: string, secrets: readonly Buffer[]) {
    this.origin = origin;
    this.#keys = secrets.map((secret) => ({ secret, id: idOf(secret) }));
  }

  /** What keys are called where they are named: by a hash. The first seals. */
  get ids(): readonly string[] {
    return this.#keys.map(({ id }) => id.toString('hex'));
  }

  /** `place`: what it is and whose; opened for the same only. */
  seal(place: string, text: Uint8Array): Buffer {
    const key = this.#keys[0] as Key;
    const number = Buffer.alloc(NUMBER_BYTES);
    number.writeUIntBE(this.#number++, 0, NUMBER_BYTES);
    const head = Buffer.concat([Buffer.of(FORMAT), key.id, this.#salt, number]);
    const cipher = createCipheriv(CIPHER, this.#derive(key, this.#salt), nonceOf(number));
    cipher.setAAD(aadOf(head, place));
    return Buffer.concat([head, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  }

  open(place: string, sealed: Buffer): Buffer | NotOpened {
    if (sealed.length < HEAD_BYTES + TAG_BYTES || sealed[0] !== FORMAT) return { why: 'damage' };
    const id = sealed.subarray(1, 1 + ID_BYTES);
    const key = this.#keys.find((known) => known.id.equals(id));
    if (key === undefined) return { why: 'key', id: id.toString('hex') };
    const salt = sealed.subarray(1 + ID_BYTES, 1 + ID_BYTES + SALT_BYTES);
    const head = sealed.subarray(0, HEAD_BYTES);
    const nonce = nonceOf(head.subarray(HEAD_BYTES - NUMBER_BYTES));
    const cipher = createDecipheriv(CIPHER, this.#derive(key, salt), nonce);
    cipher.setAAD(aadOf(head, place)).setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    try {
      const body = sealed.subarray(HEAD_BYTES, sealed.length - TAG_BYTES);
      return Buffer.concat([cipher.update(body), cipher.final()]);
    } catch {
      // Of GCM: the tag is not that of the text, the place and the key.
      return { why: 'damage' };
    }
  }

  #derive({ id, secret }: Key, salt: Buffer): Buffer {
    const name = `${id.toString('hex')}${salt.toString('hex')}`;
    const known = this.#derived.get(name);
    if (known !== undefined) return known;
    const key = Buffer.from(hkdfSync('sha256', secret, salt, 'helium.storage.v1', 32));
    if (this.#derived.size >= SALTS_MAX) this.#derived.clear();
    this.#derived.set(name, key);
    return key;
  }
}

/** The key with which something is sealed, by its id; undefined where it is not of our format. */
export function sealingKeyOf(sealed: Buffer): string | undefined {
  if (sealed.length < HEAD_BYTES + TAG_BYTES || sealed[0] !== FORMAT) return undefined;
  return sealed.subarray(1, 1 + ID_BYTES).toString('hex');
}

/**
 * The keys of a file: one a line, 64 hex digits, the first the one that seals; empty lines and those that begin with #
 * count for nothing. Undefined for ''. Throws CONFIG_INVALID, which names lines and never what is in them.
 */
export function readStorageKeys(path: string): StorageKeys | undefined {
  if (path === '') return undefined;
  const refuse = (what: string, cause?: unknown) =>
    new HeliumError('CONFIG_INVALID', `storage-key-file: ${path} ${what}`, { cause });
  let lines: string[];
  try {
    lines = readFileSync(path, 'utf8').split('\n');
  } catch (cause) {
    throw refuse(`cannot be read: ${(cause as Error).message}`, cause);
  }
  const secrets: Buffer[] = [];
  for (const [i, line] of lines.entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    if (!/^[0-9a-fA-F]{64}$/.test(text)) {
      throw refuse(`line ${i + 1}: is no key, 64 hex digits; it has ${text.length} characters`);
    }
    secrets.push(Buffer.from(text, 'hex'));
  }
  if (secrets.length === 0) throw refuse('has no key; `openssl rand -hex 32` makes one');
  return new StorageKeys(path, secrets);
}

function idOf(secret: Buffer): Buffer {
  const hash = createHash('sha256').update('helium.storage.key-id.v1\0').update(secret).digest();
  return hash.subarray(0, ID_BYTES);
}

function nonceOf(number: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(NONCE_BYTES - NUMBER_BYTES), number]);
}

function aadOf(head: Buffer, place: string): Buffer {
  return Buffer.concat([head, Buffer.from(place, 'utf8')]);
}
