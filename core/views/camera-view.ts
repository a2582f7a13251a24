import type { CameraCapabilities, CaptureFormat, ViewerUrls } from '../../ports/index.js';
import type { Camera } from '../cameras/camera.js';
import type { RecordingSession } from '../recordings/recording-session.js';
import { s } from '../validation/schema.js';

export const streamUrls = s.object({ rtsp: s.string(), webrtc: s.string(), hls: s.string() });

/** One line of `get_camera_list`. */
export const cameraEntry = {
  device: s.cameraId(),
  name: s.string(),
  status: s.oneOf('CONNECTED', 'DISCONNECTED', 'BUSY', 'ERROR'),
  reason: s.optional(
    s.string({ doc: 'Reason why the camera is not CONNECTED or does not deliver the configured format.' }),
  ),
  holder: s.optional(s.string({ doc: 'Program that uses the camera while it is BUSY, if known.' })),
  source_kind: s.string({ doc: 'v4l2, rtsp, synthetic, …' }),
  resolution: s.string({ doc: 'Width x height in pixels; empty while unknown.' }),
  fps: s.number({ min: 0 }),
  streams: streamUrls,
  recording: s.bool('Whether a recording is running and its file is growing.'),
  recording_trouble: s.optional(s.string({ doc: 'Reason why the running recording makes no progress.' })),
};

/** What is known of a camera elsewhere. */
export interface CameraSurroundings {
  readonly urls: ViewerUrls;
  readonly recording: RecordingSession | undefined;
}

export function describeCamera(camera: Camera, { urls, recording }: CameraSurroundings) {
  return {
    device: camera.id,
    name: camera.name,
    status: camera.status,
    ...reasonOf(camera),
    ...(camera.holder === undefined ? {} : { holder: camera.holder }),
    source_kind: camera.source.kind,
    resolution: resolutionOf(camera.format),
    fps: camera.format?.fps ?? 0,
    streams: urls,
    ...recordingOf(recording),
  };
}

function recordingOf(session: RecordingSession | undefined) {
  const { stall } = session ?? {};
  return {
    recording: session !== undefined && stall === undefined,
    ...(stall === undefined ? {} : { recording_trouble: stall.reason }),
  };
}

function reasonOf({ reason, formatNote = '' }: Camera): { readonly reason?: string } {
  const words = reason ?? formatNote;
  return words === '' ? {} : { reason: words };
}

export function resolutionOf(format: CaptureFormat | undefined): string {
  return format ? `${String(format.width)}x${String(format.height)}` : '';
}

export const pixelFormats = s.array(
  s.object({
    pixel_format: s.string({ doc: 'FourCC code of the pixel format, as used by V4L2.' }),
    description: s.string(),
    compressed: s.bool(),
    sizes: s.array(s.object({ width: s.int(), height: s.int(), fps: s.array(s.number()) })),
  }),
);

export function formatsOf(capabilities: CameraCapabilities | undefined) {
  return (capabilities?.formats ?? []).map((format) => ({
    pixel_format: format.pixelFormat,
    description: format.description,
    compressed: format.compressed,
    sizes: format.sizes,
  }));
}

export function resolutionsOf(capabilities: CameraCapabilities | undefined): string[] {
  const sizes = (capabilities?.formats ?? []).flatMap((format) => format.sizes);
  sizes.sort((a, b) => b.width * b.height - a.width * a.height);
  return [...new Set(sizes.map((size) => `${String(size.width)}x${String(size.height)}`))];
}

export function isoTime(at: number): string {
  return new Date(at).toISOString();
}
