import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useTemporaryFolder } from '../temporary-folder.fixture.ts';
import { modelNameOf } from './model-name.ts';

const at = useTemporaryFolder();

/** A model as a pull leaves it. */
function stored(store: string, name: string, file: string | null): string {
  const folder = join(store, name.replaceAll('/', '--'));
  mkdirSync(folder, { recursive: true });
  const manifest = { name, file, bytes: 1, source: 'a test' };
  writeFileSync(join(folder, 'helium-model.json'), JSON.stringify(manifest));
  return file === null ? folder : join(folder, file);
}

describe('modelNameOf', () => {
  it('is the name in the store, whatever the file is called', () => {
    const store = at('models');
    const file = stored(store, 'smollm2-135m-instruct', 'SmolLM2-135M-Instruct.Q4_1.gguf');
    expect(modelNameOf(file, store)).toBe('smollm2-135m-instruct');
    expect(modelNameOf(stored(store, 'org/tiny-1.5', null), store)).toBe('org/tiny-1.5');
  });

  it('is the name of a file without .gguf, or of a folder, elsewhere', () => {
    expect(modelNameOf('/data/Qwen.Q8_0.gguf', at('models'))).toBe('Qwen.Q8_0');
    expect(modelNameOf('/data/Llama-3.2-1B/', at('models'))).toBe('Llama-3.2-1B');
  });

  it('is that of a file beside the model that a folder of the store names', () => {
    const store = at('models');
    stored(store, 'one', 'one.gguf');
    expect(modelNameOf(join(store, 'one', 'other.gguf'), store)).toBe('other');
    expect(modelNameOf(join(store, 'loose.gguf'), store)).toBe('loose');
  });
});
