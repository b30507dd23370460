import {
  type MachineModel,
  REFERENCE_TIMING,
  type StepTiming,
  WORK_PER_SECOND,
} from '@helium/coordinator/scheduler';
import { HeliumError, parseWholeNumber } from '@helium/shared';

/** The machine models that `--machine` names: the two evaluators of `PROBLEM.md`. */
const MACHINES = ['token-steps', 'batching'] as const;

/** Four numbers as `--step-seconds` takes them, in the order of `PROBLEM.md` section 5: A,B,C,D. */
export function parseStepSeconds(text: string | undefined): StepTiming {
  if (text === undefined) return REFERENCE_TIMING;
  const numbers = text.split(',').map(Number);
  const [base, perPrefillToken, perCall, perContextToken] = numbers;
  const isComplete = numbers.length === 4 && numbers.every((n) => Number.isFinite(n) && n >= 0);
  if (!isComplete || !(base! > 0)) {
    const wanted = 'four seconds A,B,C,D, none negative and A positive';
    throw new HeliumError('OPTIONS_INVALID', `--step-seconds is "${text}", not ${wanted}`);
  }
  return {
    base: base!,
    perPrefillToken: perPrefillToken!,
    perCall: perCall!,
    perContextToken: perContextToken!,
  };
}

/** Throws OPTIONS_INVALID, listing the machines there are. */
export function parseMachine(name: string, timing: StepTiming): MachineModel {
  if (name === 'token-steps') return { kind: 'token-steps' };
  if (name === 'batching') return { kind: 'continuous-batching', timing };
  throw new HeliumError(
    'OPTIONS_INVALID',
    `--machine is "${name}"; there are ${MACHINES.join(', ')}`,
  );
}

/** `--budget` in work units. Throws OPTIONS_INVALID for what is no time. */
export function parseBudget(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && seconds >= 0 && seconds <= 86_400) return seconds * WORK_PER_SECOND;
  throw new HeliumError('OPTIONS_INVALID', `--budget is "${text}", not 0 to 86400 seconds`);
}

/** `--seed`. Throws OPTIONS_INVALID for what is no whole number from 0. */
export function parseSeed(text: string): number {
  const seed = parseWholeNumber(text);
  if (seed !== undefined) return seed;
  throw new HeliumError('OPTIONS_INVALID', `--seed is "${text}", not a whole number from 0`);
}
