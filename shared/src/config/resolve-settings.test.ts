import { describe, expect, it } from 'vitest';
import { HeliumError } from '../errors/helium-error.ts';
import { resolveSettings } from './resolve-settings.ts';

const NONE = { flags: {}, environment: {}, file: {} };

describe('resolveSettings', () => {
  it('takes flag before environment before file before default', () => {
    const file = { 'max-batch': 3, threads: 3, workers: 3 };
    const environment = { HELIUM_MAX_BATCH: '2', HELIUM_THREADS: '2' };
    const { values, origins } = resolveSettings({ flags: { 'max-batch': '1' }, environment, file });
    expect([values['max-batch'], values.threads, values.workers]).toEqual([1, 2, 3]);
    expect([origins['max-batch'], origins.threads, origins.workers, origins.engine]).toEqual([
      'flag',
      'environment',
      'file',
      'default',
    ]);
  });

  it('names every fault: the key, the value, where it came from, what is accepted', () => {
    const refused = () =>
      resolveSettings({
        ...NONE,
        flags: { engine: 'cuda' },
        file: { 'max-batch': 0, colour: 1, valueOf: 1 },
      });
    expect(refused).toThrow(HeliumError);
    try {
      refused();
    } catch (error) {
      expect(HeliumError.from(error).message).toMatch(
        /^4 settings have faults, the first is colour: unknown setting/,
      );
      const faults = HeliumError.from(error).faults.map((f) => `${f.field}: ${f.message}`);
      expect(faults[0]).toContain('colour: unknown setting');
      expect(faults[1]).toContain('valueOf: unknown setting');
      expect(faults[2]).toBe('engine: "cuda" (from flag) is not one of onnx, sim');
      expect(faults[3]).toBe('max-batch: 0 (from file) is not a whole number from 1 to 4096');
    }
  });

  it('says of one fault that alone', () => {
    expect(() => resolveSettings({ ...NONE, flags: { engine: 'cuda' } })).toThrow(
      /^engine: "cuda" \(from flag\) is not one of onnx, sim$/,
    );
  });
});
