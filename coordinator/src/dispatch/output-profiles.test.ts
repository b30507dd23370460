import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GREEDY, operatorId, systemClock } from '@helium/shared';
import { silentLogger } from '@helium/shared/telemetry';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LlmOperator } from '../plan/index.ts';
import { OutputProfiles } from './output-profiles.ts';
import { openProfileStore } from './sqlite-profile-store.ts';

const operator: LlmOperator = {
  kind: 'llm',
  id: operatorId('a'),
  model: 'm',
  messages: [{ role: 'user', content: [{ kind: 'text', text: 'hello' }] }],
  sampling: GREEDY,
  maxTokens: 100,
  stop: [],
};

describe('OutputProfiles', () => {
  it('expects what the author guessed, or half the limit, until calls have finished', () => {
    const profiles = new OutputProfiles();
    expect(profiles.expected('w', operator).outputTokens).toBe(50);
    expect(profiles.expected('w', { ...operator, expectedTokens: 7 }).outputTokens).toBe(7);
    for (let i = 0; i < 100; i++) profiles.observe('w', operator, 20);
    expect(profiles.expected('w', operator).outputTokens).toBe(21);
    expect(profiles.expected('other', operator).outputTokens).toBe(50);
    expect(profiles.expected('w', { ...operator, maxTokens: 99 }).outputTokens).toBe(50);
  });

  it('is the same after a restart', () => {
    const folder = mkdtempSync(join(tmpdir(), 'helium-profiles-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const profiles = new OutputProfiles();
    profiles.observe('w', operator, 12);
    const store = openProfileStore(folder, silentLogger, systemClock);
    store.save(profiles.takeChanged());
    expect(profiles.takeChanged()).toEqual([]);
    profiles.observe('w', operator, 14);
    store.save(profiles.takeChanged());
    store.close();
    const again = openProfileStore(folder, silentLogger, systemClock);
    expect(new OutputProfiles(again.load()).expected('w', operator).outputTokens).toBe(
      profiles.expected('w', operator).outputTokens,
    );
    again.close();
  });
});
