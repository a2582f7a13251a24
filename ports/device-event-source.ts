import type { Lifecycle } from './lifecycle.js';

/** What a camera is reached through. Plugins may add kinds; core treats them as opaque words. */
export type SourceKind = 'v4l2' | 'synthetic' | 'rtsp' | 'mpegts-udp' | 'srt' | (string & {});

/** What is known about the thing itself, wherever it is plugged in. All optional: many cameras tell little. */
export interface IdentityHints {
  /** USB vendor and product id, four lower-case hex digits each. */
  readonly vendorId?: string;
  readonly productId?: string;
  readonly serial?: string;
  /** Physical place, such as `usb-0000:00:14.0-2`: the same for whatever is plugged in there. */
  readonly portPath?: string;
  /**
   * Which of several cameras inside one USB device this is, such as `1.2`; absent for the first. They share serial and socket:
   * the colour and the infrared half of a webcam, for one.
   */
  readonly usbInterface?: string;
}

/** One thing that may deliver pictures, as a source sees it. */
export interface SourceDescriptor {
  /** Unique within all sources while it is present, such as `v4l2:/dev/video0`. Never shown to clients. */
  readonly key: string;
  readonly kind: SourceKind;
  /** How adapters reach it: a device path, a URL, a socket. Never shown to clients. May hold credentials. */
  readonly locator: string;
  /** Human name, such as `HD Pro Webcam C920`. */
  readonly name: string;
  readonly hints: IdentityHints;
  /** Names of further nodes of the same device, for the one that groups them. */
  readonly siblings?: readonly string[];
}

export type DeviceEvent =
  | { readonly type: 'added' | 'changed'; readonly source: SourceDescriptor }
  | { readonly type: 'removed'; readonly key: string };

/** Announces devices that come, change and go. */
export interface DeviceEventSource extends Partial<Lifecycle> {
  readonly name: string;
  readonly supports: {
    /** Typical time from plug to event, in milliseconds; Infinity when it never notices changes. */
    readonly hotplugLatencyMs: number;
    readonly reportsSerial: boolean;
    /** The kinds of source it announces. With it, silence about a device that others see is noticed. */
    readonly kinds?: readonly SourceKind[];
  };
  /**
   * Yields every device that is present as `added`, then each change until `signal` aborts.
   * Ends (does not throw) on abort. For one key the events alternate: `added`, any number of `changed`, `removed`.
   * One iteration at a time per instance; a second one while the first runs throws a TypeError.
   * @throws PortError `SOURCE_UNAVAILABLE` when the interface cannot be opened; the caller retries.
   */
  watch(signal: AbortSignal): AsyncIterable<DeviceEvent>;
  /**
   * When it last heard by itself that something may have happened, on the monotonic scale of the Clock; looking at intervals does not
   * count. `undefined`: never. Absent where it hears of everything that it tells.
   */
  heardAt?(): number | undefined;
}
