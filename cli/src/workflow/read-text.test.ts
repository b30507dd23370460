import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readText } from './read-text.ts';

it('names line and byte of what is no UTF-8', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'helium-text-'));
  const refused = (bytes: Buffer | string) => {
    writeFileSync(join(folder, 'f'), bytes);
    return readText(join(folder, 'f'), 'absent').then(
      () => expect.unreachable(),
      (error) => error.message.replace(`${folder}/`, ''),
    );
  };
  const latin = Buffer.from('a\nb é \u00e9', 'latin1');
  expect(await refused(latin)).toBe('f:2: is not valid UTF-8: byte 3 of the line is 0xe9');
  const behindWritten = Buffer.concat([Buffer.from('é\ufffd'), Buffer.from([0x80, 0x61])]);
  expect(await refused(behindWritten)).toBe('f:1: is not valid UTF-8: byte 6 of the line is 0x80');
  const cut = Buffer.from('x\n€').subarray(0, -1);
  expect(await refused(cut)).toBe('f:2: is not valid UTF-8: byte 1 of the line is 0xe2');
  await expect(readText(join(folder, 'g'), 'absent')).rejects.toThrow('g: absent');
  await expect(readText(folder, 'absent')).rejects.toThrow(
    'cannot be read: it is a folder (EISDIR)',
  );
  writeFileSync(join(folder, 'f'), '\ufeffok €\ufffd');
  expect(await readText(join(folder, 'f'), 'absent')).toBe('ok €\ufffd');
  rmSync(folder, { recursive: true });
});
