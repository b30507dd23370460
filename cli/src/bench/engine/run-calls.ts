import type { MeasuredEngine } from './measured-engine.ts';
import { spreadCalls } from './spread-calls.ts';
import type { WorkloadCall } from './workload-calls.ts';

/** One run of a workload's calls. */
export interface CallsRun {
  /** From the first submit until the last call has ended. */
  readonly seconds: number;
  /** Until every prompt was computed, so every call had its first token. */
  readonly secondsToFirst: number;
  /** Tokens generated after that. */
  readonly tokensAfterFirst: number;
  readonly promptTokens: number;
  readonly prefilledTokens: number;
}

/**
 * Runs the calls on the engines: each as soon as the outputs it reads are there. Runs of one `salt` find
 * what earlier ones left in the KV caches.
 */
export async function runCalls(
  engines: readonly MeasuredEngine[],
  calls: readonly WorkloadCall[],
  salt: string,
): Promise<CallsRun> {
  const places = spreadCalls(
    calls,
    engines.map(({ room }) => room),
  );
  const first = calls.filter(({ parts }) => parts.every((part) => !('outputOf' in part)));
  for (const engine of engines) engine.takeSteps();
  const begun = performance.now();
  const outputs = calls.map(() => Promise.withResolvers<readonly number[]>());
  const running = calls.map(async ({ parts, newTokens }, i) => {
    const texts = parts.map((part) =>
      'outputOf' in part ? outputs[part.outputOf]!.promise : part,
    );
    const prompt = (await Promise.all(texts)).flat();
    const { engine, order } = places[i]!;
    const { tokens, prefilledTokens } = await engines[engine]!.run({
      prompt,
      newTokens,
      salt,
      order,
    });
    outputs[i]!.resolve(tokens);
    return { promptTokens: prompt.length, prefilledTokens };
  });
  const ended = await Promise.all(running);
  const seconds = (performance.now() - begun) / 1000;
  const { firstAtMs, decoded } = afterPrefill(engines, sizeOf(first));
  return {
    seconds,
    secondsToFirst: (firstAtMs - performance.timeOrigin - begun) / 1000,
    tokensAfterFirst: decoded,
    promptTokens: ended.reduce((sum, { promptTokens }) => sum + promptTokens, 0),
    prefilledTokens: ended.reduce((sum, { prefilledTokens }) => sum + prefilledTokens, 0),
  };
}

function sizeOf(calls: readonly WorkloadCall[]): number {
  const lengths = calls.flatMap(({ parts }) => parts.map((part) => (part as number[]).length));
  return lengths.reduce((sum, length) => sum + length, 0);
}

/** When the steps had prefilled that many tokens, and how many were decoded in later ones. */
function afterPrefill(engines: readonly MeasuredEngine[], prefillTokens: number) {
  const steps = engines.flatMap((engine) => engine.takeSteps()).sort((a, b) => a.atMs - b.atMs);
  let left = prefillTokens;
  let firstAtMs = Number.NaN;
  let decoded = 0;
  for (const step of steps) {
    if (left <= 0) decoded += step.decodeCalls;
    left -= step.prefillTokens;
    if (left <= 0 && Number.isNaN(firstAtMs)) firstAtMs = step.atMs;
  }
  return { firstAtMs, decoded };
}
