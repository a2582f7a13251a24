import { expect } from 'chai';
import { roleAllows } from '../../core/auth/roles.js';
import { ROLES } from '../../ports/index.js';
import { METHODS } from '../../core/rpc/methods/index.js';
import { codeOf, createRpcWorld, dataOf, TOKENS } from './rpc/world.js';

const UNKNOWN = { no_such_field: 1 };

describe('every method, from the table', () => {
  for (const method of METHODS) {
    describe(method.name, () => {
      for (const role of ROLES) {
        const allowed = method.role === 'none' || roleAllows(role, method.role);
        it(`${allowed ? 'is open to' : 'is closed to'} ${role}`, async () => {
          const world = await createRpcWorld();
          const outcome = await world.connect({ credential: TOKENS[role] }).call(method.name, UNKNOWN);
          expect(codeOf(outcome)).to.equal(allowed ? 'INVALID_PARAMS' : 'PERMISSION_DENIED');
          if (!allowed) {
            expect(dataOf(outcome)).to.include({ required_role: method.role, have_role: role });
          }
          expect(world.reached).to.deep.equal([]);
        });
      }

      it(`${method.role === 'none' ? 'is open to' : 'is closed to'} nobody in particular`, async () => {
        const world = await createRpcWorld();
        const outcome = await world.connect().call(method.name, UNKNOWN);
        expect(codeOf(outcome)).to.equal(method.role === 'none' ? 'INVALID_PARAMS' : 'AUTH_REQUIRED');
        expect(world.reached).to.deep.equal([]);
      });

      it('names an unknown field', async () => {
        const world = await createRpcWorld();
        const outcome = await world.connect({ credential: TOKENS.admin }).call(method.name, UNKNOWN);
        expect(dataOf(outcome)).to.include({ param: 'no_such_field', rule: 'unknown' });
        expect(dataOf(outcome)['hint']).to.be.a('string');
      });

      it('has a sane declaration', () => {
        expect(method.name).to.match(/^[a-z]+([_.][a-z]+)*$/);
        expect(method.summary).to.match(/^[A-Z].+\.$/);
        expect(method.timeoutMs).to.be.within(1, 3_600_000);
        expect(new Set(method.errors).size).to.equal(method.errors.length);
      });

      if (method.audited) {
        it('leaves one audit record, also when it is refused', async () => {
          const world = await createRpcWorld();
          await world.connect({ credential: TOKENS.viewer }).call(method.name, UNKNOWN);
          const calls = world.audit.filter(({ method: name }) => name !== 'connect');
          expect(calls.map((entry) => entry.method)).to.deep.equal([method.name]);
          expect(calls[0]).not.to.have.property('params');
        });
      }

      if (method.takesDevice) {
        it('does not tell of a camera outside the scope', async () => {
          const world = await createRpcWorld();
          const outcome = await world
            .connect({ credential: TOKENS.scoped })
            .call(method.name, { device: 'camera1' });
          expect(codeOf(outcome)).to.equal('CAMERA_NOT_FOUND');
          expect(dataOf(outcome)['available_devices']).to.deep.equal(['camera0']);
          expect(world.reached).to.deep.equal([]);
        });
      }
    });
  }

  it('has no name twice', () => {
    expect(new Set(METHODS.map((method) => method.name)).size).to.equal(METHODS.length);
  });
});
