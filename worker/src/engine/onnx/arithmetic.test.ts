import { describe, expect, it } from 'vitest';
import { probeArithmetic } from './arithmetic.ts';
import { offeredDevices } from './device.ts';

describe('probeArithmetic', () => {
  it('finds the same in another thread of this processor', async () => {
    const here = await probeArithmetic('cpu');
    expect(here.digest).toMatch(/^[0-9a-f]{8}$/);
    const { Worker } = await import('node:worker_threads');
    const module = new URL('./arithmetic.ts', import.meta.url).href;
    const source = `
      const { parentPort } = await import('node:worker_threads');
      const { probeArithmetic } = await import(${JSON.stringify(module)});
      parentPort.postMessage(await probeArithmetic('cpu'));`;
    const thread = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
    const there = await new Promise((resolve, reject) => {
      thread.once('message', resolve).once('error', reject);
    });
    await thread.terminate();
    expect(there).toEqual(here);
  });

  it('refuses a device that is not there by name', async () => {
    const absent = (['coreml', 'directml'] as const).find((d) => !offeredDevices().includes(d))!;
    await expect(probeArithmetic(absent)).rejects.toThrow(`device ${absent} cannot be used`);
  });
});
