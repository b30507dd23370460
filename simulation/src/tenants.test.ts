import { createPrng, type RunSummary, type TenantId, tenantId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { DEFAULT_OPTIONS, type SimulationOptions } from './cluster-options.ts';
import { liveUntil } from './simulate-cluster.ts';
import { type Kind, loadKinds } from './workload.ts';
import { createWorld } from './world.ts';

const [ACME, BLUE] = [tenantId('acme'), tenantId('blue')];

/** Memory for everybody's prefixes: who is evicted is not the question here. */
function roomyWorld(seed: number): SimulationOptions {
  return { ...DEFAULT_OPTIONS, seed, workers: 1 + (seed % 3), checkedShare: 0 };
}

interface Submission {
  readonly tenant: TenantId;
  readonly kind: Kind;
  readonly rows: Kind['rows'];
}

/** Runs these, each when the one before it has ended or all at once, and gives the summary of each. */
async function summariesOf(
  options: SimulationOptions,
  submissions: readonly Submission[],
  atOnce = false,
): Promise<RunSummary[]> {
  const ended = new Map<string, RunSummary>();
  const world = await createWorld(options, {
    onRunEvent: (run, body) => {
      if (body.kind === 'finished') ended.set(run, body.summary);
    },
  });
  for (const worker of world.workers) worker.start();
  await liveUntil(world, () => world.agenda.now >= 100);
  for (const submission of submissions) {
    await world.submit(submission);
    if (!atOnce) await liveUntil(world, () => world.checker.liveRuns === 0);
  }
  await liveUntil(world, () => world.checker.liveRuns === 0);
  expect(world.checker.faults).toEqual([]);
  return submissions.map((_, i) => ended.get(`r${i + 1}`) as RunSummary);
}

/** What a caller reads of a run, but how long it took, and what idle moments were good for. */
function counted({ operators, tokens, cacheMissReasons }: RunSummary) {
  const { prefetched: _, ...computed } = tokens;
  return { operators, computed, cacheMissReasons };
}

async function drawn(seed: number): Promise<Omit<Submission, 'tenant'>> {
  const random = createPrng(seed);
  const kinds = await loadKinds();
  const kind = kinds[Math.floor(random() * kinds.length)] as Kind;
  return { kind, rows: kind.rows.slice(0, 1 + Math.floor(random() * 2)) };
}

const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);

describe('two tenants with the same prompts', () => {
  it.each(SEEDS)('count the same whether or not the other asked before (seed %i)', async (seed) => {
    const asked = await drawn(seed);
    const options = roomyWorld(seed);
    const blue = { ...asked, tenant: BLUE };
    const acme = { ...asked, tenant: ACME };
    const [alone] = await summariesOf(options, [blue]);
    const [first, after] = await summariesOf(options, [acme, blue]);
    if (!alone || !first || !after) throw new Error('a run gave no summary');
    expect(counted(first)).toEqual(counted(alone));
    expect(counted(after)).toEqual(counted(alone));
    expect(after.operators.cached).toBe(0);
  });

  it('find their own answers again, so that the counts above would tell', async () => {
    const [kind] = (await loadKinds(['trading'])) as [Kind];
    const mine = { kind, rows: kind.rows.slice(0, 1), tenant: ACME };
    const [first, again] = await summariesOf(roomyWorld(1), [mine, mine]);
    expect(first?.operators.cached).toBe(0);
    expect(again?.operators).toMatchObject({ executed: 0, cached: expect.any(Number) });
    expect(again?.operators.cached).toBeGreaterThan(0);
  });

  it.each(SEEDS)('share nothing when they ask at once (seed %i)', async (seed) => {
    const asked = await drawn(seed);
    // Over several workers, how often one's own prefixes are computed depends on who goes where.
    const options = { ...roomyWorld(seed), workers: 1 };
    const [alone] = await summariesOf(options, [{ ...asked, tenant: BLUE }]);
    const together = [ACME, BLUE].map((tenant) => ({ ...asked, tenant }));
    const [one, other] = await summariesOf(options, together, true);
    const same = [ACME, ACME].map((tenant) => ({ ...asked, tenant }));
    const [, merged] = await summariesOf(options, same, true);
    if (!alone || !one || !other || !merged) throw new Error('a run gave no summary');
    const computed = ({ tokens }: RunSummary) => tokens.prefilled + tokens.prefetched;
    expect([one.operators, other.operators]).toEqual([alone.operators, alone.operators]);
    expect(Math.min(computed(one), computed(other))).toBeGreaterThanOrEqual(computed(alone));
    expect(merged.operators.executed).toBeLessThan(alone.operators.executed);
  });
});
