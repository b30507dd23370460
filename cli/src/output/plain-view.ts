import type { RunEvent } from '@helium/client';
import { applyEvent, createProgress, type RunView } from './run-view.ts';

/** For pipes and logs: one line per finished call. */
export function createPlainView(write: (line: string) => void): RunView {
  const progress = createProgress();
  return {
    event(event: RunEvent) {
      applyEvent(progress, event);
      if (event.kind === 'planned') {
        const { submitted, pruned, merged, cached } = event.summary.operators;
        write(
          `planned: ${submitted} LLM calls; ${pruned} pruned, ${merged} merged, ${cached} cached; ${progress.total} to run`,
        );
      } else if (event.kind === 'callFinished') {
        const rows = event.rows.length === 1 ? `row ${event.rows[0]}` : `${event.rows.length} rows`;
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
