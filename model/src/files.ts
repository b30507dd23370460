// The door for who reads bytes and no model.
export { type FileHash, hashFileAside } from './hash-file.ts';
export { readPieces } from './read-pieces.ts';
