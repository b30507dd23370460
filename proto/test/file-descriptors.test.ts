import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { fileDescriptors } from '@helium/proto';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUF = fileURLToPath(new URL('../../node_modules/.bin/buf', import.meta.url));

describe('fileDescriptors', () => {
  it('is what the proto files compile to now', () => {
    const set = execFileSync(BUF, ['build', '--exclude-source-info', '-o', '-'], { cwd: ROOT });
    const files = fileDescriptors();
    expect(files.length).toBeGreaterThan(5);
    // Each file stands in the set behind its tag and length, and nothing stands between them.
    const framed = files.map((file) => {
      const length = [file.length & 0x7f, file.length >> 7];
      return Buffer.concat([
        Buffer.from([
          0x0a,
          ...(length[1] ? [(length[0] ?? 0) | 0x80, length[1]] : length.slice(0, 1)),
        ]),
        file,
      ]);
    });
    expect(Buffer.concat(framed).equals(set)).toBe(true);
  });

  it('name the package that Go makes of each of our files, for protoc-gen-go refuses those without', () => {
    const ours = fileDescriptors()
      .map((file) => file.toString('latin1'))
      .filter((file) => /^.{2,3}helium\/v1\//s.test(file));
    expect(ours).toHaveLength(5);
    for (const file of ours) expect(file).toContain('helium/v1;heliumv1');
  });
});
