import { describe, expect, it } from 'vitest';
import { HeliumError } from '../errors/helium-error.ts';
import { createLogger, type LogLevel } from './logger.ts';

function logged(level: LogLevel) {
  const lines: string[] = [];
  const logger = createLogger('worker', level, { write: (l) => lines.push(l), wallTime: () => 0 });
  return { lines, logger };
}

describe('createLogger', () => {
  it('writes stamp, level, name, message and fields on one line', () => {
    const { lines, logger } = logged('info');
    logger.child('link').warn('lost', { epoch: 3, reason: 'no heartbeat', gone: undefined });
    expect(lines).toEqual([
      '1970-01-01T00:00:00.000Z WARN  worker/link: lost epoch=3 reason="no heartbeat"',
    ]);
  });

  it('leaves out what is less severe than its level', () => {
    const { lines, logger } = logged('warn');
    logger.debug('a');
    logger.info('b');
    logger.warn('c');
    logger.error('d');
    expect(lines.map((line) => line.slice(-1))).toEqual(['c', 'd']);
  });

  it('lets foreign text neither break the line nor steer a terminal', () => {
    const { lines, logger } = logged('info');
    logger.info('got \u001b[2J\n', { text: 'x\nERROR fake', empty: '' });
    expect(lines).toEqual([
      '1970-01-01T00:00:00.000Z INFO  worker: got \\u001b[2J\\n text="x\\nERROR fake" empty=""',
    ]);
  });

  it('shows an error by its code and message', () => {
    const { lines, logger } = logged('info');
    logger.error('no store', { error: new HeliumError('STORE_UNAVAILABLE', 'refused') });
    expect(lines[0]).toContain('error="STORE_UNAVAILABLE: refused"');
  });
});
