import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type Instance,
  readInstance,
  readSchedule,
  type Schedule,
  writeSchedule,
} from '@helium/coordinator/scheduler';
import { HeliumError, makeFolders } from '@helium/shared';
import { decodeText } from '../workflow/read-text.ts';

/** A scheduling problem and the file it came from. */
export interface InstanceFile {
  readonly file: string;
  readonly instance: Instance;
}

/**
 * Every `*.json` of a folder as an instance, by file name. Throws FILE_INVALID for what cannot be read or is no
 * JSON, TEXT_INVALID for what is not UTF-8, INSTANCE_INVALID with file, call and reason for what is no instance.
 */
export function readInstances(folder: string): InstanceFile[] {
  const files = within(folder, () => readdirSync(folder).filter((name) => name.endsWith('.json')));
  if (files.length === 0) throw new HeliumError('FILE_INVALID', `${folder}: holds no *.json`);
  return files.sort().map((name) => {
    const file = join(folder, name);
    return { file, instance: naming(file, () => readInstance(readJson(file))) };
  });
}

/** Where the schedule of an instance is: its file's name in the folder of schedules. */
export function scheduleFile(folder: string, { file }: InstanceFile): string {
  return join(folder, basename(file));
}

/** Throws FILE_INVALID, TEXT_INVALID, or SCHEDULE_INFEASIBLE naming file, call and reason. */
export function readScheduleFile(file: string, instance: Instance): Schedule {
  return naming(file, () => readSchedule(instance, readJson(file)));
}

export function writeScheduleFile(file: string, instance: Instance, schedule: Schedule): void {
  writeTextFile(file, `${JSON.stringify(writeSchedule(instance, schedule))}\n`);
}

/** Throws FILE_INVALID with the path. */
export function writeTextFile(file: string, text: string): void {
  within(file, () => writeFileSync(file, text));
}

/** The folder and those above it, where they are not there. Throws FILE_INVALID with the path. */
export function makeFolder(folder: string): void {
  within(folder, () => makeFolders(folder));
}

/**
 * Makes the folder of schedules where there is none. They have their problems' names: throws OPTIONS_INVALID
 * where it is the folder of these, by whichever path.
 */
export function makeScheduleFolder(folder: string, instances: string): void {
  makeFolder(folder);
  const [made, taken] = within(folder, () => [statSync(folder), statSync(instances)]);
  if (made.dev !== taken.dev || made.ino !== taken.ino) return;
  const reason = 'the folder of the instances, which schedules would overwrite';
  throw new HeliumError('OPTIONS_INVALID', `--schedules is "${folder}", ${reason}`);
}

function readJson(file: string): unknown {
  const text = decodeText(
    within(file, () => readFileSync(file)),
    file,
  );
  return within(file, () => JSON.parse(text));
}

/** What the file system or the JSON parser says, with the path. */
function within<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new HeliumError('FILE_INVALID', `${path}: ${(cause as Error).message}`, { cause });
  }
}

/** A fault of the content, with the file that holds it. */
export function naming<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    const { code, message, faults } = HeliumError.from(thrown);
    if (code === 'FILE_INVALID' || code === 'TEXT_INVALID') throw thrown;
    throw new HeliumError(code, `${file}: ${message}`, { cause: thrown, faults });
  }
}
