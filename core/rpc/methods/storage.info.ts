import { policyView, viewOf } from '../../views/retention-view.js';
import { s } from '../../validation/schema.js';
import { defineMethod } from '../define-method.js';

const bytes = (doc: string) => s.int({ min: 0, doc });

export const getStorageInfo = defineMethod({
  name: 'get_storage_info',
  summary: 'Returns how full the disk is, how long the free space lasts, and which retention policies apply.',
  role: 'admin',
  params: s.object({}),
  result: s.object({
    total_space: bytes('Size of the file system in bytes.'),
    used_space: bytes('Bytes.'),
    available_space: bytes('Bytes that the service may still use.'),
    usage_percentage: s.number({ min: 0, max: 100 }),
    recordings_size: bytes('Total size of all recordings in bytes.'),
    snapshots_size: bytes('Total size of all snapshots in bytes.'),
    low_space_warning: s.bool('Whether less is free than recordings.low_space_bytes.'),
    days_left_estimate: s.nullable(
      s.number({
        min: 0,
        doc: 'Days until the free space is used up to recordings.reserve_bytes, at the rate of the recordings of the last 24 hours or, if there are none, of the last 7 days. Null if nothing was recorded within 7 days, or recordings do not reach back 10 minutes. Deletions by retention are not taken into account.',
      }),
    ),
    retention: s.array(policyView, {
      doc: 'The retention policies in force: first the global one, then those of single cameras.',
    }),
  }),
  errors: ['DEPENDENCY_FAILED'],
  timeoutMs: 5_000,
  audited: false,
  needs: ['files'],
  uses: ['retention'],
  handler: async (_params, _call, { retention }) => {
    const { totalBytes, availableBytes, ...info } = await retention.storage();
    const used = Math.max(0, totalBytes - availableBytes);
    return {
      total_space: totalBytes,
      used_space: used,
      available_space: availableBytes,
      usage_percentage: totalBytes === 0 ? 0 : rounded((100 * used) / totalBytes),
      recordings_size: info.recordingsBytes,
      snapshots_size: info.snapshotsBytes,
      low_space_warning: info.isLow,
      days_left_estimate: info.daysLeft === undefined ? null : rounded(info.daysLeft),
      retention: retention
        .policies()
        .map(({ policy, camera: device, origin }) => viewOf(policy, { device, origin })),
    };
  },
});

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
