import { describe } from 'vitest';
import { journalConforms } from './conformance.cases.ts';
import { JournalMemory, MemoryRunJournal } from './memory-run-journal.ts';

describe('MemoryRunJournal', () => {
  journalConforms(async () => {
    const memory = new JournalMemory();
    return { open: async () => new MemoryRunJournal(memory) };
  });
});
