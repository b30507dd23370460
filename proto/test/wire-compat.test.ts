import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ClusterService, fieldsOf, RunService, WorkerService } from '@helium/proto';
import { describe, expect, it } from 'vitest';
import { codecOf } from '../src/codec.ts';
import { MESSAGE_OPTIONS } from '../src/services.ts';
import { packageDefinition } from './proto-loader.fixture.ts';
import { sampleOf } from './sample-message.ts';

interface Codec {
  readonly serialize: (message: object) => Buffer;
  readonly deserialize: (bytes: Buffer) => object;
  readonly type: object;
}

const PREFIX = 'helium.v1.';
const GOLDEN = new URL('testdata/golden-bytes.json', import.meta.url);

const codecs = new Map(
  Object.entries(packageDefinition)
    .filter(([name, definition]) => name.startsWith(PREFIX) && 'serialize' in definition)
    .map(([name, definition]) => [name.slice(PREFIX.length), definition as unknown as Codec]),
);
const ours = (name: string) => codecOf<object, object>(PREFIX + name, MESSAGE_OPTIONS);

const names = [...codecs.keys()].sort();

describe('the wire', () => {
  it('has the bytes of every message as they were released', async () => {
    const bytes = names.map((name) => {
      return [name, ours(name).serialize(sampleOf(name)).toString('hex')];
    });
    const text = `${JSON.stringify(Object.fromEntries(bytes), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(fileURLToPath(GOLDEN));
  });

  it('reads the released bytes as what was written', () => {
    const golden: Record<string, string> = JSON.parse(readFileSync(GOLDEN, 'utf8'));
    expect(names.length).toBeGreaterThan(70);
    for (const [name, hex] of Object.entries(golden)) {
      const message = ours(name).deserialize(Buffer.from(hex, 'hex'));
      expect(ours(name).serialize(message).toString('hex')).toBe(hex);
    }
  });

  it('is read and written as proto-loader reads and writes it', () => {
    for (const name of names) {
      const codec = codecs.get(name) as Codec;
      const bytes = codec.serialize(sampleOf(name));
      expect(ours(name).serialize(sampleOf(name))).toEqual(bytes);
      expect(ours(name).deserialize(bytes)).toEqual(codec.deserialize(bytes));
      expect(ours(name).deserialize(Buffer.alloc(0))).toEqual(codec.deserialize(Buffer.alloc(0)));
    }
  });

  it.each([
    ['RunService', RunService],
    ['WorkerService', WorkerService],
    ['ClusterService', ClusterService],
  ] as const)('has the methods of %s as proto-loader has them', (name, { service }) => {
    const expected = packageDefinition[PREFIX + name] as unknown as typeof service;
    const shape = (methods: object) =>
      Object.entries(methods).map(([key, m]) => [
        key,
        [m.path, m.originalName, m.requestStream, m.responseStream],
      ]);
    expect(shape(service)).toEqual(shape(expected));
  });

  it('knows the fields of every message', () => {
    const lines = names.flatMap((name) =>
      fieldsOf(PREFIX + name).map((f) => `${f.name} = ${f.number}`),
    );
    const expected = names.flatMap((name) =>
      ((codecs.get(name) as Codec).type as TypeDescriptor).field?.map(
        (f) => `${f.name} = ${f.number}`,
      ),
    );
    expect(lines).toEqual(expected);
  });

  it('keeps the names and numbers of every field and enum value', async () => {
    const lines = Object.entries(packageDefinition)
      .filter(([name]) => name.startsWith(PREFIX))
      .flatMap(([name, definition]) => describeType(name, definition as { type?: TypeDescriptor }))
      .sort();
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('testdata/field-numbers.txt');
  });
});

interface TypeDescriptor {
  readonly field?: { readonly name: string; readonly number: number; readonly type: string }[];
  readonly value?: { readonly name: string; readonly number: number }[];
}

function describeType(name: string, { type }: { type?: TypeDescriptor }): string[] {
  const fields = (type?.field ?? []).map((f) => `${name}.${f.name} = ${f.number} ${f.type}`);
  const values = (type?.value ?? []).map((v) => `${name}.${v.name} = ${v.number}`);
  return [...fields, ...values];
}
