import type { RunEvent } from '@helium/client';
import { applyEvent, createProgress, describeOutcome, type RunView } from './run-view.ts';

function rowsOf({ rows }: { readonly rows: readonly number[] }): string {
  return rows.length === 1 ? `row ${rows[0]}` : `${rows.length} rows`;
}

/** For pipes and logs: one line per finished call. */
export function createPlainView(write: (line: string) => void): RunView {
  const progress = createProgress();
  return {
    event(event: RunEvent) {
      applyEvent(progress, event);
      if (event.kind === 'planned') {
        const { submitted, pruned, merged, cached } = event.summary.operators;
        write(
          `planned: ${submitted} LLM ${submitted === 1 ? 'call' : 'calls'}; ${pruned} pruned, ${merged} merged, ${cached} cached; ${progress.total} to run`,
        );
      } else if (event.kind === 'expanded') {
        const { submitted, pruned, merged, cached } = event.added;
        const calls = submitted - pruned - merged - cached;
        const more = calls === 0 ? '' : `; ${calls} more to run`;
        const width = String(progress.total).length * 2 + 1;
        write(
          `${'+'.padStart(width)}  ${event.operator}  ${rowsOf(event)}  ${describeOutcome(event.outcome)}${more}`,
        );
      } else if (event.kind === 'callFinished') {
        const rows = rowsOf(event);
        const where = event.source === 'worker' ? event.worker : event.source;
        const tokens =
          event.source === 'worker'
            ? `  ${event.promptTokens} prompt tokens (${event.reusedTokens} reused), ${event.outputTokens} generated`
            : '';
        write(
          `${String(progress.done).padStart(String(progress.total).length)}/${progress.total}  ${event.operator}  ${rows}  ${where}${tokens}`,
        );
      } else if (event.kind === 'deltasSkipped') {
        write(`(${event.count} token deltas skipped: this reader was slower than the run)`);
      }
    },
    end() {},
  };
}
