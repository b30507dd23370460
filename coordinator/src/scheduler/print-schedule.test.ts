import { describe, expect, it } from 'vitest';
import { printSchedule } from './print-schedule.ts';
import { planSchedule } from './schedule.ts';
import { shippedInstance } from './shipped-instances.cases.ts';
import { REFERENCE_TIMING } from './simulation/step-timing.ts';

const instance = shippedInstance('s12-debate-w2');

const describeCall = (call: number) => {
  const { op, query } = instance.calls[call]!;
  return `round${op >> 1}.agent${op % 2} row ${query}`;
};

describe('printSchedule', () => {
  it('shows nested sequences group by group', async () => {
    const { schedule } = planSchedule({ instance, policy: 'cache-aware', seed: 1 });
    const text = printSchedule(instance, schedule, { describeCall, timing: REFERENCE_TIMING });
    await expect(text).toMatchFileSnapshot('testdata/debate.schedule.txt');
  });

  it('shows plain sequences call by call and counts what it leaves out', async () => {
    const { schedule } = planSchedule({ instance, policy: 'lspf', seed: 1 });
    const text = printSchedule(instance, schedule, { maxCalls: 3 });
    await expect(text).toMatchFileSnapshot('testdata/debate-short.schedule.txt');
  });
});
