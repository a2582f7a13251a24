/** A plugin that misbehaves as its options say. */
import { definePlugin, option, options } from '../../plugins/api/index.js';
import {
  adapterWith,
  ISOLATED_CASES,
  MISBEHAVING,
  MISBEHAVIOUR,
  type Case,
  type Misbehaviour,
} from '../../config/trial/misbehaviour.js';

const nothing = (): Promise<void> => Promise.resolve();
/** What an adapter has besides the method that misbehaves. */
const WHOLE: Readonly<Record<string, object>> = {
  CameraProbe: { probe: nothing },
  Capture: { start: nothing },
  Transport: { start: nothing, stop: nothing },
};
const PORTS = [...new Set(ISOLATED_CASES.map(({ port }) => port))];
const OPTIONS = options({
  index: option.integer({ doc: 'Which case.' }),
  what: option.text({ doc: 'Which misbehaviour.' }),
});

export default definePlugin({
  name: 'misbehaving',
  apiVersion: 1,
  setup(context) {
    for (const port of PORTS)
      context.provide(port, MISBEHAVING, {
        options: OPTIONS,
        create: ({ config: { index, what } }) =>
          ({
            ...WHOLE[port],
            ...adapterWith(ISOLATED_CASES[index] as Case, MISBEHAVIOUR[what] as Misbehaviour),
          }) as never,
      });
  },
});
