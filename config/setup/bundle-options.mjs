/** How the one file of the service is made. Every substitution that the build does is listed here. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { NATIVE_PACKAGES } from '../../adapters/_shared/plain/native-packages.mjs';

/** Packages that are replaced by something smaller, and by what. */
const ALIASES = {
  // The same container without loadModules, which needs a file tree that a bundle does not have.
  awilix: 'awilix/browser',
  'form-data': './config/setup/stubs/absent-form-data.mjs',
  '@dabh/diagnostics': './config/setup/stubs/absent-diagnostics.cjs',
  '@opentelemetry/api': './config/setup/stubs/absent-tracing.mjs',
};

/** Files inside packages that are replaced: what their path ends with, and by what. */
const FILES = /** @type {const} */ ([
  {
    filter: /[\\/]fetch\.js$/,
    inside: /node_modules\/axios\/lib\//,
    by: 'config/setup/stubs/absent-fetch.mjs',
  },
]);

/** Native packages: loaded from node_modules when an adapter that needs them is chosen. */
const EXTERNAL = Object.keys(NATIVE_PACKAGES);

/** Words inside packages that are replaced. A build fails when they are not there any more. */
const WORDS = [
  {
    // Reading this global makes Node load its whole fetch implementation, some 6 MB, and axios reads it while it loads, to know
    // a form when it is given one. It never is, here.
    file: /[\\/]node_modules[\\/]axios[\\/]lib[\\/]utils\.js$/,
    from: "typeof G.FormData !== 'undefined' ? G.FormData : undefined",
    to: 'undefined',
  },
];

/** Runs before the first module of the bundle. `require` serves the CommonJS packages inside it. */
const BANNER = [
  "import{createRequire as __createRequire}from'node:module';",
  'const require=__createRequire(import.meta.url);',
].join('');

/**
 * @param {{ root: string, entry: string, outFile: string, version: string, buildDate: string }} options
 * @returns {import('esbuild').BuildOptions}
 */
export function bundleOptions({ root, entry, outFile, version, buildDate }) {
  return {
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: outFile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'silent',
    external: EXTERNAL,
    alias: ALIASES,
    banner: { js: BANNER },
    define: {
      __CAMERA_SERVICE_VERSION__: JSON.stringify(version),
      __CAMERA_SERVICE_BUILD_DATE__: JSON.stringify(buildDate),
    },
    plugins: [replaceFiles(root), replaceWords()],
  };
}

/**
 * @param {string} root
 * @returns {import('esbuild').Plugin}
 */
function replaceFiles(root) {
  return {
    name: 'replace-files',
    setup(build) {
      for (const { filter, inside, by } of FILES) {
        build.onResolve({ filter }, ({ resolveDir }) =>
          inside.test(`${resolveDir}/`) ? { path: path.join(root, by) } : undefined,
        );
      }
    },
  };
}

/** @returns {import('esbuild').Plugin} */
function replaceWords() {
  return {
    name: 'replace-words',
    setup(build) {
      for (const { file, from, to } of WORDS) {
        build.onLoad({ filter: file }, async ({ path: source }) => {
          const text = await readFile(source, 'utf8');
          if (!text.includes(from)) return { errors: [{ text: `${source} does not contain: ${from}` }] };
          return { contents: text.replace(from, to), loader: 'js' };
        });
      }
    },
  };
}
