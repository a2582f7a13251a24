/** A plugin as administrators see it. */
export interface PluginView {
  readonly name: string;
  readonly version: string;
  /** Its adapters, as `Port/name`. */
  readonly provides: readonly string[];
  /** What it has beyond adapters. */
  readonly capabilities: readonly string[];
  readonly state: PluginState;
  /** What is wrong with it, or why it is not in use. */
  readonly reason?: string;
  readonly isolation: string;
}

/**
 * `running`: at least one of its adapters or capabilities is in use. `idle`: nothing of it is. `degraded`: in use, but something
 * of it does not work. `failed`: it could not be loaded. `disabled`: an administrator has taken it out of use.
 */
export const PLUGIN_STATES = ['running', 'idle', 'degraded', 'failed', 'disabled'] as const;
export type PluginState = (typeof PLUGIN_STATES)[number];

export interface PluginChange {
  readonly enabled: boolean;
  /** Reads its package again and runs the code that is there now. */
  readonly reload: boolean;
}

/** Who asks, and by what: neither may be taken away by the call itself. */
export interface PluginCaller {
  /** Name of the transport of the call. */
  readonly transport: string;
  /** Name of the provider of credentials that vouches for the caller. */
  readonly provider: string;
}

/** The plugins of this service, while it runs. */
export interface PluginControl {
  list(): readonly PluginView[];
  /**
   * Resolves when it is done; one change at a time. A change that is already made does nothing.
   * @throws ServiceError `INVALID_PARAMS` for a plugin that is not loaded; `UNSUPPORTED` for one that the service cannot do without;
   * `INVALID_STATE` while the service starts or stops; `DEPENDENCY_FAILED` when the package cannot be loaded. The plugin is as it was then.
   */
  change(name: string, wanted: PluginChange, caller: PluginCaller): Promise<PluginView>;
}
