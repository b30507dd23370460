import { describe, expect, it } from 'vitest';
import { importFaults, purityFaults } from './check-layers.ts';

describe('check-layers', () => {
  it('refuses an import between packages that the layers do not allow and names what they do', () => {
    const source = `import { x } from '@helium/worker';`;
    expect(importFaults('coordinator/src/api/server.ts', source)).toEqual([
      'coordinator/src/api/server.ts: imports @helium/worker; coordinator may import: shared, proto',
    ]);
    expect(
      importFaults('worker/src/main.ts', `import { x } from '@helium/shared/config';`),
    ).toEqual([]);
  });

  it('lets a package through the one door of another that is named', () => {
    const through = (door: string) => importFaults('cli/src/a.ts', `import { x } from '${door}';`);
    expect(through('@helium/coordinator/scheduler')).toEqual([]);
    expect(through('@helium/coordinator')[0]).toContain('cli may import');
  });

  it('shows the wire to the doors only', () => {
    const source = `import { wire } from '@helium/proto';`;
    expect(importFaults('coordinator/src/api/server.ts', source)).toEqual([]);
    expect(importFaults('coordinator/src/dispatch/run.ts', source)[0]).toContain(
      'visible to api/ and link/ only',
    );
  });

  it('refuses an import between rooms against the flow', () => {
    const fault = importFaults(
      'coordinator/src/plan/a.ts',
      `import { s } from '../scheduler/index.ts';`,
    );
    expect(fault[0]).toContain('plan/ may import: no other room');
    expect(
      importFaults('coordinator/src/optimizer/a.ts', `import { p } from '../plan/index.ts';`),
    ).toEqual([]);
  });

  it('refuses to reach into another package by path', () => {
    const fault = importFaults('client/src/a.ts', `import { s } from '../../shared/src/ids.ts';`);
    expect(fault[0]).toContain("import the package's door");
  });

  it('finds impurities in pure rooms, not in their comments or tests', () => {
    const source = `// Date is not used\nconst t = Date.now();`;
    expect(purityFaults('worker/src/kv/a.ts', source)).toEqual([
      'worker/src/kv/a.ts: Date in a pure room',
    ]);
    expect(purityFaults('worker/src/kv/a.ts', '// new Date()')).toEqual([]);
    expect(purityFaults('worker/src/kv/a.test.ts', source)).toEqual([]);
    expect(purityFaults('worker/src/link/a.ts', source)).toEqual([]);
  });
});
