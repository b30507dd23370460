import { HeliumError, type TenantId } from '@helium/shared';

const WEIGHT_MAX = 1000;

/**
 * Reads the setting `tenant-weights`: `name=weight` pairs separated by commas; who is not named has
 * weight 1. Weights are above 0, up to 1,000. Throws CONFIG_INVALID with every fault.
 */
export function parseTenantWeights(setting: string): (tenant: TenantId) => number {
  const weights = new Map<string, number>();
  const faults: { field: string; message: string }[] = [];
  for (const pair of setting.split(',').map((each) => each.trim())) {
    if (pair === '') continue;
    const [name = '', text = ''] = pair.split('=').map((part) => part.trim());
    const weight = Number(text);
    if (name === '' || text === '' || !(weight > 0 && weight <= WEIGHT_MAX)) {
      const message = `"${pair}" is not name=weight with a weight above 0, up to ${WEIGHT_MAX}`;
      faults.push({ field: 'tenant-weights', message });
    } else if (weights.has(name)) {
      faults.push({ field: 'tenant-weights', message: `"${name}" is named twice` });
    } else weights.set(name, weight);
  }
  const [first] = faults;
  if (first !== undefined) {
    throw new HeliumError('CONFIG_INVALID', `tenant-weights: ${first.message}`, { faults });
  }
  return (tenant) => weights.get(tenant) ?? 1;
}
