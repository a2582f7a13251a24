/** What the doctor says about one component. */
export interface DoctorLine {
  readonly component: string;
  /** `missing` is needed and not there, or not usable; `warning` is worth knowing. */
  readonly state: 'ok' | 'warning' | 'missing';
  /** What was found: version, place, amount. */
  readonly found: string;
  /** What to do about it; absent when all is well. */
  readonly remedy?: string;
}
