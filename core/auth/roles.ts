import type { Principal, Role } from '../../ports/auth-provider.js';

/** From the weakest to the strongest: a higher role may do all that a lower one may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const satisfies readonly Role[];

/** What a method asks for: a role, or `none` for everybody. */
export type Access = Role | 'none';

const RANK: Readonly<Record<Access, number>> = { none: 0, viewer: 1, operator: 2, admin: 3 };

export function roleAllows(have: Role, required: Access): boolean {
  return RANK[have] >= RANK[required];
}

/** The names of what a role may do, in the order of the table. */
export function permissionsOf(
  role: Role,
  methods: readonly { readonly name: string; readonly role: Access }[],
): readonly string[] {
  return methods.filter((method) => roleAllows(role, method.role)).map((method) => method.name);
}

/** Whether this principal may know of the camera. */
export function maySee(principal: Principal, device: string): boolean {
  return principal.cameras === undefined || principal.cameras.includes(device);
}

export function isExpired(principal: Principal, now: number): boolean {
  return principal.expiresAt !== undefined && principal.expiresAt <= now;
}
