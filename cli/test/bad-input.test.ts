import { truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createWorld, questionRows, REVIEW, type World } from './helium.fixture.ts';

let world: World;
let rows: string;

beforeAll(async () => {
  world = await createWorld();
  rows = world.file('rows.jsonl', questionRows(0, 1));
});

/** Runs and expects a refusal: exit code 2 and these words. */
async function refused(args: readonly string[], ...words: readonly string[]): Promise<void> {
  const { code, stderr } = await world.helium('run', ...args, '--workers', '1', '--quiet');
  for (const word of words) expect(stderr).toContain(word);
  expect(code).toBe(2);
}

describe('helium run refuses', () => {
  it('a cyclic workflow, naming the cycle', async () => {
    const file = world.file(
      'cycle.yaml',
      'operators:\n  a: { llm: { user: "{{b}}" } }\n  b: { llm: { user: "{{a}}" } }\noutputs: { o: a }\n',
    );
    await refused([file], 'WORKFLOW_INVALID', 'a → b → a');
  });

  it('a dangling reference, naming operator and reference', async () => {
    const file = world.file(
      'dangling.yaml',
      'operators:\n  a: { llm: { user: "{{ghost}}" } }\noutputs: { o: a }\n',
    );
    await refused([file], 'WORKFLOW_INVALID', 'ghost');
  });

  it('an unknown operator kind and an unknown field, with line and column', async () => {
    const file = world.file(
      'kinds.yaml',
      'operators:\n  a: { teleport: x }\n  b: { llm: { user: x, temprature: 1 } }\noutputs: { o: a }\n',
    );
    await refused([file], 'kinds.yaml:2', 'teleport', 'temprature: unknown field');
  });

  it('rows that lack a column, naming row and column', async () => {
    const review = world.file('review.yaml', REVIEW);
    const bad = world.file('bad.jsonl', '{"question":"x"}\n{"query":"y"}\n');
    await refused([review, '--rows', bad], 'ROWS_INVALID', 'question');
  });

  it('malformed JSON Lines, naming the line', async () => {
    const review = world.file('review.yaml', REVIEW);
    const bad = world.file('broken.jsonl', '{"question":"x"}\n{"question":\n');
    await refused([review, '--rows', bad], 'broken.jsonl:2');
  });

  it('a prompt longer than the context, naming both lengths', { timeout: 120_000 }, async () => {
    const review = world.file('review.yaml', REVIEW);
    const long = world.file('long.jsonl', `${JSON.stringify({ question: 'why '.repeat(4000) })}\n`);
    await refused([review, '--rows', long], 'PROMPT_TOO_LONG', 'the model takes 2048');
  });

  it('texts that are not UTF-8', async () => {
    const path = join(world.home, 'latin1.jsonl');
    writeFileSync(path, Buffer.from('{"question":"caf\xe9"}\n', 'latin1'));
    const review = world.file('review.yaml', REVIEW);
    await refused([review, '--rows', path], 'TEXT_INVALID', 'not valid UTF-8');
  });

  it('lone surrogates, naming the row', async () => {
    const review = world.file('review.yaml', REVIEW);
    const bad = world.file('surrogate.jsonl', '{"question":"half \\ud83d"}\n');
    await refused([review, '--rows', bad], 'surrogate.jsonl:1', 'lone surrogate');
  });

  it('a model that no worker serves', { timeout: 120_000 }, async () => {
    const file = world.file(
      'model.yaml',
      'operators:\n  a: { llm: { model: gpt-9, user: hi } }\noutputs: { o: a }\n',
    );
    await refused([file], 'MODEL_NOT_SERVED', 'gpt-9');
  });

  it('a truncated model file, naming what is missing where', async () => {
    const copy = join(world.home, 'truncated.gguf');
    const { readFileSync, statSync } = await import('node:fs');
    writeFileSync(copy, readFileSync(world.model));
    truncateSync(copy, statSync(copy).size - 1000);
    const review = world.file('review.yaml', REVIEW);
    const { code, stderr } = await world.helium(
      'run',
      review,
      '--rows',
      rows,
      '--model',
      copy,
      '--workers',
      '1',
      '--quiet',
    );
    expect(stderr).toContain('MODEL_INVALID');
    expect(stderr).toMatch(/offset/);
    expect(code).not.toBe(0);
  });

  it('settings it does not know or accept', async () => {
    const { code, stderr } = await world.helium('run', 'debate', '--max-batch', '0');
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('max-batch: "0" (from flag) is not a whole number from 1 to 4096'),
    ]);
  });

  it('a coordinator that is not there', async () => {
    const review = world.file('review.yaml', REVIEW);
    const { code } = await world.helium(
      'run',
      review,
      '--rows',
      rows,
      '--coordinator',
      '127.0.0.1:9',
      '--quiet',
    );
    expect(code).toBe(3);
  });

  it('to listen on a port in use, naming the address', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, stderr } = await world.helium('coordinator', '--listen', `127.0.0.1:${port}`);
    server.close();
    expect(stderr).toContain(`127.0.0.1:${port}`);
    expect(stderr).toContain('ADDRESS_IN_USE');
    expect(code).toBe(2);
  });
});
