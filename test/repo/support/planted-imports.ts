/** One violation of each import rule: file, its text, and the only rule that may speak up. */
export interface Plant {
  readonly rule: string;
  readonly file: string;
  readonly text: string;
}

const imports = (specifier: string): string => `import '${specifier}';\n`;

/** A tree in which every edge is allowed. */
export const soundTree: Readonly<Record<string, string>> = {
  'ports/clock.ts': 'export interface Clock { now(): number }\n',
  'ports/index.ts': "export * from './clock.js';\n",
  'core/validation/schema.ts': imports('@sinclair/typebox') + imports('../../ports/index.js'),
  'core/rpc/dispatch.ts': imports('../validation/schema.js') + imports('../streams/stream-service.js'),
  'core/streams/stream.ts': imports('../../ports/index.js'),
  'core/streams/stream-service.ts': imports('./stream.js') + imports('../errors/codes.js'),
  'core/errors/codes.ts': imports('../../ports/index.js'),
  'adapters/_shared/http-client.ts':
    imports('axios') + imports('node:http') + imports('../../ports/index.js'),
  'adapters/_shared/forwarded.ts': imports('proxy-addr'),
  'adapters/media-server/mediamtx/api.ts': imports('node:fs'),
  'adapters/media-server/mediamtx/index.ts': imports('./api.js') + imports('../../_shared/http-client.js'),
  'adapters/media-server/memory/index.ts': imports('../../../ports/index.js'),
  'adapters/clock/system/index.ts': imports('../../../ports/index.js'),
  'adapters/transport/http-files/index.ts': imports('fresh') + imports('range-parser'),
  'adapters/transport/ws-jsonrpc/index.ts': imports('ws') + imports('../../_shared/json-rpc/rpc-server.js'),
  'adapters/_shared/json-rpc/rpc-server.ts': imports('json-rpc-2.0'),
  'plugins/kit/index.ts': imports('../../adapters/_shared/http-client.js') + imports('../api/index.js'),
  'adapters/auth-provider/jwt/index.ts': imports('jsonwebtoken') + imports('passport-jwt'),
  'adapters/logger/winston/index.ts': imports('winston') + imports('winston-daily-rotate-file'),
  'adapters/metrics-sink/prometheus/index.ts': imports('prom-client'),
  'adapters/frame-grabber/v4l2/index.ts': imports('koffi'),
  'plugins/api/index.ts': "export * from '../../ports/index.js';\n",
  'plugins/capabilities/static-site.ts': imports('mrmime'),
  'plugins/host/load.ts': imports('semver') + imports('node:fs') + imports('../api/index.js'),
  'plugins/builtin/mediamtx.ts':
    imports('../api/index.js') + imports('../../adapters/media-server/mediamtx/index.js'),
  'plugins/examples/mqtt/src/index.ts':
    imports('mediamtx-camera-service/plugin-api') +
    imports('./topics.js') +
    imports('left-pad') +
    imports('ws') +
    imports('node:net'),
  'plugins/examples/mqtt/src/topics.ts': 'export const TOPIC = "cameras";\n',
  'plugins/examples/mqtt/test/topics.test.ts':
    imports('../src/topics.js') + imports('mediamtx-camera-service/contract/clock') + imports('chai'),
  'config/schema.ts': imports('convict'),
  'config/composition-root.ts':
    imports('awilix') +
    imports('../core/rpc/dispatch.js') +
    imports('../plugins/host/load.js') +
    imports('../plugins/builtin/mediamtx.js') +
    imports('../adapters/clock/system/index.js'),
  'config/cli/watch.ts': imports('../../adapters/transport/ws-jsonrpc/ws-client.js'),
  'adapters/transport/ws-jsonrpc/ws-client.ts': imports('ws'),
  'adapters/_shared/plain/versions.mjs': imports('semver') + imports('node:fs'),
  'config/setup/build.mjs':
    imports('node:fs') + imports('esbuild') + imports('../../adapters/_shared/plain/versions.mjs'),
  'test/contract/expect.ts': imports('chai'),
  'test/contract/clock.contract.ts':
    imports('chai') + imports('./expect.js') + imports('../../ports/index.js'),
  'test/contract/clock.system.test.ts':
    imports('./clock.contract.js') + imports('../../adapters/clock/system/index.js') + imports('node:os'),
  'docs/generate/config.ts': imports('../../config/schema.js') + imports('node:fs'),
};

export const packagesOfTree = [
  ...['@sinclair/typebox', 'axios', 'ws', 'json-rpc-2.0', 'jsonwebtoken', 'passport-jwt', 'winston', 'chai'],
  ...[
    'winston-daily-rotate-file',
    'prom-client',
    'koffi',
    'semver',
    'proxy-addr',
    'fresh',
    'range-parser',
    'mrmime',
    'convict',
    'awilix',
    'esbuild',
    'left-pad',
    '@microsoft/api-extractor',
  ],
] as const;

const plant = (rule: string, file: string, specifier: string): Plant => ({
  rule,
  file,
  text: imports(specifier),
});

const ROOMS_BELOW_RPC = [
  ...['audit', 'auth', 'cameras', 'errors', 'events', 'files', 'health', 'integrity', 'jobs', 'library'],
  ...[
    'lifecycle',
    'metrics',
    'publishing',
    'recordings',
    'retention',
    'snapshots',
    'state',
    'streams',
    'validation',
  ],
  'views',
];

export const plants: readonly Plant[] = [
  plant('everything-resolves', 'core/rpc/lost.ts', './nowhere.js'),
  plant('no-tests-in-product', 'core/rpc/tested.ts', '../../test/contract/expect.js'),
  plant('no-docs-in-product', 'core/rpc/documented.ts', '../../docs/generate/config.js'),
  plant('nobody-imports-config', 'core/rpc/configured.ts', '../../config/schema.js'),
  plant('every-package-has-a-home', 'adapters/media-server/mediamtx/padded.ts', 'left-pad'),
  plant('ports-are-pure', 'ports/impure.ts', 'node:fs'),
  plant('core-knows-ports-only', 'core/rpc/direct.ts', '../../adapters/clock/system/index.js'),
  plant('core-has-no-io', 'core/rpc/writes.ts', 'node:fs'),
  plant('core-has-these-rooms', 'core/attic/box.ts', '../errors/codes.js'),
  plant('streams-are-seen-from-outside', 'core/rpc/peeking.ts', '../streams/stream.js'),
  ...ROOMS_BELOW_RPC.map((room) =>
    plant(`core-${room}-looks-down`, `core/${room}/upward.ts`, '../rpc/dispatch.js'),
  ),
  plant('core-rpc-looks-down', 'core/rpc/astray.ts', '../attic/box.js'),
  plant('adapter-knows-ports-only', 'adapters/clock/system/upward.ts', '../../../core/rpc/dispatch.js'),
  plant('adapters-are-strangers', 'adapters/clock/system/sideways.ts', '../../media-server/memory/index.js'),
  plant('shared-serves-adapters', 'adapters/_shared/greedy.ts', '../clock/system/index.js'),
  plant('plugin-api-is-types', 'plugins/api/busy.ts', 'node:fs'),
  plant('host-is-blind', 'plugins/host/knowing.ts', '../builtin/mediamtx.js'),
  plant('host-needs-semver-at-most', 'plugins/host/padded.ts', 'left-pad'),
  plant('capabilities-are-blind', 'plugins/capabilities/knowing.ts', '../builtin/mediamtx.js'),
  plant('builtin-plays-by-the-rules', 'plugins/builtin/privileged.ts', '../../core/rpc/dispatch.js'),
  plant(
    'kit-is-what-adapters-share',
    'plugins/kit/shortcut.ts',
    '../../adapters/media-server/memory/index.js',
  ),
  plant('leftovers-need-node-alone', 'plugins/leftovers/knowing.ts', '../../core/rpc/dispatch.js'),
  plant('builtin-is-thin', 'plugins/builtin/thick.ts', 'node:fs'),
  plant('examples-need-the-package-only', 'plugins/examples/webhook/src/near.ts', '../../../api/index.js'),
  plant('nobody-imports-examples', 'test/unit/exemplary.ts', '../../plugins/examples/mqtt/src/topics.js'),
  plant('the-package-is-for-strangers', 'test/unit/published.ts', 'mediamtx-camera-service/plugin-api'),
  plant(
    'config-gets-adapters-from-plugins',
    'config/shortcut.ts',
    '../adapters/media-server/memory/index.js',
  ),
  plant(
    'isolation-knows-no-adapter',
    'plugins/isolation/known.ts',
    '../../adapters/media-server/memory/index.js',
  ),
  plant('commands-are-clients', 'config/cli/shortcut.ts', '../../adapters/media-server/memory/index.js'),
  plant('setup-is-plain', 'config/setup/late.mjs', '../schema.js'),
  plant('shared-with-setup-is-plain', 'adapters/_shared/plain/late.mjs', '../http-client.js'),
  plant('contract-suites-are-portable', 'test/contract/bound.contract.ts', '../../core/rpc/dispatch.js'),
  plant('contract-suites-need-chai-only', 'test/contract/local.contract.ts', 'node:fs'),
  plant('api-reports-are-generated', 'docs/generate/other.ts', '@microsoft/api-extractor'),
  plant('docs-read-declarations', 'docs/generate/deep.ts', '../../adapters/clock/system/index.js'),
  plant('typebox-in-validation', 'core/rpc/second.ts', '@sinclair/typebox'),
  plant('assembly-at-the-root', 'adapters/clock/system/wired.ts', 'awilix'),
  plant('esbuild-in-setup', 'config/bundled.ts', 'esbuild'),
  plant('versions-of-programs-and-plugins', 'config/versions.ts', 'semver'),
  plant('ws-in-its-adapter', 'adapters/media-server/mediamtx/socket.ts', 'ws'),
  plant('json-rpc-is-shared', 'adapters/transport/ws-jsonrpc/library.ts', 'json-rpc-2.0'),
  plant('jwt-in-its-adapter', 'adapters/media-server/mediamtx/token.ts', 'jsonwebtoken'),
  plant('winston-in-its-adapter', 'adapters/media-server/mediamtx/chatty.ts', 'winston'),
  plant('prometheus-in-its-adapter', 'adapters/media-server/mediamtx/counted.ts', 'prom-client'),
  plant('http-client-is-shared', 'adapters/media-server/mediamtx/client.ts', 'axios'),
  plant('conditions-and-ranges-in-http-files', 'adapters/_shared/ranges.ts', 'range-parser'),
  plant('types-of-files-in-one-place', 'plugins/capabilities/typed.ts', 'mrmime'),
  plant('proxies-are-shared', 'adapters/media-server/mediamtx/proxied.ts', 'proxy-addr'),
  plant('native-code-near-the-device', 'adapters/media-server/mediamtx/native.ts', 'koffi'),
];

/** Type-only imports count: both files are planted for `no-cycles`. */
export const cycle: Readonly<Record<string, string>> = {
  'core/rpc/cycle-a.ts': "import type { B } from './cycle-b.js';\nexport interface A { readonly b: B }\n",
  'core/rpc/cycle-b.ts': "import type { A } from './cycle-a.js';\nexport interface B { readonly a: A }\n",
};
