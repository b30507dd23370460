export type { OpenedJournal } from './open-run-journal.ts';
export { openRunJournal } from './open-run-journal.ts';
export type { RunJournal, StoredJournal, StoredRequest, StoredRun } from './run-journal.ts';
export * from './run-records.ts';
