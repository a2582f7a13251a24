/** Must not compile but for the expectations: the compiler reports an expectation that is not met. */
import { defineMethod } from '../../../core/rpc/define-method.js';
import { s } from '../../../core/validation/schema.js';

const rest = {
  name: 'x',
  summary: 'X.',
  params: s.object({ n: s.int() }),
  result: s.object({ state: s.oneOf('ON', 'OFF') }),
  errors: [],
  timeoutMs: 1,
  audited: false,
} as const;
const handler = () => Promise.resolve({ state: 'ON' as const });

export const complete = defineMethod({ ...rest, role: 'viewer', handler });

// @ts-expect-error a method without a role
export const withoutRole = defineMethod({ ...rest, handler });

// @ts-expect-error a role that does not exist
export const wrongRole = defineMethod({ ...rest, role: 'root', handler });

export const wrongResult = defineMethod({
  ...rest,
  role: 'viewer',
  // @ts-expect-error a result that is not as declared
  handler: () => Promise.resolve({ state: 'HALF' as const }),
});

export const wrongParam = defineMethod({
  ...rest,
  role: 'viewer',
  // @ts-expect-error a parameter that is not declared
  handler: ({ m }) => Promise.resolve({ state: m === 1 ? 'ON' : 'OFF' }),
});
