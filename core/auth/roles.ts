import { ROLES, type Principal, type Role } from '../../ports/auth-provider.js';

/** What a method asks for: a role, or `none` for everybody. */
export type Access = Role | 'none';

export function roleAllows(have: Role, required: Access): boolean {
  return required === 'none' || ROLES.indexOf(have) >= ROLES.indexOf(required);
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
