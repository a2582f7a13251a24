import { PortError } from '../../../ports/port-error.js';
import type { MediaTool } from '../../../ports/media-tool.js';
import { memoryMediaWorld } from '../../worlds/memory-capture-worlds.js';
import type { MediaWorld } from '../media-tool.contract.js';
import type { Broken } from './expect-caught.js';

function broken(change: (good: MediaTool) => Partial<MediaTool>): MediaWorld {
  return memoryMediaWorld((good) => ({ ...good, ...change(good) }));
}

const believesHeaders = broken((good) => ({
  inspect: async (path, signal) => ({ ...(await good.inspect(path, signal)), durationSeconds: 0 }),
}));

const keepsContainer = broken((good) => ({
  remux: (request, signal) => good.remux({ ...request, format: 'mp4' }, signal),
}));

const keepsOriginal = broken((good) => ({
  remux: async (request, signal) => {
    if (request.from !== request.to) await good.remux(request, signal);
  },
}));

const silent = broken((good) => ({
  remux: ({ from, to, format }, signal) => good.remux({ from, to, format }, signal),
}));

const lenient = broken((good) => ({
  remux: (request, signal) =>
    good.remux(request, signal).catch((error: unknown) => {
      if (!(error instanceof PortError)) throw error;
    }),
}));

const oneCode = broken((good) => ({
  inspect: (path, signal) =>
    good.inspect(path, signal).catch(() => Promise.reject(new PortError('STORAGE_FAILED'))),
}));

const deaf = broken((good) => ({ inspect: (path) => good.inspect(path, new AbortController().signal) }));

const cutsAll = broken((good) => ({
  cut: (request, signal) =>
    good.cut({ ...request, parts: request.parts.map((part) => ({ ...part, from: 0 })) }, signal),
}));

const careless = broken((good) => ({
  cut: (request, signal) => good.cut({ ...request, exact: false }, signal),
}));

const firstOnly = broken((good) => ({
  cut: (request, signal) => good.cut({ ...request, parts: request.parts.slice(0, 1) }, signal),
}));

const contented = broken((good) => ({
  cut: (request, signal) => good.cut(request, signal).catch(() => ({ parts: [] })),
}));

const anyFrame = broken((good) => ({
  frameAt: (frame, signal) => good.frameAt({ ...frame, atSeconds: 0 }, signal),
}));

const enlarges = broken((good) => ({
  convertStill: async (jpeg, options, signal) => ({
    ...(await good.convertStill(jpeg, options, signal)),
    width: options.width ?? 64,
  }),
}));

const onlyJpeg = broken((good) => ({
  convertStill: (jpeg, options, signal) => good.convertStill(jpeg, { ...options, format: 'jpg' }, signal),
}));

const onlyPng = broken((good) => ({
  convertStill: (jpeg, options, signal) => good.convertStill(jpeg, { ...options, format: 'png' }, signal),
}));

const takesAnything = broken((good) => ({
  convertStill: (jpeg, options, signal) =>
    good.convertStill(jpeg, options, signal).catch(() => ({ bytes: jpeg, width: 1, height: 1 })),
}));

const forgetful = broken((good) => ({
  frames: (path, _from, signal) => good.frames(path, undefined, signal),
}));

const nervous = broken((good) => ({
  frames: async (path, from, signal) => ({
    ...(await good.frames(path, from, signal)),
    pauses: [{ atSeconds: 0.5, seconds: 1 }],
  }),
}));

const pessimist = broken((good) => ({
  integrity: async (path, signal) => ({ ...(await good.integrity(path, signal)), complete: false }),
}));

const trustsSize = broken((good) => ({
  integrity: async (path, signal) => {
    const report = await good.integrity(path, signal);
    return { ...report, intact: [{ first: 0, last: report.sizeBytes - 1 }] };
  },
}));

const stopsAtDamage = broken((good) => ({
  integrity: async (path, signal) => {
    const report = await good.integrity(path, signal);
    return { ...report, intact: report.intact.slice(0, 1) };
  },
}));

const rejectsDamage = broken((good) => ({
  integrity: async (path, signal) => {
    const report = await good.integrity(path, signal);
    if (report.intact.length === 0) throw new PortError('TOOL_FAILED');
    return report;
  },
}));

export const brokenMediaTools: readonly Broken<MediaWorld>[] = [
  { rule: 'inspects', world: believesHeaders },
  { rule: 'inspects-torn', world: believesHeaders },
  { rule: 'frames', world: forgetful },
  { rule: 'frames-steady', world: nervous },
  { rule: 'integrity', world: pessimist },
  { rule: 'integrity-torn', world: trustsSize },
  { rule: 'integrity-middle', world: stopsAtDamage },
  { rule: 'integrity-nothing', world: rejectsDamage },
  { rule: 'remuxes', world: keepsContainer },
  { rule: 'replaces', world: keepsOriginal },
  { rule: 'progress', world: silent },
  { rule: 'whole-or-nothing', world: lenient },
  { rule: 'no-such-file', world: oneCode },
  { rule: 'rubbish', world: oneCode },
  { rule: 'cuts', world: cutsAll },
  { rule: 'cuts-exact', world: careless },
  { rule: 'joins', world: firstOnly },
  { rule: 'cuts-nothing', world: contented },
  { rule: 'frame-at', world: anyFrame },
  { rule: 'converts-jpg', world: onlyPng },
  { rule: 'converts-png', world: onlyJpeg },
  { rule: 'not-a-jpeg', world: takesAnything },
  { rule: 'scales', world: enlarges },
  { rule: 'aborts', world: deaf },
];
