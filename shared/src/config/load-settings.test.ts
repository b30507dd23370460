import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeliumError } from '../errors/helium-error.ts';
import { loadSettings } from './load-settings.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'helium-config-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const load = (text: string | Uint8Array, flags = {}) => {
  writeFileSync(join(home, 'config.yaml'), text);
  return loadSettings({ flags, environment: { HELIUM_HOME: home } });
};

function refusal(text: string | Uint8Array): HeliumError {
  try {
    load(text);
  } catch (error) {
    return HeliumError.from(error);
  }
  throw new Error('it was accepted');
}

describe('loadSettings', () => {
  it('reads config.yaml in home, below flags and environment', () => {
    const { values, origins } = load('max-batch: 3\nengine: sim\n# a note\n', { engine: 'onnx' });
    expect([values['max-batch'], values.engine, values.home]).toEqual([3, 'onnx', home]);
    expect([origins['max-batch'], origins.engine, origins.home, origins.threads]).toEqual([
      'file',
      'flag',
      'environment',
      'default',
    ]);
  });

  it('reads it in the XDG config folder where home is not set', () => {
    mkdirSync(join(home, 'helium'));
    writeFileSync(join(home, 'helium', 'config.yaml'), 'workers: 5');
    const { values } = loadSettings({ flags: {}, environment: { XDG_CONFIG_HOME: home } });
    expect(values.workers).toBe(5);
  });

  it('takes a home from its caller before flag and variable', () => {
    writeFileSync(join(home, 'config.yaml'), 'workers: 5');
    const flags = { home: '/nowhere' };
    const { values } = loadSettings({ flags, environment: { HELIUM_HOME: '/nowhere' }, home });
    expect([values.workers, values.home]).toEqual([5, home]);
  });

  it.each(['', '# nothing\n', '---\n', '{}'])('takes %j for no settings', (text) => {
    expect(load(text).origins.workers).toBe('default');
  });

  it('does without a file', () => {
    expect(loadSettings({ flags: {}, environment: {}, home }).values.workers).toBe(2);
  });

  it.each([
    ['workers: 5\nengine: [sim\n', ':3:1: '],
    ['workers: 5\n\tengine: sim\n', ':2:'],
    ['workers: 5\nengine: sim\nworkers: 6\n', ':3:1: Map keys must be unique'],
    ['- workers\n', ':1: the file is not a mapping'],
    ['just text\n', ':1: the file is not a mapping'],
  ])('refuses %j by path and line', (text, expected) => {
    const error = refusal(text);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(join(home, 'config.yaml') + expected);
  });

  it('refuses what is not UTF-8 by path', () => {
    expect(refusal(Uint8Array.of(0x61, 0x3a, 0x20, 0xff)).message).toMatch(/config.yaml: cannot/);
  });

  it('names the file beside every setting in it that is not accepted', () => {
    const error = refusal('workers: many\ncolour: red\n');
    expect(error.message).toContain(join(home, 'config.yaml'));
    expect(error.faults.map((fault) => fault.field)).toEqual(['colour', 'workers']);
  });

  it('takes an embedded cluster of 1 to 1024 workers', () => {
    expect(load('workers: 1').values.workers).toBe(1);
    expect(load('workers: 1024').values.workers).toBe(1024);
    for (const wrong of [0, 1025]) {
      expect(refusal(`workers: ${wrong}`).faults).toMatchObject([{ field: 'workers' }]);
    }
  });
});
