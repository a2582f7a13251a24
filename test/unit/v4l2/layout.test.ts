import { expect } from 'chai';
import { whyNoCamera } from '../../../adapters/_shared/v4l2/device.js';
import { ratesWithin, sizesWithin } from '../../../adapters/_shared/v4l2/enumerate.js';
import {
  BIG_ENDIAN,
  CAP,
  SIZE,
  fourccToNumber,
  layoutOf,
  numberToFourcc,
  requestsOf,
  textAt,
} from '../../../adapters/_shared/v4l2/layout.js';

/** As a C compiler sees linux/videodev2.h on x86_64. */
const COMPILED = {
  QUERYCAP: 0x80685600,
  ENUM_FMT: 0xc0405602,
  S_FMT: 0xc0d05605,
  REQBUFS: 0xc0145608,
  QUERYBUF: 0xc0585609,
  QBUF: 0xc058560f,
  DQBUF: 0xc0585611,
  STREAMON: 0x40045612,
  STREAMOFF: 0x40045613,
  S_PARM: 0xc0cc5616,
  QUERYCTRL: 0xc0445624,
  QUERYMENU: 0xc02c5625,
  ENUM_FRAMESIZES: 0xc02c564a,
  ENUM_FRAMEINTERVALS: 0xc034564b,
  QUERY_EXT_CTRL: 0xc0e85667,
};

describe('V4L2 structures', () => {
  it('make the request numbers that a C compiler makes', () => {
    expect(requestsOf(layoutOf('x64'))).to.deep.equal(COMPILED);
    expect(requestsOf(layoutOf('arm64'))).to.deep.equal(COMPILED);
    expect(SIZE.queryctrl).to.equal(68);
  });

  it('are shorter on 32 bits where they hold pointers and times', () => {
    for (const architecture of ['arm', 'ia32'])
      expect(layoutOf(architecture)).to.deep.equal({
        formatSize: 204,
        formatBody: 4,
        bufferSize: 68,
        bufferSequence: 44,
        bufferMemory: 48,
        bufferOffset: 52,
        bufferLength: 56,
      });
    const requests = requestsOf(layoutOf('arm'));
    expect(requests.S_FMT).to.equal(0xc0cc5605);
    expect(requests.DQBUF).to.equal(0xc0445611);
    expect(requests.REQBUFS).to.equal(COMPILED.REQBUFS);
  });

  it('spell formats as people do', () => {
    expect(numberToFourcc(fourccToNumber('MJPG'))).to.equal('MJPG');
    expect(fourccToNumber('YUYV')).to.equal(0x56595559);
    expect(numberToFourcc(fourccToNumber('Y16'))).to.equal('Y16 ');
    expect(numberToFourcc((BIG_ENDIAN | fourccToNumber('Y16 ')) >>> 0)).to.equal('Y16 ');
    expect(textAt(Buffer.from('abc\0def'), 0, 7)).to.equal('abc');
    expect(textAt(Buffer.from('abcdef'), 2, 3)).to.equal('cde');
  });
});

describe('what a camera may be', () => {
  const { streaming, videoCapture, videoCaptureMplane, memoryToMemory, mediaController } = CAP;
  const cases: readonly (readonly [string, number, string | undefined])[] = [
    ['a camera', videoCapture | streaming, undefined],
    ['a metadata node', 0x0080_0000 | streaming, 'not_capture'],
    ['an output node', 0x2 | streaming, 'not_capture'],
    ['a codec', videoCapture | memoryToMemory | streaming, 'not_capture'],
    ['a node behind a media controller', videoCapture | mediaController | streaming, 'not_capture'],
    ['a node that cannot stream', videoCapture, 'not_capture'],
    ['a node with several planes', videoCaptureMplane | streaming, 'multiplanar'],
  ];
  for (const [what, caps, reason] of cases) {
    it(`${what}: ${reason ?? 'yes'}`, () => {
      expect(whyNoCamera(caps)).to.equal(reason);
    });
  }

  it('offers common sizes on the steps, and the largest', () => {
    const sizes = sizesWithin(
      { smallest: 48, largest: 1920, step: 2 },
      { smallest: 32, largest: 1200, step: 2 },
    );
    expect(sizes).to.deep.include({ width: 640, height: 480 });
    expect(sizes.at(-1)).to.deep.equal({ width: 1920, height: 1200 });
    expect(
      sizesWithin({ smallest: 7, largest: 7, step: 0 }, { smallest: 5, largest: 5, step: 0 }),
    ).to.deep.equal([{ width: 7, height: 5 }]);
  });

  it('offers common rates between the bounds', () => {
    expect(ratesWithin(5, 30)).to.deep.equal([30, 25, 24, 20, 15, 10, 5]);
    expect(ratesWithin(0.001, 29.97)).to.deep.equal([29.97, 25, 24, 20, 15, 10, 5, 1]);
    expect(ratesWithin(0.1, 0.5)).to.deep.equal([0.5, 0.5]);
  });
});
