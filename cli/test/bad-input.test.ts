import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import { createTinyModel } from '@helium/model/tiny';
import { WorkerService } from '@helium/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Child, spawnChild, startChild, startRoom } from './child.fixture.ts';
import { createWorld, questionRows, REVIEW, type World } from './helium.fixture.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

const HELLO = {
  workerId: 'w2',
  model: 'other',
  modelDigest: 'a'.repeat(64),
  tokenizerDigest: 'b'.repeat(64),
  engine: 'sim',
  maxCalls: 4,
  maxBatch: 2,
  contextTokens: 100,
  blockTokens: 16,
};

let world: World;
let rows: string;
/** A coordinator with one worker, for what has to reach one to be refused. */
let cluster: Child;
let address: string;

beforeAll(async () => {
  world = await createWorld();
  rows = world.file('rows.jsonl', questionRows(0, 1));
  const args = ['--workers', '1', '--listen', '127.0.0.1:0', '--message-mib-max', '1', '--json'];
  cluster = spawnChild(process.execPath, [MAIN, 'up', ...args], { env: world.environment });
  [, address = ''] = await cluster.says(/"coordinator":"([^"]+)"/);
});

afterAll(async () => {
  cluster.signal('SIGTERM');
  await cluster.exited;
});

/** Runs and expects a refusal: exit code 2 and these words. */
async function refused(args: readonly string[], ...words: readonly string[]): Promise<void> {
  const { code, stderr } = await world.helium('run', ...args, '--coordinator', address, '--quiet');
  for (const word of words) expect(stderr).toContain(word);
  expect(code).toBe(2);
}

/** `helium run` with a worker of its own on this model file; expects that the worker refuses it. */
async function modelRefused(model: string, ...words: readonly string[]): Promise<void> {
  const review = world.file('review.yaml', REVIEW);
  const flags = ['--rows', rows, '--model', model, '--workers', '1', '--quiet'];
  const { code, stderr } = await world.helium('run', review, ...flags);
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
    // With a cluster of its own, which does not wait for what its workers load.
    const { code, stderr } = await world.helium('run', file, '--workers', '1', '--quiet');
    expect(stderr).toMatch(/^WORKFLOW_INVALID: .*ghost/);
    expect(code).toBe(2);
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
    const own = await world.helium('run', review, '--rows', bad, '--workers', '1', '--quiet');
    expect([own.code, own.stderr.split('\n')[0]]).toEqual([
      2,
      expect.stringMatching(/^ROWS_INVALID: .*row 1 lacks field "question"/),
    ]);
  });

  it('malformed JSON Lines, naming the line', async () => {
    const review = world.file('review.yaml', REVIEW);
    const bad = world.file('broken.jsonl', '{"question":"x"}\n{"question":\n');
    await refused([review, '--rows', bad], 'broken.jsonl:2');
  });

  it('a prompt longer than the context, naming both lengths', async () => {
    const review = world.file('review.yaml', REVIEW);
    const row = JSON.stringify({ question: 'why '.repeat(4000) });
    const long = world.file('long.jsonl', `${row}\n${row}\n`);
    const words = ['operator "draft", row 0 and 1 more: prompt is', 'takes 2048 for prompt'];
    await refused([review, '--rows', long], 'PROMPT_TOO_LONG', 'model "', ...words);
  });

  it('texts that are not UTF-8', async () => {
    const path = join(world.home, 'latin1.jsonl');
    writeFileSync(path, Buffer.from('{"question":"caf\xe9"}\n', 'latin1'));
    const review = world.file('review.yaml', REVIEW);
    const place = `${path}:1: is not valid UTF-8: byte 17 of the line is 0xe9`;
    await refused([review, '--rows', path], 'TEXT_INVALID', place);
  });

  it('lone surrogates, naming the row', async () => {
    const review = world.file('review.yaml', REVIEW);
    const bad = world.file('surrogate.jsonl', '{"question":"half \\ud83d"}\n');
    await refused([review, '--rows', bad], 'surrogate.jsonl:1', 'lone surrogate');
  });

  it('a model that no worker serves', async () => {
    const file = world.file(
      'model.yaml',
      'operators:\n  a: { llm: { model: gpt-9, user: hi } }\noutputs: { o: a }\n',
    );
    await refused([file], 'MODEL_NOT_SERVED', 'gpt-9');
  });

  it('a truncated model file, naming tensor, offset and sizes', async () => {
    const cut = join(world.home, 'truncated.gguf');
    writeFileSync(cut, readFileSync(world.model).subarray(0, -1000));
    await modelRefused(cut, 'MODEL_INVALID: worker 1:', 'tensor ', ' bytes at offset ');
  });

  it('one that lacks more tensors than it has room to tell, by the first of them', async () => {
    const layers = 12;
    const large = await createTinyModel(world.home, { fileName: 'layers.gguf', layers });
    const bytes = readFileSync(large);
    const half = join(world.home, 'half.gguf');
    writeFileSync(half, bytes.subarray(0, Math.ceil(bytes.length / 8)));
    await modelRefused(half, 'MODEL_INVALID: worker 1:', 'half.gguf: tensor ', ' the file has ');
  });

  it('a corrupted model file, naming the tensor', async () => {
    const bytes = readFileSync(world.model);
    const name = 'blk.0.attn_v.weight';
    bytes.writeUInt32LE(9, bytes.indexOf(name) + name.length);
    const corrupted = join(world.home, 'corrupted.gguf');
    writeFileSync(corrupted, bytes);
    await modelRefused(corrupted, 'MODEL_INVALID: worker 1:', name, '9 dimensions');
  });

  it('a model of an architecture it does not have, naming it', async () => {
    const metadata = { 'general.architecture': { kind: 'text', value: 'gemma3' } } as const;
    const other = await createTinyModel(world.home, { fileName: 'qwen.gguf', metadata });
    await modelRefused(other, 'MODEL_UNSUPPORTED: worker 1:', '"qwen2"');
  });

  it('a worker of another protocol, by both versions, and serves on', async () => {
    const client = new WorkerService(address, credentials.createInsecure());
    const stream = client.attach();
    const refusal = once(stream, 'error');
    stream.write({ hello: { ...HELLO, protocolMajor: 2, protocolMinor: 3 } });
    const [error] = (await refusal) as [ServiceError];
    client.close();
    expect(error.details).toBe('worker "w2" speaks protocol 2.3, this coordinator speaks 1.0');
    const review = world.file('review.yaml', REVIEW);
    const report = await world.run(review, '--rows', rows, '--coordinator', address);
    expect(report.rows).toBe(1);
  });

  it('a batch larger than a message may be, naming size and limit', async () => {
    const review = world.file('review.yaml', REVIEW);
    const large = world.file(
      'large.jsonl',
      `${JSON.stringify({ question: 'x'.repeat(1 << 20) })}\n`,
    );
    const flags = ['--rows', large, '--coordinator', address, '--quiet'];
    const atServer = await world.helium('run', review, ...flags);
    expect(atServer.stderr).toMatch(/MESSAGE_TOO_LARGE: .*104\d{4} .*1048576/);
    expect(atServer.code).toBe(2);
    const atClient = await world.helium('run', review, ...flags, '--message-mib-max', '1');
    expect(atClient.stderr).toMatch(
      /MESSAGE_TOO_LARGE: the request is 104\d{4} bytes, .* 1048576 /,
    );
    expect(atClient.code).toBe(2);
  });

  it('a prompt that only the outputs make too long, naming operator, row and lengths', async () => {
    const copies = Array.from({ length: 8 }, () => '{{a}}').join(' ');
    const file = world.file(
      'grows.yaml',
      `operators:
  q: { input: question }
  a: { llm: { user: "{{q}}", max_tokens: 400 } }
  b: { llm: { user: "${copies}", max_tokens: 10 } }
outputs: { o: b }
`,
    );
    await refused(
      [file, '--rows', rows],
      'PROMPT_TOO_LONG',
      'operator "b", row 0: prompt is',
      'the model takes',
    );
  });

  it('a TypeScript file that cannot be loaded, as its author’s mistake, with the place', async () => {
    const cases = [
      ['syntax.ts', 'export const x = {', 'SyntaxError: '],
      ['throws.ts', '\nthrow new Error("mine");', 'Error: mine ('],
      ['imports.ts', 'import "./nowhere.ts";', 'nowhere.ts'],
      ['other.ts', 'export const workflow = { message: 3 };', 'exports no "workflow"'],
    ] as const;
    const refusals = cases.map(async ([name, content, reason]) => {
      const file = world.file(name, content);
      const { code, stderr } = await world.helium('run', file, '--rows', rows);
      expect([code, stderr]).toEqual([2, expect.stringContaining(`FILE_INVALID: ${file}: `)]);
      expect(stderr).toContain(reason);
    });
    await Promise.all(refusals);
    const { code, stderr } = await world.helium('run', 'nowhere.ts');
    expect([code, stderr]).toEqual([2, 'FILE_INVALID: nowhere.ts: no such file\n']);
  });

  it('what it is not called by, as JSON for who reads JSON', async () => {
    const { code, stdout } = await world.helium('run', '--frob', '--json');
    const error = { code: 'OPTIONS_INVALID', message: "unknown option '--frob'", faults: [] };
    expect([code, JSON.parse(stdout)]).toEqual([2, { error }]);
  });

  it('settings it does not know or accept', async () => {
    const { code, stderr } = await world.helium('run', 'debate', '--max-batch', '0');
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('max-batch: "0" (from flag) is not a whole number from 1 to 4096'),
    ]);
  });

  it('a coordinator that is not there, naming its address', async () => {
    const review = world.file('review.yaml', REVIEW);
    const flags = ['--rows', rows, '--coordinator', '127.0.0.1:9', '--quiet'];
    const { code, stderr } = await world.helium('run', review, ...flags);
    expect(stderr).toContain('UNREACHABLE: no coordinator answers at 127.0.0.1:9');
    expect(code).toBe(3);
  });

  it('numbers that are none, addresses that are none, and places it cannot write to', async () => {
    const review = world.file('review.yaml', REVIEW);
    const cases = [
      [['--deadline-ms', 'soon'], 'OPTIONS_INVALID: --deadline-ms: "soon"'],
      [['--seed', '1.5'], 'OPTIONS_INVALID: --seed: "1.5"'],
      [['--limit', '0'], 'OPTIONS_INVALID: --limit: "0"'],
      [['--coordinator', 'nowhere'], 'CONFIG_INVALID: coordinator: "nowhere"'],
      [['--out', join(world.home, 'no', 'such.jsonl')], 'FILE_INVALID: --out '],
    ] as const;
    const refusals = cases.map(async ([flags, reason]) => {
      const { code, stderr } = await world.helium('run', review, '--rows', rows, ...flags);
      expect([code, stderr]).toEqual([2, expect.stringContaining(reason)]);
    });
    await Promise.all(refusals);
  });

  it('to listen on a port in use, naming the address', async () => {
    for (const command of ['coordinator', 'up'] as const) {
      const sim = command === 'up' ? ['--engine', 'sim'] : [];
      const { code, stderr } = await world.helium(command, '--listen', address, ...sim);
      expect([code, stderr]).toEqual([2, expect.stringContaining('ADDRESS_IN_USE')]);
      expect(stderr).toContain(address);
    }
  });
});

describe('a full disk under the prompt cache', () => {
  it('costs hits, not the run: the run succeeds, and the errors are counted', async () => {
    const own = await createWorld();
    // No file of the coordinator may grow beyond the size of an empty store and a few results.
    const limited = `ulimit -f 160; exec "$0" "$@"`;
    const main = fileURLToPath(import.meta.resolve('@helium/coordinator/main'));
    const args = ['-c', limited, process.execPath, main, '--listen', '127.0.0.1:0'];
    const coordinator = startChild('bash', args, { env: own.environment });
    const [, at = ''] = await coordinator.says(/listening on (\S+)\n/);
    const flags = ['--coordinator', at, '--worker-id', 'w1', '--engine', 'sim'];
    const worker = startRoom('worker', own.environment, ...flags);
    await worker.says(/attached to \S+\n/);
    const review = own.file('review.yaml', REVIEW);
    const many = own.file('many.jsonl', questionRows(0, 400));
    const report = await own.run(review, '--rows', many, '--coordinator', at);
    expect(report.rows).toBe(400);
    const { stdout } = await own.helium('cache', 'stats', '--coordinator', at, '--json');
    expect(JSON.parse(stdout).errors).toBeGreaterThan(0);
    expect(coordinator.output.stderr).toMatch(/WARN .*cache/);
  });
});
