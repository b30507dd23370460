import { type LogicalPlan, printLogicalPlan, printNodePlan } from '../plan/index.ts';
import type { PlanSize, PlanStep } from './optimizer.ts';

/** A chapter of an explanation: plain text, monospaced. */
export interface StepSection {
  readonly title: string;
  readonly text: string;
}

/**
 * What planning did, step by step: what each rule says it did, and the plan after it where it
 * changed.
 */
export function explainSteps(
  submitted: LogicalPlan,
  steps: readonly PlanStep[],
): readonly StepSection[] {
  const start = { title: 'as submitted', text: printLogicalPlan(submitted) };
  return [start, ...steps.map((step) => explainStep(submitted, step))];
}

function explainStep(submitted: LogicalPlan, { note, plan }: PlanStep): StepSection {
  const headline = `${note.text}${printChange(note.before, note.after)}`;
  if (!note.changed) return { title: note.rule, text: `${headline}\nSAME AS ABOVE\n` };
  const printed = 'nodes' in plan ? printNodePlan(plan, submitted) : printLogicalPlan(plan);
  return { title: note.rule, text: `${headline}\n${printed}` };
}

function printChange(before: PlanSize, after: PlanSize): string {
  const changes = (['operators', 'nodes', 'calls'] as const).flatMap((unit) => {
    const [from, to] = [before[unit], after[unit]];
    return from === undefined || to === undefined || from === to ? [] : `${from} → ${to} ${unit}`;
  });
  return changes.length === 0 ? '' : ` (${changes.join(', ')})`;
}
