import { withoutExtension } from '../files/file-names.js';
import { Mutex } from '../lifecycle/mutex.js';
import { KeptDocument, type KeptDocumentDeps } from '../state/kept-document.js';
import { compile, s } from '../validation/schema.js';
import type { StateStore } from '../../ports/index.js';
import type { RetentionWish } from './plan.js';
import { storedPolicies, type RetentionPolicies, type RetentionPolicy } from './policy.js';

export interface RetentionStoreDeps extends KeptDocumentDeps {
  readonly state: Pick<StateStore, 'read' | 'write' | 'remove'>;
}

const POLICY_KEY = 'recordings.retention';
const PROTECTED_KEY = 'recordings.protected';
/** Present while what was wanted is not known: the damaged documents themselves may be set aside at the first look. */
const LOST_KEY = 'recordings.retention-lost';

const storedNames = compile(s.object({ names: s.array(s.string({ min: 1, max: 200 })) }));

/** Where a policy comes from. */
export type PolicyOrigin = 'stored' | 'configured';

/**
 * What is wanted of retention, over restarts: policies and protected recordings, each in a document that is kept twice. A document
 * rather than events of the history of files: a damaged line of the history is left out, which would take a protection away in
 * silence, and what is known of missing files is forgotten one day, while a recording that comes back from a backup or with its disk
 * must still be protected.
 *
 * Protection goes by the name without its extension, because a recording that is converted after its end keeps that. A file that is
 * renamed by hand loses it.
 */
export class RetentionStore {
  readonly #configured: RetentionPolicies;
  readonly #deps: RetentionStoreDeps;
  readonly #policies: KeptDocument;
  readonly #protected: KeptDocument;
  readonly #turns = new Mutex();
  #stored: RetentionPolicies = { cameras: {} };
  #names: ReadonlySet<string> = new Set();
  #isLost = false;

  /** @param configured the policies that apply until others are stored. */
  constructor(configured: RetentionPolicies, deps: RetentionStoreDeps) {
    this.#configured = configured;
    this.#deps = deps;
    this.#policies = new KeptDocument({ key: POLICY_KEY, version: 1 }, deps);
    this.#protected = new KeptDocument({ key: PROTECTED_KEY, version: 1 }, deps);
  }

  /** Reads what is stored. Never rejects. */
  async load(): Promise<void> {
    const [policies, names] = [await this.#policies.load(), await this.#protected.load()];
    const isSound =
      (policies === undefined || storedPolicies.accepts(policies)) &&
      (names === undefined || storedNames.accepts(names));
    if (policies !== undefined && storedPolicies.accepts(policies)) this.#stored = policies;
    if (names !== undefined && storedNames.accepts(names)) this.#names = new Set(names.names);
    const isLost = !isSound || this.#policies.isLost || this.#protected.isLost;
    this.#isLost = isLost || (await this.#wasLost());
    if (!this.#isLost) return;
    this.#deps.log.error(
      'what is stored about retention is damaged: nothing is deleted until set_retention_policy is called',
    );
    await this.#deps.state.write(LOST_KEY, { lost: true }).catch((cause: unknown) => {
      this.#deps.log.error('the damage of a stored document could not be noted', { cause });
    });
  }

  /** True when policies or protected recordings were lost: nothing may be deleted until a policy is set again. */
  get isLost(): boolean {
    return this.#isLost;
  }

  get wish(): RetentionWish {
    const { global = this.#configured.global, cameras } = this.#stored;
    return { global, cameras: { ...this.#configured.cameras, ...cameras }, protectedNames: this.#names };
  }

  /** Where the policy of a camera comes from; without a camera, the global one. */
  originOf(camera?: string): PolicyOrigin {
    const { global, cameras } = this.#stored;
    const isStored = camera === undefined ? global !== undefined : Object.hasOwn(cameras, camera);
    return isStored ? 'stored' : 'configured';
  }

  isProtected(filename: string): boolean {
    return this.#names.has(withoutExtension(filename));
  }

  /**
   * @param policy `undefined` for what is configured. @param camera absent for the global policy.
   * @throws as `StateStore.write`; the policy before it is in force then, also after a restart.
   */
  async setPolicy(policy: RetentionPolicy | undefined, camera?: string): Promise<void> {
    await this.#turns.run(async () => {
      const next = camera === undefined ? this.#withGlobal(policy) : this.#withCamera(camera, policy);
      // What is known now is what is wanted from here on, so that both documents are written again.
      if (this.#isLost) await this.#protected.save({ names: [...this.#names] });
      await this.#policies.save({ ...next });
      this.#stored = next;
      if (this.#isLost) await this.#found();
    });
  }

  /** @throws as `StateStore.write`; nothing is changed then. */
  async protect(filename: string, isProtected: boolean): Promise<void> {
    await this.#turns.run(async () => {
      const names = new Set(this.#names);
      const name = withoutExtension(filename);
      if (names.has(name) === isProtected) return;
      if (isProtected) names.add(name);
      else names.delete(name);
      await this.#protected.save({ names: [...names] });
      this.#names = names;
    });
  }

  #withGlobal(global: RetentionPolicy | undefined): RetentionPolicies {
    const { cameras } = this.#stored;
    return global === undefined ? { cameras } : { global, cameras };
  }

  #withCamera(camera: string, policy: RetentionPolicy | undefined): RetentionPolicies {
    const { [camera]: _before, ...others } = this.#stored.cameras;
    return { ...this.#stored, cameras: policy === undefined ? others : { ...others, [camera]: policy } };
  }

  async #found(): Promise<void> {
    this.#isLost = false;
    await this.#deps.state.remove(LOST_KEY).catch((cause: unknown) => {
      this.#deps.log.warn('retention will be paused again after a restart', { cause });
    });
  }

  async #wasLost(): Promise<boolean> {
    try {
      return (await this.#deps.state.read(LOST_KEY)) !== undefined;
    } catch {
      // It was there.
      return true;
    }
  }
}
