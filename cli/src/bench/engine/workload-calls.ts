import { NEW_TOKENS, type Workloads } from '@helium/bench/engine';

/** A piece of a prompt: known tokens (one array, one piece, wherever it stands), or a call's output. */
export type PromptPart = readonly number[] | { readonly outputOf: number };

/** A call of a workload before it runs; `outputOf` counts the calls of the list. */
export interface WorkloadCall {
  readonly parts: readonly PromptPart[];
  readonly newTokens: number;
}

/** a: the long prompt and its first token. */
export function prefillCalls({ prefill }: Workloads): WorkloadCall[] {
  return [{ parts: [prefill], newTokens: 1 }];
}

/** b: `batch` calls whose prompts share nothing. */
export function decodeCalls({ decode }: Workloads, batch: number): WorkloadCall[] {
  return decode
    .slice(0, batch)
    .map((prompt) => ({ parts: [prompt], newTokens: NEW_TOKENS.decode }));
}

/** c: calls that share a long prefix. */
export function sharedCalls({ shared_prefix, shared_tail }: Workloads): WorkloadCall[] {
  return shared_tail.map((tail) => ({
    parts: [shared_prefix, tail],
    newTokens: NEW_TOKENS.shared,
  }));
}

/** d: every question to every expert, then a summarizer per question that reads its experts' outputs. */
export function mapReduceCalls(workloads: Workloads): WorkloadCall[] {
  const { expert_system: experts, question: questions, summary_system } = workloads;
  const asked = questions.flatMap((question) =>
    experts.map((system) => ({ parts: [system, question], newTokens: NEW_TOKENS.expert })),
  );
  const summaries = questions.map((question, q) => {
    const outputs = experts.map((_, e) => ({ outputOf: q * experts.length + e }));
    return { parts: [summary_system, question, ...outputs], newTokens: NEW_TOKENS.summary };
  });
  return [...asked, ...summaries];
}
