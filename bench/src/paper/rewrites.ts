import type { InstanceCall } from '@helium/coordinator/scheduler';
import { type Batch, dependenciesOf } from './shape.ts';

/** The batch in which the last `count` rows ask what the first ones ask, as other calls. */
export function repeatRows(batch: Batch, count: number): Batch {
  const { instance, rows, shape } = batch;
  const size = shape.operators.length;
  const calls = instance.calls.map((call, number): InstanceCall => {
    const from = rows - count;
    if (call.query < from) return call;
    const original = instance.calls[number - from * size]!;
    const prompt = original.prompt.map((item) => (item < 0 ? ~(~item + from * size) : item));
    return { ...call, prompt, out: original.out, deps: dependenciesOf([...prompt]) };
  });
  return { ...batch, instance: { ...instance, calls } };
}

/** Equal prompts, with equal answers in them, are one call: the first. */
export function mergeEqual(batch: Batch): Batch {
  const firstOf = new Map<string, number>();
  const isKept: boolean[] = [];
  const standsFor: number[] = [];
  batch.instance.calls.forEach(({ prompt }, number) => {
    const key = [...prompt].map((item) => (item < 0 ? ~standsFor[~item]! : item)).join(' ');
    const first = firstOf.get(key);
    if (first === undefined) firstOf.set(key, number);
    isKept.push(first === undefined);
    standsFor.push(first ?? number);
  });
  return keep(batch, isKept, standsFor);
}

/**
 * Calls of these operators were answered before: their outputs are texts, the same for equal prompts.
 * What they need must have been answered as well.
 */
export function answerBefore(batch: Batch, isAnswered: (operator: string) => boolean): Batch {
  const { instance, shape } = batch;
  const segments = [...instance.segments];
  const textOf = new Map<number, number>();
  const answers = new Map<string, number>();
  instance.calls.forEach(({ op, out, prompt }, number) => {
    if (!isAnswered(shape.operators[op]!.name)) return;
    const key = [...prompt].map((item) => (item < 0 ? textOf.get(~item) : item)).join(' ');
    const segment = answers.get(key) ?? segments.push(out) - 1;
    answers.set(key, segment);
    textOf.set(number, segment);
  });
  const calls = instance.calls.map((call) => {
    const prompt = call.prompt.map((item) => (item < 0 ? (textOf.get(~item) ?? item) : item));
    return { ...call, prompt, deps: dependenciesOf([...prompt]) };
  });
  const known = { ...batch, instance: { ...instance, segments: Int32Array.from(segments), calls } };
  const isKept = calls.map((_, number) => !textOf.has(number));
  return keep(
    known,
    isKept,
    calls.map((_, number) => number),
  );
}

/** Drops calls; what referred to one refers to the call that stands for it. */
function keep(batch: Batch, isKept: readonly boolean[], standsFor: readonly number[]): Batch {
  const { instance } = batch;
  let count = 0;
  const placeOf = isKept.map((kept) => (kept ? count++ : -1));
  const calls = instance.calls.flatMap((call, number): InstanceCall[] => {
    if (!isKept[number]) return [];
    const prompt = call.prompt.map((item) => (item < 0 ? ~placeOf[standsFor[~item]!]! : item));
    return [{ ...call, prompt, deps: dependenciesOf([...prompt]) }];
  });
  return { ...batch, instance: { ...instance, calls } };
}
