/**
 * Who may import what. The layers first, then one home for each npm package. `test/repo/imports.test.ts` runs these rules over
 * the repository and plants a violation of each.
 */
const product = '^(core|ports|adapters|plugins|config)/';
const npm = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];
/** Contract suites and what lies beside them; their runs (`.test.ts`) belong to this repository. */
const portable = '^test/contract/(?![^/]+[.]test[.]ts$)[^/]+[.]ts$';
/** Packages of their own in this repository, each of which sees the published package and nothing else of it. */
const examples = '^plugins/examples/';
const packages = (names) => `node_modules/(${names})/`;

/** Each npm package is known to one place only, so that replacing it is work in one place. */
const homes = [
  ['typebox-in-validation', '@sinclair/typebox', '^core/validation/(schema|json-schema)[.]ts$'],
  ['assembly-at-the-root', 'awilix|convict|yaml|commander', '^config/(?!setup/)'],
  ['esbuild-in-setup', 'esbuild', '^config/setup/'],
  ['versions-of-programs-and-plugins', 'semver', '^(adapters/_shared/plain|plugins/host)/'],
  ['ws-in-its-adapter', 'ws', '^adapters/transport/ws-jsonrpc/'],
  ['json-rpc-is-shared', 'json-rpc-2[.]0', '^adapters/_shared/json-rpc/'],
  ['jwt-in-its-adapter', 'jsonwebtoken|passport-jwt|jose', '^adapters/auth-provider/jwt/'],
  ['winston-in-its-adapter', 'winston|winston-daily-rotate-file', '^adapters/logger/winston/'],
  ['prometheus-in-its-adapter', 'prom-client', '^adapters/metrics-sink/prometheus/'],
  ['http-client-is-shared', 'axios|axios-retry|cockatiel', '^adapters/_shared/'],
  ['conditions-and-ranges-in-http-files', 'fresh|range-parser', '^adapters/transport/http-files/'],
  ['types-of-files-in-one-place', 'mrmime', '^plugins/capabilities/static-site[.]ts$'],
  ['proxies-are-shared', 'proxy-addr', '^adapters/_shared/forwarded[.]ts$'],
  [
    'native-code-near-the-device',
    'koffi|@julusian/jpeg-turbo',
    '^adapters/(_shared|(camera-probe|frame-grabber|device-event-source)/(v4l2|udev))/',
  ],
];

const only = ([name, names, home]) => ({
  name,
  severity: 'error',
  comment: `${names.replaceAll('|', ', ').replaceAll('[.]', '.')} has one home: ${home}`,
  from: { path: product, pathNot: `${home}|${examples}` },
  to: { path: packages(names) },
});

const rule = (name, comment, edge) => ({ name, severity: 'error', comment, ...edge });

/** The rooms of core, floor by floor from the ground up. A room imports from the floors below it, and nothing from its own floor. */
const floors = [
  ['errors', 'lifecycle', 'metrics'],
  ['validation'],
  ['state'],
  ['cameras'],
  ['health'],
  ['auth', 'audit'],
  ['jobs'],
  ['events', 'files', 'streams'],
  ['recordings', 'snapshots'],
  ['integrity', 'retention'],
  ['library', 'views'],
  ['publishing'],
  ['rpc'],
];
const looksDown = floors.flatMap((rooms, floor) =>
  rooms.map((room) =>
    rule(`core-${room}-looks-down`, 'no arrow inside core points up or sideways', {
      from: { path: `^core/${room}/` },
      to: { path: '^core/', pathNot: `^core/(${[...floors.slice(0, floor).flat(), room].join('|')})/` },
    }),
  ),
);

const everywhere = [
  rule('no-cycles', 'neither of values nor of types', { from: {}, to: { circular: true } }),
  rule('everything-resolves', 'what cannot be found cannot be checked', {
    from: {},
    // What examples import is what is published; the compiler finds it by the paths of tsconfig.json.
    to: { couldNotResolve: true, pathNot: '^mediamtx-camera-service/' },
  }),
  rule('no-tests-in-product', 'tests see the product, not the reverse', {
    from: { pathNot: `^(test|docs)/|${examples}` },
    to: { path: '^test/' },
  }),
  rule('no-docs-in-product', 'generators read the product', {
    from: { pathNot: `^(test|docs)/|${examples}` },
    to: { path: '^docs/' },
  }),
  rule('nobody-imports-config', 'the composition root is replaceable', {
    from: { pathNot: `^(config|test|docs)/|${examples}` },
    to: { path: '^config/' },
  }),
  rule('every-package-has-a-home', 'a package of the product is listed with its home in this file', {
    from: {
      path: '^(adapters|plugins|config)/',
      pathNot: '^plugins/(api|host|builtin|examples)/|^config/setup/',
    },
    to: { dependencyTypes: npm, pathNot: packages(homes.map(([, names]) => names).join('|')) },
  }),
];

const inside = [
  rule('ports-are-pure', 'a port is types, words and nothing else', {
    from: { path: '^ports/' },
    to: { pathNot: '^ports/' },
  }),
  rule('core-knows-ports-only', 'core never learns how something is done', {
    from: { path: '^core/' },
    to: { path: '^(adapters|plugins)/' },
  }),
  rule('core-has-no-io', 'no node modules, no package but the schema validator', {
    from: { path: '^core/' },
    to: { dependencyTypes: ['core', ...npm], pathNot: packages('@sinclair/typebox') },
  }),
  rule('core-has-these-rooms', 'a new room of core is given its floor in this file', {
    from: { path: '^core/', pathNot: `^core/(${floors.flat().join('|')})/` },
    to: {},
  }),
  rule('streams-are-seen-from-outside', 'who needs a stream holds a lease and sees a view', {
    from: { pathNot: '^core/streams/|^test/' },
    to: {
      path: '^core/streams/(stream|demand|path-keeper|path-reconciler|path-plan|path-observation)[.]ts$',
    },
  }),
  rule('adapter-knows-ports-only', 'adapters do not call core', {
    from: { path: '^adapters/' },
    to: { path: '^(core|plugins)/' },
  }),
  rule('adapters-are-strangers', 'an adapter may import its own folder and adapters/_shared', {
    from: { path: '^adapters/([^/_][^/]*/[^/]+)/' },
    to: { path: '^adapters/', pathNot: '^adapters/($1|_shared)/' },
  }),
  rule('shared-serves-adapters', 'what is shared knows no adapter', {
    from: { path: '^adapters/_shared/' },
    to: { path: '^adapters/', pathNot: '^adapters/_shared/' },
  }),
];

const plugins = [
  rule('plugin-api-is-types', 'the contract is types over ports', {
    from: { path: '^plugins/api/' },
    to: { pathNot: '^(plugins/api|ports)/' },
  }),
  rule('host-is-blind', 'the loader never names a plugin', {
    from: { path: '^plugins/host/' },
    to: { path: '^(adapters|plugins/builtin)/' },
  }),
  rule('host-needs-semver-at-most', 'the loader reads manifests and versions', {
    from: { path: '^plugins/host/' },
    to: { dependencyTypes: npm, pathNot: packages('semver') },
  }),
  rule(
    'capabilities-are-blind',
    'what plugins have beyond adapters is put into core without knowing any plugin',
    {
      from: { path: '^plugins/capabilities/' },
      to: { path: '^(adapters|config|plugins/(builtin|kit|isolation))/' },
    },
  ),
  rule('builtin-plays-by-the-rules', 'a built-in plugin has no more rights than a third-party one', {
    from: { path: '^plugins/builtin/' },
    to: { path: '^(core|plugins/host)/' },
  }),
  rule(
    'builtin-is-thin',
    'a built-in plugin maps configuration to one adapter and does nothing itself; ending what a killed run left is no port',
    {
      from: { path: '^plugins/builtin/', pathNot: '^plugins/builtin/orphan-reaper[.]ts$' },
      to: { pathNot: '^(core|config|test|docs|ports|plugins/(api|host)|adapters/[^/_][^/]*)/' },
    },
  ),
  rule('isolation-knows-no-adapter', 'what runs elsewhere is reached by its port alone', {
    from: { path: '^plugins/isolation/' },
    to: {
      path: '^(core|config|test|docs|plugins|adapters)/',
      pathNot: '^(plugins/(isolation|guard|host|api)|adapters/_shared|core/(lifecycle|errors))/',
    },
  }),
  rule('leftovers-need-node-alone', 'contract suites use it, which run anywhere', {
    from: { path: '^plugins/leftovers/' },
    to: { pathNot: '^plugins/leftovers/', dependencyTypesNot: ['core'] },
  }),
  rule('kit-is-what-adapters-share', 'what authors of plugins get is what our own adapters use', {
    from: { path: '^plugins/kit/' },
    to: {
      path: '^(core|config|test|docs|plugins|adapters)/',
      pathNot: '^(plugins/(kit|api)|adapters/_shared)/',
    },
  }),
];

const strangers = [
  rule('examples-need-the-package-only', 'an example is written as by somebody else', {
    from: { path: '^plugins/examples/([^/]+)/' },
    to: { path: '^(core|ports|adapters|plugins|config|test|docs)/', pathNot: '^plugins/examples/$1/' },
  }),
  // The device lab has the real counterpart of one of them.
  rule('nobody-imports-examples', 'examples are loaded as plugins, if at all', {
    from: { pathNot: '^plugins/examples/|^test/lab/' },
    to: { path: '^plugins/examples/' },
  }),
  rule('the-package-is-for-strangers', 'the repository imports its files, not what it publishes', {
    from: { pathNot: '^plugins/examples/' },
    to: { path: '^mediamtx-camera-service/' },
  }),
];

const outside = [
  rule('config-gets-adapters-from-plugins', 'only logger and clock are needed before plugins are loaded', {
    from: { path: '^config/(?!setup/|cli/)' },
    to: { path: '^adapters/', pathNot: '^adapters/(logger|clock)/' },
  }),
  // Commands such as `watch` talk to a service that runs elsewhere; the client half of a protocol lies beside its server half.
  rule('commands-are-clients', 'a command uses the client of an adapter or what all adapters share', {
    from: { path: '^config/cli/' },
    to: {
      path: '^adapters/',
      pathNot:
        '^adapters/(_shared/(file-lock|plain/[^/]+|mpegts/klv-demuxer)|transport/ws-jsonrpc/ws-client|device-event-source/synthetic/control-socket)[.]m?[jt]s$',
    },
  }),
  rule('setup-is-plain', 'runs before anything is installed or built', {
    from: { path: '^config/setup/' },
    to: {
      pathNot: '^config/setup/|^adapters/_shared/plain/|^test/|^docs/|node_modules/esbuild/',
      dependencyTypesNot: ['core'],
    },
  }),
  // Versions are compared only after the set-up has installed the modules.
  rule('shared-with-setup-is-plain', 'what the set-up shares with adapters runs before anything is built', {
    from: { path: '^adapters/_shared/plain/' },
    to: { pathNot: '^adapters/_shared/plain/|node_modules/(@types/)?semver/', dependencyTypesNot: ['core'] },
  }),
  rule('contract-suites-are-portable', 'third parties run these', {
    from: { path: portable },
    // What an adapter leaves open is seen by the same means as in the service.
    to: { path: '^(core|adapters|plugins|config|test)/', pathNot: [portable, '^plugins/leftovers/'] },
  }),
  rule('contract-suites-need-chai-only', 'third parties run these anywhere', {
    from: { path: portable },
    to: { dependencyTypes: ['core', ...npm], pathNot: packages('chai|@types/chai') },
  }),
  rule(
    'api-reports-are-generated',
    'the extractor describes what the compiler emits, and serves nothing else',
    {
      from: { pathNot: '^docs/generate/api-reports[.]ts$' },
      to: { path: packages('@microsoft/api-extractor') },
    },
  ),
  rule('docs-read-declarations', 'generators read tables and schemas, never adapters', {
    from: { path: '^docs/' },
    to: {
      path: '^(adapters|plugins/(host|builtin)|config|test)/',
      pathNot:
        '^config/((catalogue|environment|schema)[.]ts$|sections/)|^adapters/(_shared/plain/|telemetry-decoder/misb-st0601/(tables|format)[.]ts$)',
    },
  }),
];

module.exports = {
  forbidden: [
    ...everywhere,
    ...inside,
    ...looksDown,
    ...plugins,
    ...strangers,
    ...outside,
    ...homes.map(only),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
