import { lifecycleTrait, optionalLifecycleTrait } from '../lifecycle.trait.js';
import { expectCaught } from './expect-caught.js';
import {
  brokenLifecycles,
  brokenOptionalLifecycle,
  leakyOptionalLifecycle,
  soundLifecycle,
} from './lifecycle.broken.js';

describe('the lifecycle trait', () => {
  for (const broken of brokenLifecycles) {
    it(`catches a part that breaks [${broken.rule}]`, () =>
      expectCaught((create) => lifecycleTrait(create, 100), broken));
  }
  it('catches an adapter with half a lifecycle [life-optional]', () =>
    expectCaught((create) => optionalLifecycleTrait(create, 100), brokenOptionalLifecycle));

  it('catches an adapter that leaves something open [life-left-optional]', () =>
    expectCaught((create) => optionalLifecycleTrait(create, 100), leakyOptionalLifecycle));

  lifecycleTrait(soundLifecycle, 100);
});
