import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ModelFile, openModel } from '@helium/model';
import { createTinyModel } from '@helium/model/tiny';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GraphForm } from '../graph/precision.ts';
import { type CachedGraphs, type GraphUse, openGraphs } from './graph-cache.ts';

let folder: string;
let graphFolder: string;
let model: ModelFile;
let notices: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'helium-graphs-'));
  graphFolder = join(folder, 'graphs');
  model = openModel(await createTinyModel(folder));
  notices = [];
});

afterEach(() => {
  model.close();
  rmSync(folder, { recursive: true });
});

function open(of = model) {
  return openAs({}, { of });
}

interface Opening {
  readonly of?: ModelFile;
  readonly inspect?: (folder: string) => Promise<string | undefined>;
  readonly use?: GraphUse<CachedGraphs>;
}

const PATHS = { open: async (graphs: CachedGraphs) => graphs, close: async () => undefined };

function openAs(change: Partial<GraphForm>, { of = model, inspect, use = PATHS }: Opening = {}) {
  const form = {
    precision: 'fast',
    offsetWeights: false,
    stackedQueries: true,
    ...change,
  } as const;
  const notice = (message: string) => notices.push(message);
  return openGraphs(of, form, { graphFolder, notice, inspect }, use);
}

/** The model with one way to read replaced. */
function modelWith(changes: Partial<ModelFile>): ModelFile {
  return {
    path: model.path,
    config: model.config,
    tokenizer: model.tokenizer,
    digest: model.digest,
    openEmbedding: () => model.openEmbedding(),
    readFinalNorm: () => model.readFinalNorm(),
    openHead: () => model.openHead(),
    readLayer: (layer, tensor) => model.readLayer(layer, tensor),
    close: () => undefined,
    ...changes,
  };
}

describe('openGraphs', () => {
  it('builds once and uses the folder again', async () => {
    const { decode } = await open();
    const before = statSync(decode).mtimeMs;
    expect((await open()).decode).toBe(decode);
    expect(statSync(decode).mtimeMs).toBe(before);
    expect(notices).toEqual([]);
  });

  it('removes what an earlier version built, long unused, where it builds, and marks what it opens', async () => {
    const old = join(graphFolder, `${model.digest}-1-fast`);
    mkdirSync(old, { recursive: true });
    writeFileSync(join(old, 'manifest.json'), '{}');
    const before = new Date('2020-01-01');
    utimesSync(join(old, 'manifest.json'), before, before);
    const manifest = join(dirname((await open()).decode), 'manifest.json');
    expect(existsSync(old)).toBe(false);
    expect(notices).toEqual([expect.stringContaining(old)]);
    utimesSync(manifest, before, before);
    await open();
    expect(statSync(manifest).mtimeMs).toBeGreaterThan(before.getTime());
  });

  it('builds the same bytes every time', async () => {
    const first = dirname((await open()).decode);
    const bytes = readdirSync(first).map((name) => readFileSync(join(first, name)));
    rmSync(graphFolder, { recursive: true });
    await open();
    expect(readdirSync(first).map((name) => readFileSync(join(first, name)))).toEqual(bytes);
  });

  it('keeps precisions apart', async () => {
    const exact = await openAs({ precision: 'exact' });
    expect(dirname(exact.decode)).not.toBe(dirname((await open()).decode));
  });

  it.each([{ offsetWeights: true }, { stackedQueries: false }])(
    'keeps %o apart: a cache may come from a machine of another kind',
    async (change) => {
      const other = await openAs(change);
      expect(dirname(other.decode)).not.toBe(dirname((await open()).decode));
    },
  );

  it.each([
    ['a cut weight file', 'weights.bin', (path: string) => truncateSync(path, 100)],
    ['a flipped byte', 'weights.bin', flipByte],
    ['a flipped byte in a graph', 'prefill-0.onnx', flipByte],
    ['a missing graph', 'head.onnx', (path: string) => rmSync(path)],
    ['a missing manifest', 'manifest.json', (path: string) => rmSync(path)],
    ['a manifest that is no JSON', 'manifest.json', (path: string) => writeFileSync(path, '{')],
  ])('says so and builds anew after %s', async (_, name, damage) => {
    const path = join(dirname((await open()).decode), name);
    const whole = readFileSync(path);
    damage(path);
    await open();
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain(name);
    expect(readFileSync(path)).toEqual(whole);
    await open();
    expect(notices).toHaveLength(1);
  });

  it('builds anew what an inspection elsewhere found damaged', async () => {
    const { decode } = await open();
    const before = statSync(decode).ino;
    const inspect = async (folder: string) => (folder === dirname(decode) ? 'burnt' : undefined);
    await openAs({}, { inspect });
    expect(notices).toEqual([expect.stringContaining('burnt')]);
    expect(statSync(decode).ino).not.toBe(before);
  });

  it('closes what it opened of damaged weights, and gives what it opened anew', async () => {
    const weights = join(dirname((await open()).decode), 'weights.bin');
    const whole = readFileSync(weights);
    flipByte(weights);
    const closed: Buffer[] = [];
    const use = {
      open: async () => readFileSync(weights),
      close: async (opened: Buffer) => {
        closed.push(opened);
      },
    };
    const notice = (message: string) => notices.push(message);
    const form = { precision: 'fast', offsetWeights: false, stackedQueries: true } as const;
    const opened = await openGraphs(model, form, { graphFolder, notice }, use);
    expect(opened).toEqual(whole);
    expect(closed).toHaveLength(1);
    expect(closed[0]).not.toEqual(whole);
  });

  it('opens no graph that is damaged itself', async () => {
    flipByte((await open()).head);
    let openings = 0;
    const use = {
      open: async (graphs: CachedGraphs) => {
        openings++;
        return graphs;
      },
      close: async () => expect.fail('nothing was to be closed'),
    };
    await openAs({}, { use });
    expect(openings).toBe(1);
  });

  it('lets through what opening throws, where nothing is damaged, and builds anew where weights are', async () => {
    const { decode } = await open();
    let openings = 0;
    const use = {
      open: async (graphs: CachedGraphs) => {
        if (openings++ === 0) throw new Error('cannot be opened');
        return graphs;
      },
      close: async () => expect.fail('nothing was to be closed'),
    };
    await expect(openAs({}, { use })).rejects.toThrow('cannot be opened');
    expect(notices).toEqual([]);
    openings = 0;
    flipByte(join(dirname(decode), 'weights.bin'));
    expect((await openAs({}, { use })).decode).toBe(decode);
    expect(notices).toHaveLength(1);
  });

  it('closes what it opened where the inspection itself fails', async () => {
    await open();
    let closings = 0;
    const use = {
      open: async (graphs: CachedGraphs) => graphs,
      close: async () => {
        closings++;
      },
    };
    const inspect = () => Promise.reject(new Error('nobody looks'));
    await expect(openAs({}, { inspect, use })).rejects.toThrow('nobody looks');
    expect(closings).toBe(1);
  });

  it('reports a full disk and leaves nothing behind', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
    });
    const filling = modelWith({
      openHead: () => {
        throw full;
      },
    });
    await expect(open(filling)).rejects.toThrow(
      expect.objectContaining({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(/^graph cache .* cannot be built: the disk is full$/),
      }),
    );
    expect(readdirSync(graphFolder)).toEqual([]);
  });

  it('reports a folder that cannot be', async () => {
    graphFolder = join(model.path, 'graphs');
    await expect(open()).rejects.toThrow(
      expect.objectContaining({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('a parent of it is not a folder'),
      }),
    );
  });

  it('refuses weights that are not numbers, naming tensor and element', async () => {
    const broken = modelWith({
      readLayer: (layer, tensor) => {
        const weights = model.readLayer(layer, tensor);
        if (layer === 1 && tensor === 'down') weights[5] = Number.NaN;
        return weights;
      },
    });
    await expect(open(broken)).rejects.toThrow(
      expect.objectContaining({
        code: 'MODEL_INVALID',
        message: expect.stringContaining('layer.1.down holds NaN at element 5'),
      }),
    );
    expect(readdirSync(graphFolder)).toEqual([]);
  });
});

function flipByte(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
}
