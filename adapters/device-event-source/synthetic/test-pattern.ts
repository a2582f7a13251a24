/**
 * The picture of a synthetic camera: its name, a running clock, a bar that fills each second, and along the top edge the time of
 * the picture as black and white cells, for programs that measure how old a picture is.
 *
 * The strip is 40 cells wide and one cell high: margin, white, black, 32 bits of the milliseconds since 1970 (lowest first),
 * parity of the even bits, parity of the odd bits, black, white, margin.
 */
import { existsSync } from 'node:fs';

export interface PatternOptions {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** Picks the colour. */
  readonly index: number;
}

const STRIP_CELLS = 40;
const BITS = 32;
const FIRST_BIT = 3;
const TICKS = 20;
const HUES = [
  ['0x0b1d3a', '0x1f6f8b'],
  ['0x2a1238', '0x8b3f6f'],
  ['0x10301c', '0x3f8b4a'],
  ['0x38240e', '0xa8743a'],
] as const;
const PATCHES = ['0xffffff', '0xe8d44d', '0x4dd2e8', '0x58c05a', '0xc65ac0', '0xd8504a', '0x3a5fd0'] as const;
const FONTS = '/usr/share/fonts/truetype/dejavu';

/** Arguments of the ffmpeg that writes the pictures as JPEGs to its standard output, in real time. */
export function patternArguments(options: PatternOptions): readonly string[] {
  const filters = [
    // From here the time stamp of a picture is the time of day, so that expressions can show it.
    'settb=AVTB,setpts=RTCTIME',
    ...clockStrip(options),
    ...secondBar(options),
    ...words(options),
    `settb=1/${options.fps},setpts=N`,
  ];
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-threads', '1', '-filter_threads', '1'],
    ...[
      '-re',
      '-f',
      'lavfi',
      '-i',
      background(options),
      '-vf',
      filters.join(','),
      '-fps_mode',
      'passthrough',
    ],
    ...['-c:v', 'mjpeg', '-threads', '1', '-q:v', '4', '-f', 'mjpeg', '-flush_packets', '1', 'pipe:1'],
  ];
}

/** Drawn once and repeated: only what moves costs anything afterwards. */
function background({ width, height, fps, index }: PatternOptions): string {
  const [dark, light] = HUES[index % HUES.length] ?? HUES[0];
  const patch = Math.floor(width / 20);
  const top = Math.floor(height * 0.8);
  const patches = PATCHES.map((colour, at) =>
    box({ x: Math.floor(width / 2 + (at - PATCHES.length / 2) * patch), y: top, w: patch, h: patch }, colour),
  );
  return [
    `gradients=size=${width}x${height}:rate=${fps}:nb_colors=3:c0=${dark}:c1=${light}:c2=${dark}:speed=0.00001` +
      `:x0=0:y0=0:x1=${width}:y1=${height}`,
    'format=yuvj420p',
    ...patches,
    `trim=end_frame=1,loop=loop=-1:size=1:start=0,setpts=N/(${fps}*TB)`,
  ].join(',');
}

function clockStrip({ width }: PatternOptions): readonly string[] {
  const size = Math.floor(width / STRIP_CELLS);
  const cell = (at: number, enable?: string): string =>
    box({ x: at * size, y: 0, w: size, h: size }, 'white', enable);
  const bits = Array.from({ length: BITS }, (_, bit) =>
    cell(FIRST_BIT + bit, `gte(mod(floor(t*1000),${2 ** (bit + 1)}),${2 ** bit})`),
  );
  return [
    `drawbox=x=0:y=0:w=iw:h=${size}:t=fill:c=black`,
    cell(1),
    ...bits,
    cell(FIRST_BIT + BITS, parity(0)),
    cell(FIRST_BIT + BITS + 1, parity(1)),
    cell(FIRST_BIT + BITS + 3),
  ];
}

function parity(first: number): string {
  const terms: string[] = [];
  for (let bit = first; bit < BITS; bit += 2) terms.push(`mod(floor(ld(0)/${2 ** bit}),2)`);
  return `st(0,floor(t*1000))*0+mod(${terms.join('+')},2)`;
}

function secondBar({ width, height }: PatternOptions): readonly string[] {
  const w = Math.floor(width / 40);
  const left = Math.floor((width - TICKS * w) / 2);
  const area = { y: Math.floor(height * 0.68), h: Math.max(2, Math.floor(height / 60)) };
  return Array.from({ length: TICKS }, (_, tick) =>
    box({ ...area, x: left + tick * w, w: w - 2 }, 'white@0.8', `gte(mod(t,1),${tick / TICKS})`),
  );
}

/** Without the fonts the picture has no words; everything else stays. */
function words({ name, width, height, fps }: PatternOptions): readonly string[] {
  const bold = `${FONTS}/DejaVuSans-Bold.ttf`;
  const mono = `${FONTS}/DejaVuSansMono-Bold.ttf`;
  if (!existsSync(bold) || !existsSync(mono)) return [];
  const unit = Math.min(height, width * 0.75);
  const line = (font: string, text: string, [size, y]: readonly [number, number]): string =>
    `drawtext=fontfile=${font}:text='${text}':fontsize=${Math.round(unit * size)}:fontcolor=white` +
    `:x=(w-tw)/2:y=${Math.round(height * y)}`;
  const clock = '%{pts\\:gmtime\\:0\\:%H\\\\\\:%M\\\\\\:%S}.%{eif\\:mod(floor(t*1000)\\,1000)\\:d\\:3}';
  return [
    line(bold, plainText(name), [0.075, 0.25]),
    line(mono, clock, [0.14, 0.42]),
    line(bold, `%{pts\\:gmtime\\:0\\:%Y-%m-%d} UTC   ${width}x${height}   ${fps} fps`, [0.035, 0.6]),
  ];
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

function box(area: Area, colour: string, enable?: string): string {
  const { x, y, w, h } = area;
  const when = enable === undefined ? '' : `:enable='${enable}'`;
  return `drawbox=x=${x}:y=${y}:w=${w}:h=${h}:t=fill:c=${colour}${when}`;
}

/** Only characters that mean nothing to ffmpeg's filter language. */
function plainText(text: string): string {
  return text.replace(/[^A-Za-z0-9 ._-]/g, ' ').trim();
}
