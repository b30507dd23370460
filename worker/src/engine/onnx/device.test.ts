import { describe, expect, it } from 'vitest';
import { type Device, offeredDevices, requireDevice } from './device.ts';

const DEVICES: readonly Device[] = ['cpu', 'cuda', 'webgpu', 'coreml', 'directml'];

describe('requireDevice', () => {
  it('always has the CPU', async () => {
    expect(offeredDevices()).toContain('cpu');
    await requireDevice('cpu');
  });

  it.each(DEVICES)(
    'computes on %s, or names device, platform, reason and what there is',
    async (device) => {
      const refusal = await requireDevice(device).catch((error: unknown) => error);
      if (refusal === undefined) return;
      expect(refusal).toMatchObject({ code: 'CONFIG_INVALID', details: { device } });
      const others = offeredDevices().filter((other) => other !== device);
      const { message } = refusal as Error;
      expect(message).toMatch(new RegExp(`^device ${device} cannot be used on \\w+ \\w+: \\S+`));
      expect(message).toContain(`onnxruntime offers ${others.join(', ')} here`);
    },
  );

  it('refuses at least one device on every platform: none has both CoreML and DirectML', async () => {
    const absent = DEVICES.filter((device) => !offeredDevices().includes(device));
    expect(absent).not.toEqual([]);
    for (const device of absent) {
      await expect(requireDevice(device)).rejects.toThrow('onnxruntime does not offer it here');
    }
  });
});
