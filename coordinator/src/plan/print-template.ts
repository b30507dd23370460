import type { Sampling } from '@helium/shared';
import type { PlanOperator } from './logical-plan.ts';
import type { Segment } from './operator.ts';

/** Characters of one template that are printed; the middle is left out of longer ones. */
const TEMPLATE_CHARACTERS_MAX = 64;

/** What an operator does, on one line: its templates abbreviated, references in braces. */
export function printTemplate(operator: PlanOperator): string {
  switch (operator.kind) {
    case 'input':
      return `column "${operator.field}"`;
    case 'constant':
      return abbreviate(operator.text);
    case 'format':
      return printSegments(operator.content);
    case 'fn': {
      const args = operator.args.map((arg) => `${arg.name}: ${printSegments(arg.value)}`);
      return `${operator.name}(${args.join(', ')})${operator.pure ? '' : ', not pure'}`;
    }
    case 'llm': {
      const messages = operator.messages.map((m) => `${m.role}: ${printSegments(m.content)}`);
      const call = [
        operator.model,
        printSampling(operator.sampling),
        `${operator.maxTokens} tokens`,
      ];
      return [call.join(', '), ...messages].join(' | ');
    }
  }
}

function printSampling({ temperature, seed }: Sampling): string {
  if (temperature === 0) return 'greedy';
  return `temperature ${temperature}, ${seed === undefined ? 'no seed' : `seed ${seed}`}`;
}

/** References always stay whole; the literal text around them gives way. */
function printSegments(segments: readonly Segment[]): string {
  const literals = segments.filter((segment) => segment.kind === 'text').length;
  const share = Math.max(12, Math.floor(TEMPLATE_CHARACTERS_MAX / Math.max(1, literals)));
  const parts = segments.map((segment) =>
    segment.kind === 'ref' ? `{${segment.operator}}` : abbreviate(segment.text, share),
  );
  return parts.join('');
}

function abbreviate(text: string, max = TEMPLATE_CHARACTERS_MAX): string {
  const line = text
    .slice(0, 2 * max)
    .replaceAll('\n', '⏎')
    .replaceAll(/\s+/g, ' ');
  const tail = text.slice(-max).replaceAll('\n', '⏎').replaceAll(/\s+/g, ' ');
  if (text.length <= max) return line;
  const end = Math.floor((max - 1) / 3);
  return `${line.slice(0, max - 1 - end)}…${tail.slice(tail.length - end)}`;
}
