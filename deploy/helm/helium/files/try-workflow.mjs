// Run by `helm test` in the coordinator's image: a draft and what is made of it, through the Service, as a client would.
import { readFileSync } from 'node:fs';
import { credentials, Metadata, status } from '@grpc/grpc-js';
import { RunService } from '@helium/proto';

const {
  COORDINATOR,
  MODEL = '',
  SECONDS = '120',
  TOKEN_FILE,
  CA,
  CERT,
  KEY,
  SERVER_NAME,
} = process.env;
const deadline = Date.now() + 1000 * Number(SECONDS);
const read = (path) => (path ? readFileSync(path) : null);
const channel =
  process.env.TLS === 'on'
    ? credentials.createSsl(read(CA), read(KEY), read(CERT))
    : credentials.createInsecure();
const options = SERVER_NAME ? { 'grpc.ssl_target_name_override': SERVER_NAME } : {};
const runs = new RunService(COORDINATOR, channel, options);
const metadata = new Metadata();
if (TOKEN_FILE) metadata.set('authorization', `Bearer ${String(read(TOKEN_FILE)).trim()}`);

const llm = (id, ...content) => ({
  id,
  llm: { model: MODEL, maxTokens: 8, messages: [{ role: 'ROLE_USER', content }] },
});
const workflow = {
  name: 'helm-test',
  operators: [
    llm('draft', { text: 'Say hello.' }),
    llm('final', { text: 'Say it in another way: ' }, { ref: 'draft' }),
    { id: 'out', output: { name: 'answer', value: 'final' } },
  ],
};
const request = {
  requestId: crypto.randomUUID(),
  workflow,
  rows: [{ fields: {} }],
  options: { bypassPromptCache: true },
};

/** Until workers are attached and the coordinator answers; each reason is told once. */
async function create() {
  for (let told = ''; ; await new Promise((resolve) => setTimeout(resolve, 2000))) {
    try {
      return await new Promise((resolve, reject) =>
        runs.createRun(request, metadata, { deadline }, (error, run) =>
          error ? reject(error) : resolve(run),
        ),
      );
    } catch (error) {
      const code = error.metadata?.get('helium-code')[0] ?? '';
      const mayPass = error.code === status.UNAVAILABLE || code === 'MODEL_NOT_SERVED';
      if (!mayPass || Date.now() + 2000 >= deadline) throw error;
      if (told !== error.details) console.log(`waiting: ${code} ${error.details}`);
      told = error.details;
    }
  }
}

async function finish(name) {
  const outputs = [];
  for await (const event of runs.watchRun({ name }, metadata, { deadline })) {
    if (event.output) outputs.push(event.output.text);
    if (event.finished?.state === 'RUN_STATE_SUCCEEDED') return outputs;
    if (event.finished)
      throw new Error(`the run ended as ${event.finished.state}: ${event.finished.error?.message}`);
  }
  throw new Error('the events ended before the run did');
}

try {
  const { name } = await create();
  const [answer, ...others] = await finish(name);
  if (answer === undefined || others.length > 0)
    throw new Error('the run gave no answer, or several');
  console.log(`ok: ${name} answered ${JSON.stringify(answer)}`);
} catch (error) {
  const hint =
    error.code === status.UNAUTHENTICATED || error.code === status.PERMISSION_DENIED
      ? ' (test.tokenSecret names the Secret with the token of a client)'
      : '';
  const why = (error.details ?? error.message).replace(/ Resolution note: $/, '');
  console.log(`FAILED: no workflow runs through ${COORDINATOR}: ${why}${hint}`);
  process.exitCode = 1;
}
runs.close();
