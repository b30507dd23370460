import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openModel } from './open-model.ts';
import { createTinyFolder } from './tiny/index.ts';

const base = mkdtempSync(join(tmpdir(), 'helium-open-'));
afterAll(() => rmSync(base, { recursive: true }));

describe('openModel', () => {
  it.each(['config.json', 'tokenizer.json', 'model.safetensors'])(
    'names the model where %s is a folder',
    async (name) => {
      const folder = await createTinyFolder(mkdtempSync(join(base, 'folder-')));
      rmSync(join(folder, name));
      mkdirSync(join(folder, name));
      expect(() => openModel(folder)).toThrow(
        expect.objectContaining({
          code: 'MODEL_UNAVAILABLE',
          message: expect.stringContaining(folder),
        }),
      );
    },
  );

  it('names what is not there, also below a file', () => {
    const file = join(base, 'file');
    writeFileSync(file, '');
    for (const path of [join(base, 'none'), join(file, 'below')]) {
      expect(() => openModel(path)).toThrow(
        expect.objectContaining({
          code: 'MODEL_UNAVAILABLE',
          message: expect.stringContaining(path),
        }),
      );
    }
  });
});
