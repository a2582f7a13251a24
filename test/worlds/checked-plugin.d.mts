import type { Plugin } from '../../plugins/api/index.js';

declare const plugin: Plugin;
export default plugin;
