export { stopRequested } from './stop-requested.ts';
