import { HeliumError } from '../errors/helium-error.ts';

/** A setting's name and its value, '' where it is not given. */
export type NamedSetting = readonly [name: string, value: string];

/** Throws CONFIG_INVALID where a setting is given without another that it needs. */
export function assertWith([name, value]: NamedSetting, needed: NamedSetting): void {
  if (value === '' || needed[1] !== '') return;
  throw new HeliumError('CONFIG_INVALID', `${needed[0]}: is missing: ${name} is set`);
}
