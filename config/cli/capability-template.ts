/** What a project of a plugin has beyond adapters: one small example that uses all capabilities that were chosen. */
import type { Capability } from '../../plugins/api/index.js';

/** Those of which a project can have an example. */
export const EXAMPLES = [
  'rpc',
  'events',
  'metrics',
  'health',
  'routes',
  'static',
] as const satisfies readonly Capability[];
export type Example = (typeof EXAMPLES)[number];

type Parts = Readonly<Record<Example, readonly string[]>>;

/** What `setup` registers. */
const DECLARED: Parts = {
  health: ['  const health = context.health();'],
  metrics: [
    "  const greetings = context.metric('greetings', {",
    "    kind: 'counter',",
    "    help: 'Number of greetings.',",
    '  });',
  ],
  events: [
    "  const greeted = context.event('greeted', {",
    "    summary: 'Somebody was greeted.',",
    "    role: 'viewer',",
    "    payload: options({ who: option.text({ doc: 'The one who was greeted.', maxLength: 100 }) }),",
    '  });',
  ],
  rpc: [
    "  context.method('greet', {",
    "    summary: 'Greets somebody.',",
    "    role: 'viewer',",
    "    params: options({ who: option.text({ doc: 'The one who is greeted.', maxLength: 100, default: 'world' }) }),",
    "    result: options({ text: option.text({ doc: 'The greeting, as a sentence.' }) }),",
    '    audited: false,',
    '    handler: ({ who }) => {',
  ],
  routes: [
    "  context.route('GET', '/greeting/{who}', {",
    "    summary: 'Greets somebody over HTTP.',",
    "    role: 'viewer',",
    '    audited: false,',
    '    handler: ({ params }) => ({',
    "      headers: { 'content-type': 'text/plain; charset=utf-8' },",
    "      body: `Hello, ${params['who'] ?? 'world'}!`,",
    '    }),',
    '  });',
  ],
  static: ["  context.static('public', { fallback: 'index.html' });"],
};
/** What the method does with each. */
const USED: Parts = {
  health: ["      health.note('ok', `the last one who was greeted is ${who}`);"],
  metrics: ['      greetings.record(1);'],
  events: ['      greeted.publish({ who });'],
  rpc: ['      return { text: `Hello, ${who}!` };', '    },', '  });'],
  routes: [],
  static: [],
};
const HANDLES: Readonly<Record<Example, string>> = {
  health: 'health',
  metrics: 'greetings',
  events: 'greeted',
  rpc: '',
  routes: '',
  static: '',
};
/** The method comes last of those that it uses. */
const ORDER: readonly Example[] = ['routes', 'static', 'health', 'metrics', 'events', 'rpc'];

/** @returns texts of files by their paths below the project. */
export function capabilityFiles(name: string, chosen: readonly Example[]): ReadonlyMap<string, string> {
  if (chosen.length === 0) return new Map();
  return new Map([
    ['src/capabilities.ts', moduleOf(ORDER.filter((each) => chosen.includes(each)))],
    ['test/capabilities.test.ts', testOf(name, chosen)],
    ...(chosen.includes('static') ? [['public/index.html', pageOf(name)] as const] : []),
  ]);
}

function moduleOf(chosen: readonly Example[]): string {
  const needsOptions = chosen.includes('rpc') || chosen.includes('events');
  const values = needsOptions ? 'option, options, ' : '';
  const type = needsOptions ? 'type PluginContext' : 'PluginContext';
  const handles = chosen.map((each) => HANDLES[each]).filter((each) => each !== '');
  return [
    `import ${needsOptions ? '' : 'type '}{ ${values}${type} } from 'mediamtx-camera-service/plugin-api';`,
    '',
    '/**',
    ' * What the plugin has beyond adapters. The handles that it returns never throw and never wait, and can be used from anywhere in the',
    ' * plugin once the service is up.',
    ' */',
    'export function addCapabilities(context: PluginContext) {',
    ...chosen.flatMap((each) => DECLARED[each]),
    ...(chosen.includes('rpc') ? chosen.flatMap((each) => USED[each]) : []),
    ...(handles.length === 0 ? [] : [`  return { ${handles.join(', ')} };`]),
    '}',
    '',
  ].join('\n');
}

function pageOf(name: string): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '  <head>',
    '    <meta charset="utf-8" />',
    `    <title>${name}</title>`,
    '  </head>',
    '  <body>',
    `    <h1>${name}</h1>`,
    '  </body>',
    '</html>',
    '',
  ].join('\n');
}

/** What the test of the project tries of a capability, beside its presence. */
function triedIn(name: string): Readonly<Partial<Record<Example, readonly string[]>>> {
  return {
    rpc: [
      `    const greeted = (await service.call('${name}.greet', { who: 'camera' }, 'viewer')) as { text: string };`,
      "    assert.equal(greeted.text, 'Hello, camera!');",
    ],
    routes: [
      `    const greeting = await fetch(\`\${service.apiUrl}/plugins/${name}/greeting/camera\`, {`,
      "      headers: { authorization: `Bearer ${await service.token('viewer')}` },",
      '    });',
      "    assert.equal(await greeting.text(), 'Hello, camera!');",
    ],
    static: [
      `    const page = await fetch(\`\${service.apiUrl}/plugins/${name}/\`);`,
      `    assert.match(await page.text(), /<h1>${name}</);`,
    ],
  };
}

function testOf(name: string, chosen: readonly Example[]): string {
  return [
    '/** The plugin in the running service has its capabilities. */',
    "import assert from 'node:assert/strict';",
    "import { it } from 'node:test';",
    "import { startService } from 'mediamtx-camera-service/testing';",
    '',
    'interface Info {',
    '  readonly plugins: readonly { readonly name: string; readonly capabilities: readonly string[] }[];',
    '}',
    '',
    "it('has its capabilities', async () => {",
    "  const service = await startService({ plugins: ['.'] });",
    '  try {',
    "    const { plugins } = (await service.call('get_server_info', {}, 'viewer')) as Info;",
    `    const found = plugins.find(({ name }) => name === '${name}');`,
    `    assert.deepEqual([...(found?.capabilities ?? [])].sort(), ${listOf([...chosen].sort())});`,
    ...chosen.flatMap((each) => triedIn(name)[each] ?? []),
    '  } finally {',
    '    await service.stop();',
    '  }',
    '});',
    '',
  ].join('\n');
}

function listOf(words: readonly string[]): string {
  return `[${words.map((word) => `'${word}'`).join(', ')}]`;
}
