import { createLogger } from '@helium/shared/telemetry';
import { expect, it } from 'vitest';
import { profileSaver } from './save-profiles.ts';

it('says once that profiles cannot be saved, and once that they can again', () => {
  const lines: string[] = [];
  const logger = createLogger('c', 'info', { write: (line) => lines.push(line) });
  let isFull = true;
  const store = {
    save() {
      if (isFull) throw new Error('database or disk is full');
    },
  };
  const save = profileSaver(store, { takeChanged: () => [] }, logger);
  save();
  save();
  isFull = false;
  save();
  save();
  expect(lines).toEqual([
    expect.stringMatching(/WARN .*profiles were not saved .*disk is full/),
    expect.stringMatching(/INFO .*profiles are saved again/),
  ]);
});
