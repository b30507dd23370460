export { assertMaySendToken, isLoopback } from './assert-may-send-token.ts';
export { AUTHORIZATION_KEY, bearerOf, tokenOfBearer } from './bearer.ts';
export { IDENTITY_NAME_RULE, isIdentityName, ROLES, type Role } from './roles.ts';
export { createToken, hashToken, isToken } from './token.ts';
export { type TokenOrigin, type TokenSource, tokenSource } from './token-source.ts';
