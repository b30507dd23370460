import { describe, expect, it } from 'vitest';
import { StreamWriter } from './stream-writer.ts';

/** Takes `room` messages, then says no until it is drained. */
function slowCall(room: number) {
  const written: number[] = [];
  let left = room;
  let onDrain = () => {};
  return {
    written,
    write(message: number) {
      written.push(message);
      return --left > 0;
    },
    on: (_event: 'drain', listener: () => void) => {
      onDrain = listener;
    },
    drain() {
      left = room;
      onDrain();
    },
  };
}

describe('StreamWriter', () => {
  it('writes no more than the stream wants and keeps the order', () => {
    const call = slowCall(2);
    const writer = new StreamWriter(call, 10);
    for (let i = 0; i < 5; i++) expect(writer.send(i)).toBe(true);
    expect(call.written).toEqual([0, 1]);
    call.drain();
    expect(call.written).toEqual([0, 1, 2, 3]);
    call.drain();
    writer.send(5);
    expect(call.written).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('refuses a message when its queue is full', () => {
    const writer = new StreamWriter(slowCall(1), 2);
    expect([0, 1, 2, 3].map((i) => writer.send(i))).toEqual([true, true, true, false]);
  });

  it('leaves out what may be left out while the stream is full', () => {
    const call = slowCall(2);
    const writer = new StreamWriter(call, 2);
    for (let i = 0; i < 4; i++) writer.sendIfFree(i);
    call.drain();
    writer.sendIfFree(4);
    expect(call.written).toEqual([0, 1, 4]);
  });

  it('is silent once stopped', () => {
    const call = slowCall(1);
    const writer = new StreamWriter(call, 2);
    writer.send(0);
    writer.send(1);
    writer.stop();
    call.drain();
    expect([call.written, writer.send(2)]).toEqual([[0], true]);
  });
});
