/** The names of all topics. */
export interface Topics {
  /** `online` or `offline`, retained; the broker says `offline` by itself when the connection is lost. */
  readonly availability: string;
  readonly request: string;
  readonly response: string;
  /** Commands of devices that were refused. */
  readonly refused: string;
  /** All command topics of devices. */
  readonly commands: readonly string[];
  event(topic: string): string;
  state(device: string): string;
  image(device: string): string;
  command(device: string, what: DeviceCommand): string;
  /** What a command topic asks for; undefined for other topics. */
  parse(topic: string): { readonly device: string; readonly what: DeviceCommand } | undefined;
}

export type DeviceCommand = 'recording' | 'snapshot';

export function topicsBelow(prefix: string): Topics {
  const cameras = `${prefix}/camera`;
  return {
    availability: `${prefix}/availability`,
    request: `${prefix}/rpc/request`,
    response: `${prefix}/rpc/response`,
    refused: `${prefix}/refused`,
    commands: [`${cameras}/+/recording/set`, `${cameras}/+/snapshot/set`],
    event: (topic) => `${prefix}/event/${topic.replaceAll('.', '/')}`,
    state: (device) => `${cameras}/${device}/state`,
    image: (device) => `${cameras}/${device}/image`,
    command: (device, what) => `${cameras}/${device}/${what}/set`,
    parse: (topic) => {
      if (!topic.startsWith(`${cameras}/`)) return undefined;
      const [device, what, set, ...more] = topic.slice(cameras.length + 1).split('/');
      if (device === undefined || set !== 'set' || more.length > 0) return undefined;
      return what === 'recording' || what === 'snapshot' ? { device, what } : undefined;
    },
  };
}
