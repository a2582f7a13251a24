/**
 * Packages with native code. They are optional, because their install scripts ask for a permission that somebody without USB cameras
 * need not give: the adapter that needs one loads it when it is used, and says how it is installed.
 */

/**
 * @typedef {object} NativePackage
 * @property {string} install the command that adds it, in the folder where this package is installed
 * @property {readonly string[]} adapters those that do not work without it, as `port/name`
 * @property {string} use what it is for
 */

/** @satisfies {Readonly<Record<string, NativePackage>>} */
export const NATIVE_PACKAGES = {
  koffi: {
    install: 'npm install koffi@3',
    adapters: ['DeviceEventSource/udev', 'CameraProbe/v4l2', 'FrameGrabber/v4l2'],
    use: 'USB cameras',
  },
  '@julusian/jpeg-turbo': {
    install: 'npm install @julusian/jpeg-turbo@2',
    adapters: ['FrameGrabber/v4l2'],
    use: 'snapshots straight from a USB camera',
  },
};
