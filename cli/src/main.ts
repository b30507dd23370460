import { keepCompiledCode } from '@helium/shared/process';

// First, and by itself: what is imported before it is compiled anew by every start.
keepCompiledCode();
await import('./program.ts');
