/** MediaMTX without this service: takes any publisher, gives to any reader. */
import { until } from '../testing/until.js';

export {
  startRtspServer as startBareMediaMtx,
  type RtspServer as BareMediaMtx,
} from '../testing/rtsp-server.js';

/** Asks again and again. @throws Error when the answer is still no after `withinMs`. */
export function poll(ask: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  return until('what was asked for', ask, withinMs);
}

/** True while a process of this number runs; a zombie does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
