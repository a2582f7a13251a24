import type { Cradle } from '../composition-root.js';

const TTL_SECONDS = 3_600;

/** What a developer needs in the first minute: where things are, and a link that shows a moving picture. */
export async function greeting({ transports, registry, media, providers }: Cradle): Promise<string> {
  const lines = transports.flatMap((transport) => transport.addresses()).map((address) => `  ${address}`);
  const issuer = providers.find((provider) => provider.supports.issue && !provider.supports.revoke);
  const camera = registry.list().find((each) => each.status === 'CONNECTED');
  if (issuer && camera && media.supports.viewers) {
    const { credential } = await issuer.issue({
      subject: 'first-look',
      role: 'viewer',
      ttlSeconds: TTL_SECONDS,
    });
    const urls = media.viewerUrls(camera.id, 'localhost');
    lines.push(
      '',
      `  A live picture of ${camera.id} (good for one hour):`,
      `    in a browser  ${urls.webrtc}?token=${credential}`,
      `    in a player   ${urls.rtsp}?token=${credential}`,
    );
  }
  lines.push('', '  More: npx camera-service watch · token --role operator · doctor · --help');
  return ['', '  The camera service is running.', ...lines, ''].join('\n');
}
