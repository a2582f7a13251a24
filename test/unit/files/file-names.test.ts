import { expect } from 'chai';
import * as names from '../../../core/files/file-names.js';

describe('file names', () => {
  it('of snapshots tell camera and time', () => {
    const at = Date.UTC(2026, 10, 21, 13, 45, 10, 123);
    const name = names.snapshotName('front-door', at, 'jpg');
    expect(name).to.equal('front-door_2026-11-21_13-45-10-123.jpg');
    expect(names.parseFileName(name)).to.deep.equal({ camera: 'front-door', startedAt: at });
  });

  it('of recordings are read with microseconds, and cameras may have underscores', () => {
    const parsed = names.parseFileName('cam_1_2026-11-21_13-45-10-123456.mp4');
    expect(parsed).to.deep.equal({ camera: 'cam_1', startedAt: Date.UTC(2026, 10, 21, 13, 45, 10, 123) });
  });

  it('that clients chose tell nothing, impossible times tell only the camera', () => {
    expect(names.parseFileName('holiday.jpg')).to.equal(undefined);
    expect(names.parseFileName('cam_2026-13-41_13-45-10-123.jpg')).to.deep.equal({ camera: 'cam' });
  });

  it('have an extension, or none', () => {
    expect(['a.JPG', 'a.b.png', 'a', '.hidden'].map(names.extensionOf)).to.deep.equal(['jpg', 'png', '', '']);
    expect(['a.b.png', 'a', '.hidden'].map(names.withoutExtension)).to.deep.equal(['a.b', 'a', '.hidden']);
  });

  it('tell type and format', () => {
    const files = ['a.mp4', 'a.ts', 'a.mkv', 'a.jpeg', 'a.png', 'a.xyz'];
    expect(files.map(names.contentTypeOf)).to.deep.equal([
      'video/mp4',
      'video/mp2t',
      'video/x-matroska',
      'image/jpeg',
      'image/png',
      'application/octet-stream',
    ]);
    expect(['a.mp4', 'a.ts', 'a.mkv'].map((name) => names.formatOf('recordings', name))).to.deep.equal([
      'fmp4',
      'mpegts',
      'mkv',
    ]);
    expect(['a.jpeg', 'a.png'].map((name) => names.formatOf('snapshots', name))).to.deep.equal([
      'jpg',
      'png',
    ]);
  });
});
