import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runScript } from './run-script.fixture.ts';

const FOLDER = new URL('./testdata/', import.meta.url);

describe('DispatchCore by script', () => {
  it.each(readdirSync(FOLDER).filter((name) => name.endsWith('.run.txt')))(
    'does what %s says',
    async (name) => {
      const outcome = runScript(readFileSync(new URL(name, FOLDER), 'utf8'));
      await expect(outcome).toMatchFileSnapshot(`testdata/${name}`);
    },
  );
});
