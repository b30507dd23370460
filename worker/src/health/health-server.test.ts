import { status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startHealthServer } from './health-server.ts';
import { proberOf } from './prober.fixture.ts';

async function start(listen = '127.0.0.1:0') {
  const server = await startHealthServer(listen);
  onTestFinished(() => server.close());
  return { server, check: proberOf(server.address) };
}

describe('the health service of a worker', () => {
  it('is alive and not ready while the worker loads its model', async () => {
    const { check } = await start();
    expect(await check('liveness')).toBe('SERVING');
    expect(await check('readiness')).toBe('NOT_SERVING');
    expect(await check('')).toBe('NOT_SERVING');
  });

  it.each([
    ['attached', 'SERVING', 'SERVING'],
    ['detached', 'NOT_SERVING', 'SERVING'],
    ['draining', 'NOT_SERVING', 'SERVING'],
    ['failed', 'NOT_SERVING', 'NOT_SERVING'],
  ] as const)(
    'says of a worker that is %s: readiness %s, liveness %s',
    async (state, ready, live) => {
      const { server, check } = await start();
      server.report('attached');
      server.report(state);
      expect(await check('')).toBe(ready);
      expect(await check('readiness')).toBe(ready);
      expect(await check('liveness')).toBe(live);
    },
  );

  it('knows no other service', async () => {
    const { check } = await start();
    await expect(check('other')).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  it('names the address that is in use', async () => {
    const { server } = await start();
    await expect(startHealthServer(server.address)).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      message: `health-listen: ${server.address} is in use by another program`,
    });
  });

  it.each(['192.0.2.1:0', 'nowhere'])('refuses %s, naming the setting', async (listen) => {
    await expect(startHealthServer(listen)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('health-listen'),
    });
  });
});
