import { TELEMETRY_LIMITS, type TelemetryProblem } from '../../../ports/telemetry-decoder.js';

/** What is wrong, as far as there is room for it. */
export class Problems {
  readonly #found: TelemetryProblem[] = [];

  add(code: string, message: string, field?: string): void {
    const room = TELEMETRY_LIMITS.problems - this.#found.length;
    if (room > 1) this.#found.push({ code, message, ...(field === undefined ? {} : { field }) });
    else if (room === 1) this.#found.push({ code: 'too_many', message: 'there are further problems' });
  }

  get all(): readonly TelemetryProblem[] {
    return this.#found;
  }
}
