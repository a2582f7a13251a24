/** What the doctor says about one component. */
export interface DoctorLine {
  readonly component: string;
  /** `missing` is needed and not there; `warning` is worth knowing; neither stops a start by itself. */
  readonly state: 'ok' | 'warning' | 'missing';
  /** What was found: version, place, amount. */
  readonly found: string;
  /** What to do about it; absent when all is well. */
  readonly remedy?: string;
}
