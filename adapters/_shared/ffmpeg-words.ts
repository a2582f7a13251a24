/** What ffmpeg means by what it says. Its exit code tells little: it is 0 when a camera is pulled. */

export type DeviceTrouble = 'gone' | 'busy' | 'no-bandwidth' | 'forbidden' | 'unsupported';

const TROUBLE: readonly (readonly [RegExp, DeviceTrouble])[] = [
  [/Device or resource busy/, 'busy'],
  // What the kernel says at VIDIOC_STREAMON when the USB bus is full; nothing here writes to a disk.
  [/No space left on device/, 'no-bandwidth'],
  [/Permission denied|Operation not permitted/, 'forbidden'],
  [/No such device|No such file or directory|ioctl\(VIDIOC_(DQBUF|QBUF)\)|unix:.*Connection refused/, 'gone'],
  [/Inappropriate ioctl for device|Not a video capture device|does not support.*capture/i, 'unsupported'],
  [/The (V4L2 driver|device) does not support/i, 'unsupported'],
];

const PUBLISH_TROUBLE =
  /Server returned|method (ANNOUNCE|SETUP|RECORD|OPTIONS) failed|Could not write header|Connection (refused|reset|timed out)|Broken pipe|Error writing trailer|Error muxing/;

/** @returns what is wrong with the camera, as far as the lines tell. */
export function deviceTrouble(lines: readonly string[]): DeviceTrouble | undefined {
  return TROUBLE.find(([words]) => lines.some((line) => words.test(line)))?.[1];
}

export function isPublishTrouble(lines: readonly string[]): boolean {
  return lines.some((line) => PUBLISH_TROUBLE.test(line));
}

/** Takes credentials and query strings out of all URLs in a line. */
export function redactUrls(line: string): string {
  return line
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]*@/gi, '$1***@')
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s'"?]*)\?[^\s'"]*/gi, '$1?***');
}
