import { defineMethod } from '../define-method.js';
import { PLUGIN_STATES } from '../../lifecycle/plugin-control.js';
import { s } from '../../validation/schema.js';

export const getServerInfo = defineMethod({
  name: 'get_server_info',
  summary: 'Returns information about the service: version, platform, features and plugins.',
  role: 'viewer',
  params: s.object({}),
  result: s.object({
    name: s.string(),
    version: s.string(),
    build_date: s.string(),
    node_version: s.string(),
    architecture: s.string(),
    api_version: s.string(),
    capabilities: s.array(s.string()),
    supported_formats: s.array(s.string()),
    max_cameras: s.int(),
    plugins: s.array(
      s.object({
        name: s.string(),
        version: s.string(),
        provides: s.array(s.string()),
        capabilities: s.array(s.string()),
        state: s.oneOf(...PLUGIN_STATES),
      }),
    ),
  }),
  errors: [],
  timeoutMs: 1_000,
  audited: false,
  uses: ['about', 'media', 'plugins'],
  handler: async (_params, _call, { about, media, plugins }) => {
    return {
      name: about.name,
      version: about.version,
      build_date: about.buildDate,
      node_version: about.nodeVersion,
      architecture: about.architecture,
      api_version: about.apiVersion,
      capabilities: [
        'snapshots',
        'events',
        'files',
        ...(media.supports.recording ? ['recordings'] : []),
        ...(media.supports.viewers ? ['streaming'] : []),
      ],
      supported_formats: ['fmp4', 'mp4', 'mpegts', 'mkv', 'jpg', 'png'],
      max_cameras: about.maxCameras,
      plugins: plugins.list().map(({ name, version, provides, capabilities, state }) => {
        return { name, version, provides, capabilities, state };
      }),
    };
  },
});
