import type { Lifecycle } from './lifecycle.js';

/** How a camera is accessed. Plugins may add kinds; the core treats them as opaque identifiers. */
export type SourceKind = 'v4l2' | 'synthetic' | 'rtsp' | 'mpegts-udp' | 'srt' | (string & {});

/** What is known about the device itself, regardless of its port. All fields are optional because many cameras report little. */
export interface IdentityHints {
  /** USB vendor and product id, four lower-case hex digits each. */
  readonly vendorId?: string;
  readonly productId?: string;
  readonly serial?: string;
  /** Physical port, such as `usb-0000:00:14.0-2`: the same for every device that is connected to it. */
  readonly portPath?: string;
  /**
   * Distinguishes several cameras inside one USB device, such as `1.2`; absent for the first. These cameras share the serial number
   * and the port, for example the colour and the infrared camera of a webcam.
   */
  readonly usbInterface?: string;
}

/** A device that may deliver frames, as described by a device source. */
export interface SourceDescriptor {
  /** Unique among all sources while the device is present, such as `v4l2:/dev/video0`. Never shown to clients. */
  readonly key: string;
  readonly kind: SourceKind;
  /** How adapters access it: a device path, a URL, a socket. Never shown to clients. May contain credentials. */
  readonly locator: string;
  /** Human-readable name, such as `HD Pro Webcam C920`. */
  readonly name: string;
  readonly hints: IdentityHints;
  /** Names of further nodes of the same device, if this entry groups them. */
  readonly siblings?: readonly string[];
}

export type DeviceEvent =
  | { readonly type: 'added' | 'changed'; readonly source: SourceDescriptor }
  | { readonly type: 'removed'; readonly key: string };

/** Announces devices that are added, changed or removed. */
export interface DeviceEventSource extends Partial<Lifecycle> {
  readonly name: string;
  readonly supports: {
    /** Typical time from plugging in a device to its event, in milliseconds; Infinity if changes are never detected. */
    readonly hotplugLatencyMs: number;
    readonly reportsSerial: boolean;
    /** The kinds of sources it announces. If present, the service detects when this source misses a device that others report. */
    readonly kinds?: readonly SourceKind[];
  };
  /**
   * Yields every present device as `added`, then each change, until `signal` aborts.
   * Ends (does not throw) on abort. For one key the events alternate: `added`, any number of `changed`, `removed`.
   * Only one iteration per instance at a time: a second one while the first is running throws a TypeError.
   * @throws PortError `SOURCE_UNAVAILABLE` if the interface cannot be opened; the caller retries.
   */
  watch(signal: AbortSignal): AsyncIterable<DeviceEvent>;
  /**
   * When the source was last notified that something may have changed, in the monotonic time of the Clock; polling does not
   * count. `undefined`: never. Absent if the source never polls.
   */
  heardAt?(): number | undefined;
}
