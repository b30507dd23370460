import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packageDefinition } from '@helium/proto';
import { describe, expect, it } from 'vitest';
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

const names = [...codecs.keys()].sort();

describe('the wire', () => {
  it('has the bytes of every message as they were released', async () => {
    const bytes = names.map((name) => {
      const codec = codecs.get(name) as Codec;
      return [name, codec.serialize(sampleOf(name)).toString('hex')];
    });
    const text = `${JSON.stringify(Object.fromEntries(bytes), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(fileURLToPath(GOLDEN));
  });

  it('reads the released bytes as what was written', () => {
    const golden: Record<string, string> = JSON.parse(readFileSync(GOLDEN, 'utf8'));
    expect(names.length).toBeGreaterThan(70);
    for (const [name, hex] of Object.entries(golden)) {
      const codec = codecs.get(name) as Codec;
      const message = codec.deserialize(Buffer.from(hex, 'hex'));
      expect(codec.serialize(message).toString('hex')).toBe(hex);
    }
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
