/** Programs that come from the system: installed when we may, else the one command to type. */
import { existsSync, readFileSync } from 'node:fs';
import { findOnPath } from '../../adapters/_shared/plain/find-program.mjs';
import { whileSaying } from './progress.mjs';
import { lastLine, runCommand } from './run-command.mjs';

/** @typedef {'apt' | 'dnf' | 'apk' | 'pacman' | 'other'} Family */
/** @typedef {'ffmpeg' | 'chromium' | 'fonts' | 'qemu' | 'busybox' | 'cpio' | 'kmod' | 'xz' | 'ustreamer' | 'mosquitto' | 'mosquitto-clients' | 'openssl'} SystemPart */

/** Packages that have the same name everywhere. */
const COMMON = {
  ffmpeg: 'ffmpeg',
  chromium: 'chromium',
  cpio: 'cpio',
  kmod: 'kmod',
  xz: 'xz',
  ustreamer: 'ustreamer',
  mosquitto: 'mosquitto',
  openssl: 'openssl',
};

/** @type {Record<Exclude<Family, 'other'>, { install: string, names: Record<SystemPart, string> }>} */
const FAMILIES = {
  apt: {
    install: 'apt-get update && apt-get install -y --no-install-recommends',
    names: {
      ...COMMON,
      fonts: 'fonts-dejavu-core',
      qemu: 'qemu-system-x86',
      busybox: 'busybox-static',
      xz: 'xz-utils',
      'mosquitto-clients': 'mosquitto-clients',
    },
  },
  dnf: {
    install: 'dnf install -y',
    names: {
      ...COMMON,
      fonts: 'dejavu-sans-fonts',
      qemu: 'qemu-system-x86-core',
      busybox: 'busybox',
      'mosquitto-clients': 'mosquitto',
    },
  },
  apk: {
    install: 'apk add',
    names: {
      ...COMMON,
      fonts: 'font-dejavu',
      qemu: 'qemu-system-x86_64',
      busybox: 'busybox-static',
      'mosquitto-clients': 'mosquitto-clients',
    },
  },
  pacman: {
    install: 'pacman -Sy --needed --noconfirm',
    names: {
      ...COMMON,
      fonts: 'ttf-dejavu',
      qemu: 'qemu-system-x86',
      busybox: 'busybox',
      'mosquitto-clients': 'mosquitto',
    },
  },
};

/** The programs of a part, where it is not one of the same name; any of them will do. @type {Partial<Record<SystemPart, string[]>>} */
const PROGRAMS = {
  chromium: ['chromium', 'chromium-browser'],
  qemu: ['qemu-system-x86_64'],
  kmod: ['modprobe'],
  'mosquitto-clients': ['mosquitto_pub'],
};
/** Where programs lie that only root has on its path. */
const SYSTEM_FOLDERS = '/usr/sbin:/sbin';

const FONT_FOLDERS = ['truetype/dejavu', 'dejavu', 'dejavu-sans-fonts', 'TTF'];

/** @type {[RegExp, Family][]} */
const KNOWN = [
  [/\b(debian|ubuntu|raspbian)\b/, 'apt'],
  [/\b(fedora|rhel|centos)\b/, 'dnf'],
  [/\balpine\b/, 'apk'],
  [/\b(arch|manjaro)\b/, 'pacman'],
];

/**
 * @param {string} osRelease the text of /etc/os-release
 * @returns {Family}
 */
export function familyOf(osRelease) {
  const ids = [...osRelease.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)]
    .map((found) => found[1] ?? '')
    .join(' ');
  return KNOWN.find(([pattern]) => pattern.test(ids))?.[1] ?? 'other';
}

/** @returns {Family} */
export function thisFamily() {
  return existsSync('/etc/os-release') ? familyOf(readFileSync('/etc/os-release', 'utf8')) : 'other';
}

/**
 * @param {Family} family
 * @param {readonly SystemPart[]} parts
 * @returns {string} what to type
 */
export function remedyFor(family, parts) {
  if (family === 'other') return `install ${parts.join(', ')} with the package manager of this system`;
  const { install, names } = FAMILIES[family];
  const command = install
    .split(' && ')
    .map((each) => `sudo ${each}`)
    .join(' && ');
  return `${command} ${parts.map((part) => names[part]).join(' ')}`;
}

/**
 * @param {SystemPart} part
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<boolean>}
 */
export async function hasPart(part, env) {
  if (part === 'fonts') {
    return FONT_FOLDERS.some((folder) => existsSync(`/usr/share/fonts/${folder}/DejaVuSans.ttf`));
  }
  const names = PROGRAMS[part] ?? [part];
  const wide = `${env['PATH'] ?? ''}:${SYSTEM_FOLDERS}`;
  const found = await Promise.all(names.map((name) => findOnPath(name, wide)));
  return found.some((file) => file !== undefined);
}

/**
 * Installs the missing ones with apt-get when we are root.
 * @param {object} options
 * @param {readonly SystemPart[]} options.parts
 * @param {NodeJS.ProcessEnv} options.env
 * @param {import('./progress.mjs').Say} [options.say]
 * @param {Family} [options.family]
 * @param {boolean} [options.isRoot]
 * @returns {Promise<readonly SystemPart[]>} what was installed
 * @throws Error with the command to type
 */
export async function ensureSystemParts(options) {
  const { parts, env, say = () => {}, family = thisFamily(), isRoot = process.getuid?.() === 0 } = options;
  const present = await Promise.all(parts.map((part) => hasPart(part, env)));
  const missing = parts.filter((_, index) => present[index] !== true);
  if (missing.length === 0) return [];
  if (family !== 'apt' || !isRoot) {
    throw new Error(`missing: ${missing.join(', ')}. Type: ${remedyFor(family, missing)}`);
  }
  const aptEnv = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
  const names = missing.map((part) => FAMILIES.apt.names[part]);
  await apt(say, ['update'], aptEnv);
  await apt(say, ['install', '-y', '--no-install-recommends', ...names], aptEnv);
  return missing;
}

/**
 * @param {import('./progress.mjs').Say} say
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
async function apt(say, args, env) {
  const words = `apt-get ${args.filter((arg) => !arg.startsWith('-')).join(' ')}`;
  const result = await whileSaying(say, words, () =>
    runCommand('apt-get', ['-q', ...args], { env, timeoutMs: 1_800_000 }),
  );
  if (result.failure !== undefined) throw new Error(`${words} failed: ${lastLine(result)}`);
}
