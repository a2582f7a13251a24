/** What ffmpeg means by what it says. Its exit code tells little: it is 0 when a camera is pulled. */
import { withoutLogins } from './log-safe.js';

export type DeviceTrouble = 'gone' | 'busy' | 'no-bandwidth' | 'forbidden' | 'unsupported';

/** True when a line has all the words, wherever they stand. */
const all =
  (...words: readonly string[]) =>
  (line: string): boolean =>
    words.every((word) => line.includes(word));

const one =
  (words: RegExp) =>
  (line: string): boolean =>
    words.test(line);

const TROUBLE: readonly (readonly [(line: string) => boolean, DeviceTrouble])[] = [
  [all('Device or resource busy'), 'busy'],
  // What the kernel says at VIDIOC_STREAMON when the USB bus is full; nothing here writes to a disk.
  [all('No space left on device'), 'no-bandwidth'],
  [one(/Permission denied|Operation not permitted/), 'forbidden'],
  [one(/No such device|No such file or directory|ioctl\(VIDIOC_(DQBUF|QBUF)\)/), 'gone'],
  [all('unix:', 'Connection refused'), 'gone'],
  [one(/Inappropriate ioctl for device|Not a video capture device/i), 'unsupported'],
  [all('does not support', 'capture'), 'unsupported'],
  [one(/The (V4L2 driver|device) does not support/i), 'unsupported'],
];

const PUBLISH_TROUBLE =
  /Server returned|method (ANNOUNCE|SETUP|RECORD|OPTIONS) failed|Could not write header|Connection (refused|reset|timed out)|Broken pipe|Error writing trailer|Error muxing/;

/** @returns what is wrong with the camera, as far as the lines tell. */
export function deviceTrouble(lines: readonly string[]): DeviceTrouble | undefined {
  return TROUBLE.find(([isSaid]) => lines.some(isSaid))?.[1];
}

export function isPublishTrouble(lines: readonly string[]): boolean {
  return lines.some((line) => PUBLISH_TROUBLE.test(line));
}

/** Takes credentials and query strings out of all URLs in a line. */
export function redactUrls(line: string): string {
  return withoutLogins(line, '***').replace(/[^\s'"]+/g, (word) => {
    const scheme = word.indexOf('://');
    const query = scheme < 0 ? -1 : word.indexOf('?', scheme);
    return query < 0 ? word : `${word.slice(0, query)}?***`;
  });
}
