import { identityTrait, isFlag, isFlagOrAbsent, isKinds, type Described } from '../identity.trait.js';
import { expectCaught, type Broken } from './expect-caught.js';

interface Sound extends Described {
  readonly supports: { readonly flag: boolean; readonly maybe?: boolean; readonly kinds: readonly string[] };
}

const sound: Sound = { name: 'sound', supports: { flag: false, kinds: ['v4l2'] } };
const supporting = (supports: object): Sound => ({ ...sound, supports: { ...sound.supports, ...supports } });

const brokenOnes: Readonly<Record<string, Sound>> = {
  'has no name': { ...sound, name: '' },
  'leaves a flag out': supporting({ flag: undefined }),
  'has a word for a flag': supporting({ flag: 'yes' }),
  'has a word for a flag that may be absent': supporting({ maybe: 'yes' }),
  'takes no kind': supporting({ kinds: [] }),
  'takes a kind without a name': supporting({ kinds: [''] }),
  'has a word for its kinds': supporting({ kinds: 'v4l2' }),
};

describe('the identity trait', () => {
  const register = (adapter: Sound): void =>
    identityTrait(() => adapter, { flag: isFlag, maybe: isFlagOrAbsent, kinds: isKinds });
  for (const [what, adapter] of Object.entries(brokenOnes)) {
    const broken: Broken<Sound> = { rule: 'identity', world: adapter };
    it(`catches an adapter that ${what}`, () => expectCaught(register, broken));
  }
  register(sound);
  register(supporting({ maybe: true }));
});
