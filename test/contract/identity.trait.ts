/** What an adapter says of itself: part of the suite of each port whose adapters have a name and say what they support. */
import { expect } from 'chai';
import { describe, it } from './runner.contract.js';

export interface Described {
  readonly name: string;
  readonly supports: object;
}

type Check = (value: unknown) => boolean;

export const isFlag: Check = (value) => typeof value === 'boolean';
export const isFlagOrAbsent: Check = (value) => value === undefined || isFlag(value);
export const isKinds: Check = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((kind) => typeof kind === 'string' && kind !== '');

/** @param checks what each member of `supports` may be. */
export function identityTrait<T extends Described>(
  create: () => T | Promise<T>,
  checks: Readonly<Record<keyof T['supports'], Check>>,
): void {
  describe('what it says of itself', () => {
    it('[identity] has a name, and declares each thing that it may support', async () => {
      const adapter = await create();
      expect(adapter.name, 'name').to.match(/^\S+$/);
      const supports = adapter.supports as Readonly<Record<string, unknown>>;
      for (const [member, isSound] of Object.entries<Check>(checks))
        expect(isSound(supports[member]), `supports.${member}: ${String(supports[member])}`).to.equal(true);
    });
  });
}
