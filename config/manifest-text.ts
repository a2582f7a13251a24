import { MANIFEST_KEY, PLUGIN_API, type Provision } from '../plugins/host/manifest.js';

/** A `package.json` with what its package provides and has. The API range and the translations, which are its author's, stay. */
export function withManifest(
  text: string,
  provides: readonly Provision[],
  capabilities: readonly string[] = [],
): string {
  const content = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const { apiVersion, translations } = (content[MANIFEST_KEY] ?? {}) as Readonly<Record<string, unknown>>;
  const manifest = {
    apiVersion: apiVersion ?? `^${PLUGIN_API}`,
    provides,
    capabilities,
    // Written by people.
    ...(translations === undefined ? {} : { translations }),
  };
  const indent = /^\{\r?\n([ \t]+)/.exec(text)?.[1] ?? '  ';
  return `${JSON.stringify({ ...content, [MANIFEST_KEY]: manifest }, undefined, indent)}\n`;
}
