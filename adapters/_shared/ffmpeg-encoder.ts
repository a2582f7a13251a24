/** How ffmpeg encodes what viewers and recordings get, and how it publishes it. */

export interface EncoderOptions {
  readonly maxBitrateKbps: number;
  readonly encoderThreads: number;
}

/**
 * A keyframe each second, and every 100 ms in the first three: the first viewer comes a moment too late for the very first one
 * and would wait for a second.
 */
const KEYFRAMES = 'expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+if(lt(t,3),0.099,0.999)))';

/** H.264 that every viewer can show: 4:2:0, no B-frames, keyframes by time. */
export function encoderArguments(fps: number, encoder: EncoderOptions): readonly string[] {
  const rate = `${encoder.maxBitrateKbps}k`;
  return [
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-profile:v', 'baseline'],
    ...['-pix_fmt', 'yuv420p', '-bf', '0', '-threads', String(encoder.encoderThreads)],
    ...['-crf', '23', '-maxrate', rate, '-bufsize', rate],
    ...['-g', String(Math.max(2, Math.ceil(fps * 2))), '-force_key_frames', KEYFRAMES, '-forced-idr', '1'],
    // Each picture keeps the time it came with: no doubling, no dropping, no rounding to a nominal rate.
    ...['-fps_mode', 'passthrough', '-enc_time_base', '-1'],
  ];
}

/** The output to the media server. */
export function publishArguments(publishUrl: string): readonly string[] {
  // Larger RTP packets are cut again by the media server.
  return ['-pkt_size', '1400', '-rtsp_transport', 'tcp', '-f', 'rtsp', publishUrl];
}
