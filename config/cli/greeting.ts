import type { Camera } from '../../core/cameras/camera.js';
import type { AuthProvider, MediaServer } from '../../ports/index.js';
import type { Cradle } from '../composition-root.js';

const TTL_SECONDS = 3_600;
const PATIENCE_MS = 2_000;
const LOOK_MS = 50;

/** What a developer needs in the first minute: where things are, and a link that shows a moving picture. */
export async function greeting(cradle: Cradle, signal: AbortSignal): Promise<string> {
  const { transports, media, providers } = cradle;
  const lines = transports.all.flatMap((transport) => transport.addresses()).map((address) => `  ${address}`);
  const issuer = providers.all.find((provider) => provider.supports.issue && !provider.supports.revoke);
  const camera = await firstCamera(cradle, signal);
  if (issuer && camera && media.supports.viewers)
    lines.push('', ...(await links(issuer, camera.id, media).catch((cause: unknown) => noLinks(cause))));
  lines.push('', '  More: npx camera-service watch · token --role operator · doctor · --help');
  return ['', '  The camera service is running.', ...lines, ''].join('\n');
}

async function links(issuer: AuthProvider, camera: string, media: MediaServer): Promise<readonly string[]> {
  const { credential } = await issuer.issue({
    subject: 'first-look',
    role: 'viewer',
    ttlSeconds: TTL_SECONDS,
  });
  const urls = media.viewerUrls(camera, 'localhost');
  return [
    `  Live stream of ${camera} (links valid for one hour):`,
    `    in a browser  ${urls.webrtc}?token=${credential}`,
    `    in a player   ${urls.rtsp}?token=${credential}`,
  ];
}

/** The service runs without a token for a first look. */
function noLinks(cause: unknown): readonly string[] {
  return [
    `  No link to a live stream can be made: ${cause instanceof Error ? cause.message : String(cause)}`,
  ];
}

/** The first camera that answers; cameras are found a moment after the start. */
async function firstCamera({ registry, clock }: Cradle, signal: AbortSignal): Promise<Camera | undefined> {
  const deadline = clock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    const camera = registry.list().find((each) => each.status === 'CONNECTED');
    if (camera || signal.aborted || clock.monotonicMs() > deadline) return camera;
    await clock.sleep(LOOK_MS, signal).catch(() => undefined);
  }
}
