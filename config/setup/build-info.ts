/** What the build wrote into the bundle. */
declare const __CAMERA_SERVICE_VERSION__: string | undefined;
declare const __CAMERA_SERVICE_BUILD_DATE__: string | undefined;

export interface BuildInfo {
  readonly version: string;
  /** ISO 8601 UTC with milliseconds. */
  readonly buildDate: string;
}

/** Run from the sources, without a build, the version is `0.0.0-source` and the date that of the epoch. */
export function buildInfo(): BuildInfo {
  return {
    version: typeof __CAMERA_SERVICE_VERSION__ === 'string' ? __CAMERA_SERVICE_VERSION__ : '0.0.0-source',
    buildDate:
      typeof __CAMERA_SERVICE_BUILD_DATE__ === 'string'
        ? __CAMERA_SERVICE_BUILD_DATE__
        : new Date(0).toISOString(),
  };
}
