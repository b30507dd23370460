import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Child, spawnChild } from './child.fixture.ts';
import { createWorld, questionRows, type World } from './helium.fixture.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Every way to say how a text is generated. */
const GENERATION = `
name: generation
operators:
  question: { input: question }
  verdict:
    llm:
      user: "{{question}}"
      max_tokens: 120
      schema:
        type: object
        properties:
          verdict: { enum: ["yes", "no"] }
          why: { type: string, maxLength: 8 }
        required: [verdict, why]
  ideas:
    llm: { user: "{{question}}", max_tokens: 8, temperature: 1, min_p: 0.02, seed: 7, samples: 3 }
  plain: { llm: { user: "{{question}}", max_tokens: 8, temperature: 1, min_p: 0.02, seed: 7 } }
  varied: { llm: { user: "{{question}}", max_tokens: 8, repetition_penalty: 1.9, presence_penalty: 2 } }
  told: { llm: { user: "Of {{ideas[1]}}: {{question}}", max_tokens: 6, logprobs: 2 } }
outputs:
  verdict: verdict
  first: "ideas[0]"
  second: "ideas[1]"
  all: ideas
  plain: plain
  varied: varied
  told: told
`;
type Row = Readonly<Record<string, string>>;

let world: World;
let up: Child;
let address: string;

beforeAll(async () => {
  world = await createWorld();
  const args = [MAIN, 'up', '--workers', '2', '--listen', '127.0.0.1:0', '--json'];
  up = spawnChild(process.execPath, args, { env: world.environment });
  [, address = ''] = await up.says(/"coordinator":"([^"]+)"/);
});

afterAll(async () => {
  up.signal('SIGTERM');
  await up.exited;
});

async function run(...flags: readonly string[]) {
  const workflow = world.file('generation.yaml', GENERATION);
  const rows = world.file('rows.jsonl', questionRows(0, 2));
  const out = join(world.home, 'out.jsonl');
  const files = ['--rows', rows, '--out', out, '--coordinator', address, '--json'];
  const report = await world.helium('run', workflow, ...files, ...flags);
  expect([report.code, report.stderr]).toEqual([0, expect.anything()]);
  const lines = readFileSync(out, 'utf8').trim().split('\n');
  return { ...JSON.parse(report.stdout), outputs: lines.map((line): Row => JSON.parse(line)) };
}

describe('how a text is generated', () => {
  it('reaches the worker, and comes back the same from the naive run and the prompt cache', async () => {
    const naive = await run('--naive');
    const first = await run();
    const again = await run();
    expect(first.outputs_sha256).toBe(naive.outputs_sha256);
    expect(again.outputs_sha256).toBe(naive.outputs_sha256);
    for (const { verdict = '', all, first: one, second = '', plain } of first.outputs as Row[]) {
      expect(JSON.parse(verdict)).toEqual({
        verdict: expect.stringMatching(/^(yes|no)$/),
        why: expect.any(String),
      });
      // Sample 0 is the operator without samples; all are one per line.
      expect(one).toBe(plain);
      expect(second).not.toBe(one);
      expect(all).toContain(`${one}\n${second}\n`);
    }
    // 3 samples, of which the first is merged with the plain call, and 3 others, for each of 2 rows.
    expect(first.operators).toMatchObject({ submitted: 14, merged: 2, executed: 12 });
    // Who asks for log probabilities is computed again: the cache keeps texts.
    expect(again.operators).toMatchObject({ cached: 10, executed: 2 });
    for (const { logprobs, outputs } of [first, again]) {
      expect(logprobs).toEqual(naive.logprobs);
      for (const { row, name, tokens } of logprobs) {
        expect(name).toBe('told');
        const text = tokens.map((token: { text: string }) => token.text).join('');
        expect(text.startsWith(outputs[row].told.slice(0, 1))).toBe(true);
        for (const { top } of tokens) expect(top).toHaveLength(2);
      }
    }
  });

  it('is refused by field where it is out of range, and by keyword where it cannot be kept to', async () => {
    const bad = GENERATION.replace('maxLength: 8', 'contentEncoding: base64').replace('1.9', '2.5');
    const file = world.file('bad.yaml', bad);
    const rows = world.file('rows.jsonl', questionRows(0, 1));
    const { code, stderr } = await world.helium(
      ...['run', file, '--rows', rows, '--coordinator', address],
    );
    expect(code).toBe(2);
    expect(stderr).toContain('operators[1].llm.output_schema: operator "verdict": output schema:');
    expect(stderr).toContain('#/properties/why keyword "contentEncoding" is not supported here');
    expect(stderr).toContain('repetitionPenalty is 2.5, takes 1 to 2');
  });
});
