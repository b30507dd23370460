import type { DatabaseSync } from 'node:sqlite';

/**
 * All that `act` writes, or nothing of it where it throws. Takes the writer's place at the start, so that it waits
 * there rather than fails in the middle.
 */
export function inTransaction(database: DatabaseSync, act: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    act();
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
