import { describe, expect, it } from 'vitest';
import { HeliumError } from '../errors/helium-error.ts';
import { parseSettingFlags, settingFlags } from './setting-flags.ts';
import { SETTINGS } from './settings.ts';

describe('parseSettingFlags', () => {
  it('takes every setting as --name value and --name=value, and leaves the other words', () => {
    for (const name of Object.keys(SETTINGS)) {
      const expected = { flags: { [name]: 'v' }, rest: ['word'] };
      expect(parseSettingFlags([`--${name}`, 'v', 'word'])).toEqual(expected);
      expect(parseSettingFlags(['word', `--${name}=v`])).toEqual(expected);
    }
  });

  it('takes the last of several, empty values, and everything after -- for words', () => {
    expect(parseSettingFlags(['--model', 'a', '--model=', '--', '--engine', 'sim'])).toEqual({
      flags: { model: '' },
      rest: ['--engine', 'sim'],
    });
    expect(parseSettingFlags(['--threads', '-1']).flags).toEqual({ threads: '-1' });
  });

  it('names every flag that is unknown or has no value', () => {
    const parse = () =>
      parseSettingFlags(['--colour', 'red', '-x', '--model', '--threads=2', '--engine']);
    expect(parse).toThrow(HeliumError);
    try {
      parse();
    } catch (error) {
      expect(HeliumError.from(error).faults.map((fault) => fault.field)).toEqual([
        '--colour',
        '-x',
        '--model',
        '--engine',
      ]);
    }
  });

  it('refuses settings that this program does not take', () => {
    expect(() => parseSettingFlags(['--model', 'm'], ['listen'])).toThrow(
      '--model: unknown flag; known: --listen',
    );
  });
});

describe('settingFlags', () => {
  it('says how each is written and what it accepts', () => {
    expect(settingFlags(['engine', 'max-batch'])).toEqual([
      {
        name: 'engine',
        usage: '--engine <choice>',
        description: SETTINGS.engine.description,
        accepts: 'onnx | sim, default onnx; HELIUM_ENGINE',
      },
      {
        name: 'max-batch',
        usage: '--max-batch <count>',
        description: SETTINGS['max-batch'].description,
        accepts: '1 to 4096, default 16; HELIUM_MAX_BATCH',
      },
    ]);
  });
});
