import { assertNever } from '@helium/shared';
import type { RunEventBody } from '../run-port.ts';
import type { Effect } from './core-event.ts';
import { FIRST_ORDER, ORDER_GAP } from './worker-places.ts';

/** An effect as lines of a script's outcome. */
export function printEffect(effect: Effect): string[] {
  switch (effect.kind) {
    case 'sendBatch': {
      const calls = effect.calls.map(({ id, order, messages, reusePrefix }) => {
        const text = messages.map(({ content }) => content).join(' / ');
        return `${id} ${printOrder(order)} "${text}"${reusePrefix ? '' : ' alone'}`;
      });
      return [`send ${effect.worker}: ${calls.join(', ')}`];
    }
    case 'sendDirectives':
      return [`direct ${effect.worker}: ${effect.directives.map(({ kind }) => kind).join(', ')}`];
    case 'cancelCalls':
      return [
        `cancel at ${effect.worker}${effect.unlessBegun ? ' unless begun' : ''}: ${effect.ids.join(', ')}`,
      ];
    case 'requestSnapshot':
      return [`ask ${effect.worker} for a snapshot`];
    case 'drainWorker':
      return [`drain ${effect.worker}`];
    case 'keepWorker':
      return [`keep ${effect.worker} for ${effect.runs.join(', ')}`];
    case 'closeWorker':
      return [`close ${effect.worker}: ${effect.reason}`];
    case 'workerEjected':
      return [`${effect.worker} is ejected for ${effect.ms} ms: ${effect.reason}`];
    case 'workerTakenBack':
      return [`${effect.worker} is taken back`];
    case 'versionAbsent':
      return [`${effect.runs.join(', ')} wait ${effect.waitMs} ms for ${effect.version}`];
    case 'lookupPrompts':
      return [`look up ${effect.keys.length}`];
    case 'storeResults':
      return [`store ${effect.entries.map(({ text }) => `"${text}"`).join(', ')}`];
    case 'runFunction':
      return [
        `run ${effect.name}(${JSON.stringify(effect.args)}) for ${effect.run}.${effect.node}`,
      ];
    case 'expandNode':
      return [
        `expand ${effect.run}.${effect.node} by ${JSON.stringify(Object.fromEntries(effect.texts))}`,
      ];
    case 'requestTurn':
      return ['ask for a turn'];
    case 'requestSchedule':
      return [`ask for schedule ${effect.version}`];
    case 'requestPlaces':
      return ['ask for places'];
    case 'improveSchedule':
      return [`improve places ${effect.generation} for ${effect.budgetMs} ms`];
    case 'emit':
      return [`tell ${effect.run}: ${printBody(effect.body)}`];
    case 'keepResult': {
      const { operator, row, text, source } = effect.result;
      return [`keep of ${effect.run}: ${operator} ${row} "${text}" by ${source}`];
    }
    case 'keepJournal':
      return [`keep the journal of ${effect.run}`];
    default:
      return assertNever(effect);
  }
}

function printOrder(order: number): string {
  if (order < FIRST_ORDER) return `first (${order})`;
  return `at ${(order - FIRST_ORDER) / ORDER_GAP + 1}`;
}

function printBody(body: RunEventBody): string {
  switch (body.kind) {
    case 'stateChanged':
      return body.state;
    case 'planned':
      return 'planned';
    case 'expanded': {
      const { kind, ...facts } = body.outcome;
      const { submitted, pruned } = body.added;
      const calls = `${submitted} calls, ${pruned} pruned`;
      return `${body.operator} expanded (${kind} ${Object.values(facts).join(' ')}; ${calls})`;
    }
    case 'callStarted':
      return `${body.operator} started on ${body.worker}`;
    case 'callFinished':
      return `${body.operator} finished (${body.source})`;
    case 'delta':
      return `${body.operator} says "${body.text}"`;
    case 'deltasSkipped':
      return `${body.count} deltas skipped`;
    case 'output':
      return `output ${body.name} = "${body.text}"`;
    case 'finished': {
      const { merged, cached, executed } = body.summary.operators;
      const counts = `${executed} executed, ${merged} merged, ${cached} cached`;
      const error = body.error === undefined ? '' : `: ${body.error.code} ${body.error.message}`;
      return `${body.state}, ${counts}${error}`;
    }
    default:
      return assertNever(body);
  }
}
