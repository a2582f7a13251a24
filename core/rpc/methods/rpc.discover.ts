import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';

export const rpcDiscover = defineMethod({
  name: 'rpc.discover',
  summary: 'Returns the OpenRPC document of this API.',
  role: 'none',
  params: s.object({}),
  result: s.open({ openrpc: s.string(), info: s.any(), methods: s.array(s.any()) }),
  errors: [],
  timeoutMs: 1000,
  audited: false,
  uses: ['api'],
  handler: (_params, _call, { api }) =>
    Promise.resolve(api.document() as { openrpc: string; info: unknown; methods: unknown[] }),
});
