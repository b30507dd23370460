/** One instruction of a Dockerfile, continuation lines joined. */
export interface Instruction {
  readonly line: number;
  readonly name: string;
  readonly rest: string;
}

/** A build stage: its name (or number) and what follows its FROM. */
export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** Parses the instructions that our Dockerfiles use; throws on what stands before the first FROM. */
export function parseDockerfile(source: string): Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructionsOf(source)) {
    if (instruction.name === 'FROM') {
      const [base = '', , name] = instruction.rest.split(/\s+/);
      stages.push({ name: name ?? String(stages.length), base, instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (stage === undefined)
        throw new Error(`line ${instruction.line}: ${instruction.name} before FROM`);
      stage.instructions.push(instruction);
    }
  }
  return stages;
}

function instructionsOf(source: string): Instruction[] {
  const instructions: Instruction[] = [];
  let pending = '';
  let start = 0;
  source.split('\n').forEach((text, i) => {
    const line = text.trim();
    if (pending === '') {
      if (line === '' || line.startsWith('#')) return;
      start = i + 1;
    }
    pending += line.replace(/\\$/, ' ');
    if (line.endsWith('\\')) return;
    const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(pending) ?? [];
    instructions.push({ line: start, name: name.toUpperCase(), rest });
    pending = '';
  });
  return instructions;
}
