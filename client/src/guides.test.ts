import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as client from './index.ts';

/** The code of a page, block by block. */
function blocks(page: string, language: string): readonly string[] {
  const source = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
  return [...source.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(
    ([, code = '']) => code,
  );
}

/** What a module of the SDK's user comes to, its imports given; it has no types. */
function evaluate(code: string, result: string): client.Workflow {
  const names = Object.keys(client).join(', ');
  const inner = code.replaceAll(/^import .*$/gm, '').replaceAll(/^export (?!\{)/gm, '');
  const run = new Function(
    'client',
    `const { ${names} } = client, define = workflow; { ${inner}; return ${result}; }`,
  );
  return run(client);
}

const GUIDE = 'docs/guides/write-a-workflow.md';

describe('the code of the guides', () => {
  it.each([
    ['README.md', 'workflow'],
    [GUIDE, 'review'],
  ])('of %s builds a workflow in TypeScript', (page, result) => {
    const code = blocks(page, 'ts').find((block) => block.includes('name: ')) ?? '';
    expect(evaluate(code, result).outputs).toEqual(['answer']);
  });

  it('builds the same maps, conds and loops in TypeScript and in YAML', () => {
    const code = blocks(GUIDE, 'ts').find((block) => block.includes('listOf')) ?? '';
    const [, operators = ''] = blocks(GUIDE, 'yaml');
    const built = evaluate(
      `const built = workflow({ name: 'kinds', inputs: ['q'] }, (w, { q }) => {
        const [plan, draft, verdict] = ['plan', 'draft', 'verdict'].map((id) => w.llm(id, { user: q }));
        ${code}
        return { answers, kept, best };
      });`,
      'built',
    );
    const given = ['plan', 'draft', 'verdict'].map((id) => `  ${id}: { llm: { user: "{{q}}" } }`);
    const source = `name: kinds
operators:
  q: { input: q }
${given.join('\n')}
${operators.replaceAll('as: part', 'as: answers.item').replaceAll('{{part}}', '{{answers.item}}')}
outputs: { answers: answers, kept: kept, best: best }`;
    expect(client.parseWorkflow(source, 'kinds.yaml')).toEqual(built);
  });

  it('is a workflow in YAML', () => {
    const [source = ''] = blocks(GUIDE, 'yaml');
    expect(client.parseWorkflow(source, 'review.yaml').outputs).toEqual(['answer', 'remark']);
  });
});
