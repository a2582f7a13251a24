import { memoryListenerWorld } from '../../worlds/http-listener-worlds.js';
import { httpListenerContract, type HttpListenerWorld } from '../http-listener.contract.js';
import { expectCaught } from './expect-caught.js';
import { brokenListeners } from './http-listener.broken.js';

const suite = (world: HttpListenerWorld): void => httpListenerContract('broken', world);

describe('HttpListener contract catches', () => {
  for (const broken of brokenListeners) {
    it(`[${broken.rule}] broken`, () => expectCaught(suite, broken));
  }
  it('and lets a good listener pass', async () => {
    const rule = 'prefix-longest';
    const verdict = await expectCaught(suite, { rule, world: memoryListenerWorld() }).catch(
      (e: Error) => e.message,
    );
    if (verdict?.includes('passed') !== true)
      throw new Error(`a good listener was blamed: ${String(verdict)}`);
  });
});
