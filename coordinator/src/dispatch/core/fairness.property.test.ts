import { createPrng, GREEDY, operatorId } from '@helium/shared';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PhysicalNode, PhysicalPlan } from '../../plan/physical-plan.ts';
import type { Faults } from './faults.fixture.ts';
import { SimulatedWorld } from './simulated-world.fixture.ts';

const KIND: Faults = { death: 0, error: 0, cancel: 0, cacheDown: 0 };

/** So many calls that wait for nothing, each another prompt. */
function wide(name: string, calls: number): PhysicalPlan {
  const nodes = Array.from({ length: calls }, (_, i): PhysicalNode => {
    const id = operatorId(`${name}${i}`);
    const content = [{ kind: 'text', text: `${name} ${i}` }] as const;
    const messages = [{ role: 'user', content }] as const;
    const limits = { sampling: GREEDY, maxTokens: 8, stop: [] };
    const operator = { kind: 'llm', id, model: 'm', messages, ...limits } as const;
    const action = { kind: 'call', operator, bindings: new Map() } as const;
    return { operator: id, action, inputs: [], rows: [0] };
  });
  const counts = { submitted: calls, pruned: 0, merged: 0, cached: 0 };
  const outputs = nodes.map((_, node) => ({ row: 0, name: `n${node}`, node }));
  return { nodes, outputs, rowCount: 1, counts };
}

/** Answers of each run from when the last one arrived until the first one had all. */
function servedTogether(world: SimulatedWorld, names: readonly string[]): number[] {
  const counts = new Map<string, number>();
  const arrived = new Set<string>();
  for (const { effects } of world.steps) {
    for (const { kind, run, body } of JSON.parse(effects)) {
      if (kind !== 'emit') continue;
      if (body.kind === 'finished') return names.map((name) => counts.get(name) ?? 0);
      if (body.kind === 'stateChanged') arrived.add(run);
      if (body.kind !== 'callFinished' || arrived.size < names.length) continue;
      counts.set(run, (counts.get(run) ?? 0) + 1);
    }
  }
  return [];
}

const seeds = fc.integer({ min: 0, max: 1_000_000 });

describe('DispatchCore among tenants', () => {
  it('serves tenants by their weights while all have calls, whatever the schedules', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = createPrng(seed);
        const weights = [1, 1 + Math.floor(random() * 3), 1];
        const names = ['r0', 'r1', 'r2'];
        const weightOf = (tenant: string) => weights[Number(tenant)] ?? 1;
        const world = new SimulatedWorld(seed, ['m', 'm'], KIND, { weightOf, maxCalls: 4 });
        names.forEach((name, i) => {
          world.submit(name, wide(name, 150), { usePromptCache: false }, String(i));
        });
        world.run();
        expect(world.faults).toEqual([]);
        const served = servedTogether(world, names);
        const shares = served.map((calls, i) => calls / (weights[i] ?? 1));
        const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
        for (const share of shares) {
          expect(Math.abs(share / mean - 1), `${served} by ${weights}`).toBeLessThan(0.3);
        }
      }),
      { numRuns: 12 },
    );
  });
});
