import { describe, expect, it } from 'vitest';
import { probeArithmetic } from './arithmetic.ts';
import { chooseForm, meetsKeysSingly } from './graph-form.ts';

describe('chooseForm', () => {
  it('names kernels by their form where it is not the one these kernels always had', async () => {
    const { digest, int8Saturates } = await probeArithmetic('cpu');
    const kernelsOf = async (isStacked: boolean) =>
      (await chooseForm({ precision: 'fast', stackedQueries: isStacked ? 'on' : 'off' })).kernels;
    expect(await kernelsOf(!int8Saturates)).toBe(digest);
    expect(await kernelsOf(int8Saturates)).toBe(
      `${digest} ${int8Saturates ? 'stacked' : 'single'}`,
    );
  });

  it('chooses one of the two where it is not told', async () => {
    const chosen = await chooseForm({ precision: 'exact' });
    const stackedQueries = chosen.form.stackedQueries ? 'on' : 'off';
    expect(await chooseForm({ precision: 'exact', stackedQueries })).toEqual(chosen);
  });
});

describe('meetsKeysSingly', () => {
  it.each([
    ['AMD EPYC', true],
    ['AMD Ryzen 9 7950X 16-Core Processor', true],
    ['INTEL(R) XEON(R) PLATINUM 8581C CPU @ 2.10GHz', false],
    ['Apple M2', false],
    [undefined, false],
  ])('of %s: %s', (model, expected) => {
    expect(meetsKeysSingly(model)).toBe(expected);
  });
});
