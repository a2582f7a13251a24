import { expect } from 'chai';
import { MEMORY_CAPABILITIES } from '../../../adapters/camera-probe/memory/memory-probe.js';
import type { Camera } from '../../../core/cameras/camera.js';
import type { RecordingSession } from '../../../core/recordings/recording-session.js';
import { describeCamera, formatsOf, isoTime, resolutionsOf } from '../../../core/views/camera-view.js';
import { device } from '../core-world.js';

const URLS = { rtsp: 'rtsp://a', webrtc: 'http://b', hls: 'http://c' };
const FORMAT = { pixelFormat: 'MJPG', width: 640, height: 480, fps: 25 };
const CAMERA: Camera = {
  id: 'camera0',
  name: 'Yard',
  status: 'CONNECTED',
  source: device(1),
  identity: { id: 'camera0', matchedBy: 'new', why: 'not seen before' },
};
const SESSION: RecordingSession = {
  sessionId: 's1',
  camera: 'camera0',
  format: 'fmp4',
  startedAt: 0,
  state: 'RECORDING',
  files: [],
  gaps: [],
};

describe('what clients read of a camera', () => {
  const view = (camera: Partial<Camera>, recording?: RecordingSession) =>
    describeCamera({ ...CAMERA, ...camera }, { urls: URLS, recording });

  it('is empty where nothing is known yet', () => {
    expect(view({})).to.deep.equal({
      ...{ device: 'camera0', name: 'Yard', status: 'CONNECTED', source_kind: 'memory' },
      ...{ resolution: '', fps: 0, streams: URLS, recording: false },
    });
    expect(formatsOf(undefined)).to.deep.equal([]);
    expect(resolutionsOf(undefined)).to.deep.equal([]);
  });

  it('has the format that was chosen, and why it is not the one that was wished for', () => {
    expect(view({ format: FORMAT, formatNote: 'MJPG 640x480' })).to.include({
      ...{ resolution: '640x480', fps: 25, reason: 'MJPG 640x480' },
    });
    expect(view({ formatNote: '' })).to.not.have.property('reason');
  });

  it('names the trouble before the note, and who has the camera', () => {
    const { reason, holder } = view({ status: 'BUSY', reason: 'held', holder: 'zoom', formatNote: 'note' });
    expect([reason, holder]).to.deep.equal(['held', 'zoom']);
  });

  it('says that it is recorded only while the file grows', () => {
    expect(view({}, SESSION)).to.include({ recording: true }).and.not.have.property('recording_trouble');
    const stall = { since: 0, cause: 'storage', reason: 'the disk is full' } as const;
    expect(view({}, { ...SESSION, stall })).to.include({
      ...{ recording: false, recording_trouble: 'the disk is full' },
    });
  });

  it('lists every resolution once, the largest first', () => {
    const sizes = [
      { width: 320, height: 240, fps: [30] },
      { width: 1280, height: 720, fps: [15] },
      { width: 320, height: 240, fps: [5] },
    ];
    const capabilities = {
      ...MEMORY_CAPABILITIES,
      formats: [{ pixelFormat: 'YUYV', description: 'YUYV 4:2:2', compressed: false, sizes }],
    };
    expect(resolutionsOf(capabilities)).to.deep.equal(['1280x720', '320x240']);
    expect(formatsOf(capabilities)).to.deep.equal([
      { pixel_format: 'YUYV', description: 'YUYV 4:2:2', compressed: false, sizes },
    ]);
  });

  it('writes times in UTC', () => {
    expect(isoTime(1_700_000_000_123)).to.equal('2023-11-14T22:13:20.123Z');
  });
});
