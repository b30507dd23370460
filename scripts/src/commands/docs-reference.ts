import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ERROR_CODES, type ErrorCodeEntry } from '@helium/shared';
import { SETTINGS, type Setting, settingFlags } from '@helium/shared/config';
import { ATTRIBUTES, METRICS, type MetricDescription, OPERATIONS } from '@helium/shared/telemetry';
import { ROOT } from '../root.ts';
import { read, trackedFiles } from '../tree.ts';
import { chartValueRows } from './chart-values.ts';

/** One page that is made from a table in the code. */
export interface ReferencePage {
  /** From the root. */
  readonly path: string;
  readonly text: string;
}

/**
 * `docs-reference`: writes the pages under `docs/reference`. With `--check` it writes nothing and
 * names every page that is not what the code says; 1 if there is any.
 */
export function docsReference(args: readonly string[]): number {
  if (args.includes('--check')) {
    const stale = stalePages(referencePages(), readIfThere);
    for (const path of stale) {
      console.error(`${path}: is stale; run: node scripts/src/main.ts docs-reference`);
    }
    return stale.length === 0 ? 0 : 1;
  }
  for (const { path, text } of referencePages()) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
  }
  return 0;
}

/** Every page as it should be. */
export function referencePages(): readonly ReferencePage[] {
  return [
    { path: 'docs/reference/errors.md', text: errorsPage() },
    { path: 'docs/reference/config.md', text: configPage() },
    { path: 'docs/reference/metrics.md', text: metricsPage() },
    { path: 'docs/reference/chart.md', text: chartPage() },
  ];
}

/** Paths of the pages that are missing or differ. */
export function stalePages(
  pages: readonly ReferencePage[],
  readPage: (path: string) => string | undefined,
): string[] {
  return pages.filter(({ path, text }) => readPage(path) !== text).map(({ path }) => path);
}

function errorsPage(): string {
  const rows = Object.entries<ErrorCodeEntry>(ERROR_CODES).map(([code, entry]) => [
    `\`${code}\``,
    entry.meaning,
    `\`${entry.grpc}\``,
    entry.retryable ? 'yes' : 'no',
    entry.fixedBy,
  ]);
  return page('Errors', 'shared/src/errors/codes.ts', [
    'A code is stable; a message is for people and may change. Over gRPC the code is the `reason` of',
    '`google.rpc.ErrorInfo` and the plain metadata key `helium-code`. *Again*: whether the same',
    'request may succeed later without change. *Fixed by*: who can do something about it; an',
    '*operator* here is a person who runs Helium.',
    '',
    ...table(['code', 'meaning', 'gRPC status', 'again', 'fixed by'], rows),
  ]);
}

function configPage(): string {
  const rows = settingFlags().map(({ name, description, accepts }) => {
    const [accepted = '', variable = ''] = accepts.split('; ');
    const setting: Setting = SETTINGS[name];
    const value = setting.default === '' ? '' : `\`${setting.default}\``;
    const range = accepted.replace(/, default .*$/, '');
    return [`\`--${name}\``, `\`${variable}\``, range, value, description];
  });
  return page('Settings', 'shared/src/config/settings.ts', [
    'Every setting has one name: `max-batch` is the flag `--max-batch`, the variable',
    '`HELIUM_MAX_BATCH` and the key `max-batch` of `config.yaml`. The first of flag, variable, file',
    'and default that has it counts; `helium config` prints what is in force and from where.',
    '',
    ...table(['flag', 'variable', 'accepts', 'default', 'what it is'], rows),
  ]);
}

function metricsPage(): string {
  const metrics = Object.entries<MetricDescription>(METRICS).map(([name, metric]) => [
    `\`${name}\``,
    metric.kind,
    `\`${metric.unit}\``,
    metric.labels.map((label) => `\`${label}\``).join(', '),
    metric.description,
  ]);
  const attributes = Object.values(ATTRIBUTES).map((name) => `- \`${name}\``);
  return page('Metrics and traces', 'shared/src/telemetry/names.ts', [
    'Units are UCUM codes, as OpenTelemetry writes them.',
    '',
    ...table(['metric', 'kind', 'unit', 'labels', 'what it is'], metrics),
    '',
    '## Spans',
    '',
    `A run is one trace: a span \`${OPERATIONS.run} WORKFLOW\`, and below it a span`,
    `\`${OPERATIONS.call} MODEL\` for each executed call, on coordinator and worker. Attributes:`,
    '',
    ...attributes,
  ]);
}

function chartPage(): string {
  const schema = 'deploy/helm/helium/values.schema.json';
  const rows = chartValueRows(read(schema), read('deploy/helm/helium/values.yaml'));
  return page('Values of the chart', schema, [
    'Other keys, and values of another kind, are refused. What each is for, and which go together:',
    '[`deploy/helm/helium`](../../deploy/helm/helium/README.md). Defaults of a pool are those of `workers.default`.',
    '',
    ...table(['value', 'accepts', 'default', 'what it is'], rows),
  ]);
}

function page(title: string, source: string, lines: readonly string[]): string {
  const head = [
    `# ${title}`,
    '',
    `Made by \`node scripts/src/main.ts docs-reference\` from [\`${source}\`](../../${source}).`,
    '',
  ];
  return `${[...head, ...lines].join('\n')}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function readIfThere(path: string): string | undefined {
  return trackedFiles().includes(path) ? read(path) : undefined;
}
