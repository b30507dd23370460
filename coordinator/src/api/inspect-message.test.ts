import { RunService, type wire } from '@helium/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectMessage } from './inspect-message.ts';

const encode = (request: wire.CreateRunRequest) =>
  RunService.service.CreateRun.requestSerialize(request);

/** Replaces the first byte of `text` in the message by one that no UTF-8 text has. */
function spoil(bytes: Buffer, text: string): Buffer {
  const spoiled = Buffer.from(bytes);
  spoiled[spoiled.indexOf(text)] = 0xff;
  return spoiled;
}

const REQUEST: wire.CreateRunRequest = {
  workflow: {
    name: 'w',
    operators: [
      { id: 'a', constant: { text: 'plain' } },
      {
        id: 'b',
        llm: {
          messages: [{ role: 'ROLE_USER', content: [{ ref: 'a' }, { text: 'question' }] }],
          sampling: { temperature: 0.5, seed: '7' },
        },
      },
    ],
  },
  rows: [{ fields: { column: 'value' } }],
  options: { deadlineMs: '100', seed: 3 },
};

describe('inspectMessage', () => {
  it('finds nothing in a good request', () => {
    expect(inspectMessage('CreateRunRequest', encode(REQUEST))).toEqual([]);
  });

  it('names the field whose text is not UTF-8', () => {
    const text = spoil(encode(REQUEST), 'question');
    expect(inspectMessage('CreateRunRequest', text)).toEqual([
      {
        code: 'TEXT_INVALID',
        field: 'workflow.operators[1].llm.messages[0].content[1].text',
        message: 'its 8 bytes are not UTF-8',
      },
    ]);
    const value = spoil(encode(REQUEST), 'value');
    expect(inspectMessage('CreateRunRequest', value)[0]?.field).toBe('rows[0].fields[0].value');
  });

  it('names fields that this version does not know', () => {
    // An operator (field 2 of the workflow) with the kind of field 99: tag 0x9a 0x06, empty message.
    const operator = Buffer.from([0x0a, 1, 0x61, 0x9a, 0x06, 0]);
    const workflow = Buffer.concat([Buffer.from([0x12, operator.length]), operator]);
    const request = Buffer.concat([Buffer.from([0x12, workflow.length]), workflow]);
    expect(inspectMessage('CreateRunRequest', request)).toEqual([
      {
        code: 'REQUEST_INVALID',
        field: 'workflow.operators[0]',
        message: 'field number 99 is not known to this version',
      },
    ]);
  });

  it('ends on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(Array.isArray(inspectMessage('CreateRunRequest', Buffer.from(bytes)))).toBe(true);
      }),
    );
  });
});
