import { createHash } from 'node:crypto';
import {
  appendFile,
  copyFile,
  mkdir,
  readFile,
  rename,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { hashFileAside } from './hash-file.ts';
import { openModel } from './open-model.ts';
import { useTemporaryFolder } from './temporary-folder.fixture.ts';
import { createTinyModel } from './tiny/tiny-gguf.ts';

const at = useTemporaryFolder();

describe('hashFileAside', () => {
  it('finds the hash that is the digest of a model', async () => {
    const path = await createTinyModel(at());
    const model = openModel(path);
    expect((await hashFileAside(path))?.sha256).toBe(model.digest);
    model.close();
  });

  it('reads every piece of a file that is larger than one', async () => {
    const bytes = new Uint8Array((5 << 20) + 7).map((_, i) => (i * 7919) >> 8);
    await writeFile(at('large'), bytes);
    const expected = createHash('sha256').update(bytes).digest('hex');
    expect((await hashFileAside(at('large')))?.sha256).toBe(expected);
  });

  it('gives nothing for a folder and for what is not there', async () => {
    await mkdir(at('folder'), { recursive: true });
    expect(await hashFileAside(at('folder'))).toBeUndefined();
    expect(await hashFileAside(at('none'))).toBeUndefined();
  });
});

describe('openModel', () => {
  it('takes a known hash of the file as it is', async () => {
    const path = await createTinyModel(at());
    const { state } = (await hashFileAside(path))!;
    const sha256 = 'a'.repeat(64);
    const model = openModel(path, () => ({ sha256, state }));
    expect(model.digest).toBe(sha256);
    model.close();
  });

  it.each([
    ['was replaced', replace],
    ['was written to', (path: string) => appendFile(path, 'more')],
    ['was written to and given its old time', rewrite],
  ])('hashes a file that %s after its hash became known', async (_, change) => {
    const path = await createTinyModel(at());
    const known = await hashFileAside(path);
    await change(path);
    const model = openModel(path, () => known && { ...known, sha256: 'a'.repeat(64) });
    expect(model.digest).toBe((await hashFileAside(path))?.sha256);
    model.close();
  });
});

async function replace(path: string): Promise<void> {
  await copyFile(path, `${path}.copy`);
  await rename(`${path}.copy`, path);
}

async function rewrite(path: string): Promise<void> {
  const { atime, mtime } = await stat(path);
  const bytes = await readFile(path);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(path, bytes);
  await utimes(path, atime, mtime);
}
