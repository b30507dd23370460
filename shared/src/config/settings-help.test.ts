import { describe, expect, it } from 'vitest';
import { formatHelp, isHelpWanted } from './settings-help.ts';

describe('formatHelp', () => {
  it('says what the program is for and what each flag takes', () => {
    const settings = ['engine', 'health-listen'] as const;
    expect(formatHelp({ program: 'helium worker', about: ['Serves a model.'], settings })).toBe(
      `Usage: helium worker [flags]

Serves a model.

Flags, each also a variable and a key of config.yaml:
  --engine <choice>
      What computes tokens in a worker.
      (onnx | sim, default onnx; HELIUM_ENGINE)
  --health-listen <text>
      Address of a port for probes alone, grpc.health.v1 without TLS, host:port. Empty: none.
      (text; HELIUM_HEALTH_LISTEN)
  -h, --help
      Print this and end.
`,
    );
  });
});

describe('isHelpWanted', () => {
  it.each([
    [['--help'], true],
    [['--engine', 'sim', '-h'], true],
    [['--engine', 'sim'], false],
    [['--', '--help'], false],
    [['-h', '--', 'x'], true],
  ])('is asked by %j: %s', (argv, expected) => {
    expect(isHelpWanted(argv)).toBe(expected);
  });
});
