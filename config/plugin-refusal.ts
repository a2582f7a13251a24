import { PortError } from '../ports/index.js';

/** A plugin that cannot be used, by its name in the configuration, with what to do about it. */
export function refusePlugin(name: string, rule: string, cause?: unknown): PortError {
  return new PortError('OPTION_INVALID', {
    cause,
    message: `plugins.load: ${name}: ${rule}`,
    detail: { option: 'plugins.load', plugin: name, rule },
  });
}
