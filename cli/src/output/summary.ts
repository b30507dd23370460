import type { RunSummary } from '@helium/client';

const number = (value: number) => value.toLocaleString('en-US');
const percent = (part: number, whole: number) =>
  whole === 0 ? '0 %' : `${((100 * part) / whole).toFixed(0)} %`;

/** What a run took and what was saved, for people. */
export function describeSummary(summary: RunSummary): string {
  const { operators: o, tokens: t, seconds: s } = summary;
  const saved = o.pruned + o.merged + o.cached;
  return [
    `LLM calls  ${number(o.submitted)} in the workflow, ${number(o.executed)} executed; saved ${number(saved)} (${percent(saved, o.submitted)}):`,
    `           ${number(o.pruned)} pruned (no output needs them), ${number(o.merged)} merged (same prompt), ${number(o.cached)} from the prompt cache`,
    `Tokens     ${number(t.prompt)} of prompts, ${number(t.prefilled)} computed; ${number(t.reused)} (${percent(t.reused, t.prompt)}) were resident in KV caches`,
    `           ${number(t.prefetched)} more computed ahead of time; ${number(t.generated)} generated`,
    `Time       ${s.run.toFixed(1)} s, of which planning ${s.plan.toFixed(2)} s`,
  ].join('\n');
}
