import type { Logger, StateStore } from '../ports/index.js';

/** The stored document that lists the plugins which an administrator has taken out of use. */
const KEY = 'plugins';

interface Document {
  readonly disabled: readonly string[];
}

/** @returns their names; none when the document cannot be read, which is logged. */
export async function readDisabled(state: Pick<StateStore, 'read'>, log: Logger): Promise<readonly string[]> {
  try {
    return namesOf(await state.read(KEY));
  } catch (cause) {
    log.error('the list of disabled plugins cannot be read; all plugins are enabled', { cause });
    return [];
  }
}

/** @throws as `StateStore.update`. */
export async function writeDisabled(
  state: Pick<StateStore, 'update'>,
  name: string,
  isDisabled: boolean,
): Promise<void> {
  await state.update(KEY, (document): Document => {
    const others = namesOf(document).filter((each) => each !== name);
    return { disabled: isDisabled ? [...others, name] : others };
  });
}

function namesOf(document: unknown): readonly string[] {
  const { disabled } = (document ?? {}) as { readonly disabled?: unknown };
  return Array.isArray(disabled) ? disabled.filter((each) => typeof each === 'string') : [];
}
