/** The contract run of somebody else's transport, which uses every type that the suite of transports exports. */
export const TRANSPORT_TEST = `
import type { Transport } from 'mediamtx-camera-service/ports';
import { transportContract } from 'mediamtx-camera-service/contract/transport';
import type {
  RawTestClient, TestAnswer, TestClient, TestHttpAnswer, TestHttpRequest, TransportSetting, TransportWorld,
} from 'mediamtx-camera-service/contract/transport';

const supports: Transport['supports'] = {
  calls: false, events: false, files: false, health: false, jsonRpc: false, batches: false,
};

/** It listens, and offers nothing yet. */
function createDeafTransport(): Transport {
  let isUp = false;
  return {
    name: 'deaf',
    supports,
    start: async (_service, signal) => {
      signal.throwIfAborted();
      isUp = true;
    },
    stop: async () => void (isUp = false),
    addresses: () => (isUp ? ['deaf:'] : []),
  };
}

class DeafClient implements TestClient, RawTestClient {
  readonly closed = Promise.resolve();
  call(): Promise<TestAnswer> { return Promise.reject(new Error('nobody hears it')); }
  onNotification(): void {}
  send(): void {}
  onMessage(): void {}
  close(): void {}
}

const setting = (): TransportSetting => ({
  transport: createDeafTransport(),
  connect: async () => new DeafClient(),
  connectRaw: async () => new DeafClient(),
  request: async ({ path }: TestHttpRequest): Promise<TestHttpAnswer> => ({
    status: 404, headers: {}, body: Buffer.from(path),
  }),
  dispose: async () => undefined,
});

const world: TransportWorld = { supports, create: async () => setting(), withinMs: 2_000 };
transportContract('deaf', world);
`;
