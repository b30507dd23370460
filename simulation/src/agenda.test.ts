import { createPrng } from '@helium/shared';
import { expect, it } from 'vitest';
import { Agenda } from './agenda.ts';

it('gives actions by time, then in the order they were asked for, without the cancelled', () => {
  const random = createPrng(1);
  const agenda = new Agenda();
  const wanted: { at: number; i: number }[] = [];
  const done: { at: number; i: number }[] = [];
  for (let i = 0; i < 500; i++) {
    const at = Math.floor(random() * 50);
    const cancel = agenda.after(at, () => void done.push({ at: agenda.now, i }));
    if (random() < 0.2) cancel();
    else wanted.push({ at, i });
  }
  expect(agenda.size).toBe(wanted.length);
  for (let next = agenda.next(); next !== undefined; next = agenda.next()) next();
  expect(done).toEqual(wanted.sort((a, b) => a.at - b.at || a.i - b.i));
});
