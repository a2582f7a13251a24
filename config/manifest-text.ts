import { CAPABILITIES, MANIFEST_KEY, PLUGIN_API, type Provision } from '../plugins/host/manifest.js';

/** A `package.json` with what its package provides. The API range and the capabilities, chosen by its author, stay. */
export function withManifest(text: string, provides: readonly Provision[]): string {
  const content = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const { apiVersion, capabilities } = (content[MANIFEST_KEY] ?? {}) as Readonly<Record<string, unknown>>;
  const manifest = {
    apiVersion: apiVersion ?? `^${PLUGIN_API}`,
    provides,
    capabilities: capabilities ?? CAPABILITIES,
  };
  const indent = /^\{\r?\n([ \t]+)/.exec(text)?.[1] ?? '  ';
  return `${JSON.stringify({ ...content, [MANIFEST_KEY]: manifest }, undefined, indent)}\n`;
}
