import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';

export const ping = defineMethod({
  name: 'ping',
  summary: 'Returns "pong" to confirm that the connection works.',
  role: 'none',
  params: s.object({}),
  result: s.constant('pong'),
  errors: [],
  timeoutMs: 1000,
  audited: false,
  handler: () => Promise.resolve('pong' as const),
});
