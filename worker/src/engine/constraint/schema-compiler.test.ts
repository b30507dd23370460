import { createTokenizer } from '@helium/shared/tokenizer';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EngineBench, newCall, user } from '../conformance-bench.fixture.ts';
import { createSimEngine } from '../sim/create-sim-engine.ts';
import { compileSchema } from './compile-schema.ts';
import { SchemaCompiler, type SchemaCompilerOptions } from './schema-compiler.ts';
import { buildVocabularyTrie } from './vocabulary-trie.ts';

const GOOD = JSON.stringify({
  type: 'object',
  properties: { when: { type: 'string', format: 'date' } },
  required: ['when'],
});
/** Small to write, and hours to compile: every optional letter may be followed by each of the others. */
const SLOW = JSON.stringify({ type: 'string', pattern: `^(?:${'a?'.repeat(3000)}){1,5}$` });
function open(options: SchemaCompilerOptions = {}): SchemaCompiler {
  const compiler = new SchemaCompiler(options);
  onTestFinished(() => compiler.close());
  return compiler;
}

describe('SchemaCompiler', () => {
  it('compiles on its thread what is compiled in place', async () => {
    const compiler = open();
    expect(await compiler.compile(GOOD)).toEqual(compileSchema(GOOD));
    const vocabulary = { bytes: Buffer.from('abab'), ends: Int32Array.of(1, 2, 4) };
    expect(await compiler.buildTrie(vocabulary)).toEqual(buildVocabularyTrie(vocabulary));
  });

  it('says why a schema is refused, and goes on', async () => {
    const compiler = open();
    const results = await Promise.allSettled([
      compiler.compile('{"type":"text"}'),
      compiler.compile(GOOD),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await expect(compiler.compile('{"type":"text"}')).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      faults: [{ field: '#' }],
    });
  });

  it('kills a thread that computes for too long, by its own computing time', async () => {
    const compiler = open({ cpuMsMax: 150 });
    const slow = compiler.compile(SLOW);
    const next = compiler.compile(GOOD);
    await expect(slow).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    await expect(slow).rejects.toThrow(
      /^the output schema \{"type":"string","pattern":"\^\(\?:a\?a\?.*…: compiling takes more than 150 ms of computing/,
    );
    expect(await next).toEqual(compileSchema(GOOD));
  });

  it('kills a thread that needs too much memory', async () => {
    const compiler = open({ heapMibMax: 40, cpuMsMax: 60_000 });
    const large = compiler.compile(SLOW);
    const next = compiler.compile(GOOD);
    await expect(large).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    await expect(large).rejects.toThrow('compiling takes more than 40 MiB');
    expect(await next).toEqual(compileSchema(GOOD));
  });
});

describe('an engine with a compiler', () => {
  const openEngine = (options: SchemaCompilerOptions = {}) => {
    const { engine, tokenizerSpec } = createSimEngine({
      schemaCompiler: new SchemaCompiler(options),
    });
    onTestFinished(() => engine.close());
    return new EngineBench({ engine, tokenizer: createTokenizer(tokenizerSpec) });
  };

  it('answers other calls while a hostile schema is compiled, and refuses that one by name', async () => {
    const bench = openEngine({ cpuMsMax: 300 });
    const order: string[] = [];
    const run = (name: string, outputSchema?: string) =>
      bench
        .run(newCall([user(name)], { maxTokens: 40, ...(outputSchema ? { outputSchema } : {}) }))
        .then((result) => {
          order.push(name);
          return result;
        });
    const [hostile, plain, alike, keeping] = await Promise.all([
      run('hostile', SLOW),
      run('plain'),
      run('alike', SLOW),
      run('keeping', GOOD),
    ]);
    expect(order[0]).toBe('plain');
    expect(plain.error).toBeUndefined();
    expect(hostile.error?.code).toBe('OPTIONS_INVALID');
    expect(hostile.error?.message).toContain('more than 300 ms of computing');
    expect(alike.error).toEqual(hostile.error);
    expect(JSON.parse(keeping.text)).toEqual({ when: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
    // It is known by now, and not compiled again.
    expect((await run('again', SLOW)).error).toEqual(hostile.error);
  });

  it('cancels calls that wait for their schema, and ends them when it closes', async () => {
    const bench = openEngine();
    const calls = ['a', 'b'].map((text) => newCall([user(text)], { outputSchema: SLOW }));
    const results = Promise.all(calls.map((call) => bench.run(call)));
    bench.engine.cancel(calls[0]!.id);
    await bench.engine.close();
    expect((await results).map(({ finish }) => finish)).toEqual(['cancelled', 'cancelled']);
  });
});
