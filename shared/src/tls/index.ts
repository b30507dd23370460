export { assertWith } from './assert-with.ts';
export { type DialTls, type DialTlsFiles, dialTls } from './dial-tls.ts';
export { fileStamp } from './file-stamp.ts';
export { type FollowOptions, followFiles } from './follow-files.ts';
export { type KeyPair, readAuthorities, readKeyPair } from './read-pem.ts';
