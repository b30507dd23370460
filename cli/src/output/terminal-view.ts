import type { RunEvent } from '@helium/client';
import { applyEvent, createProgress, type RunProgress, type RunView } from './run-view.ts';

const FRAME_MS = 100;
const BAR_WIDTH = 24;

/** For terminals: bars per operator at work and per worker, redrawn in place. */
export function createTerminalView(
  out: Pick<NodeJS.WriteStream, 'rows' | 'columns' | 'write'>,
): RunView {
  const progress = createProgress();
  let drawn = 0;
  const draw = () => {
    // A terminal that was given no size says 0.
    const rows = out.rows || 24;
    const columns = out.columns || 80;
    const lines = frame(progress, Math.max(6, rows - 4), columns - 1);
    const up = drawn > 0 ? `\x1b[${drawn}A` : '';
    out.write(`${up}\x1b[0J${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, FRAME_MS);
  return {
    event: (event: RunEvent) => applyEvent(progress, event),
    end() {
      clearInterval(timer);
      draw();
    },
  };
}

/** The lines of one picture, at most `height`, none wider than `width`. */
export function frame(progress: RunProgress, height: number, width: number): string[] {
  const { done, total, isPlanned } = progress;
  const lines = [isPlanned ? `${bar(done, total)}  ${done}/${total} calls` : 'planning'];
  for (const [id, w] of [...progress.workers].sort(([a], [b]) => a.localeCompare(b))) {
    const reused = w.prompt === 0 ? 0 : Math.round((100 * w.reused) / w.prompt);
    lines.push(
      `  ${id.padEnd(12)} ${String(w.running).padStart(3)} running  ${String(w.finished).padStart(4)} done  ${w.output} tokens  ${reused} % of prompts reused`,
    );
  }
  const active = [...progress.operators].filter(
    ([, o]) => o.running > 0 || (o.done > 0 && o.done < o.total),
  );
  const room = Math.max(0, height - lines.length - 1);
  for (const [id, o] of active.slice(0, room)) {
    const line = `  ${bar(o.done, o.total)}  ${`${o.done}/${o.total}`.padStart(7)}  `;
    lines.push(line + shorten(id, width - line.length));
  }
  if (active.length > room) lines.push(`  and ${active.length - room} more operators`);
  return lines.map((line) => line.slice(0, width));
}

/** Ids that differ do so at their ends mostly: what is cut is the middle. */
function shorten(id: string, width: number): string {
  if (id.length <= width) return id;
  const kept = Math.max(0, width - 1);
  const tail = Math.floor(kept / 2);
  return `${id.slice(0, kept - tail)}…${id.slice(id.length - tail)}`;
}

function bar(done: number, total: number): string {
  const filled = total === 0 ? BAR_WIDTH : Math.round((BAR_WIDTH * done) / total);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
}
