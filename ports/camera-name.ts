/**
 * The rule for camera names. A name is an identifier in the API, a path of the media server, a part of URLs and the
 * beginning of file names. Every adapter must accept every name that follows the rule, and the service passes on no other.
 */
export const CAMERA_NAME = {
  /** `all` and `all_others` mean every path to some media servers. */
  pattern: '^(?!all$|all_others$)[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
  rule: 'a name of 1 to 63 unaccented letters, digits, dots, hyphens and underscores, starting with a letter or digit; not "all" or "all_others"',
} as const;

const NAME = new RegExp(CAMERA_NAME.pattern);

export function isCameraName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}
