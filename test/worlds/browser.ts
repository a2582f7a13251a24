/** Headless Chromium as a viewer: opens a page and tells when its video shows pictures, and which. */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium, type Browser, type Page } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];

/** A picture that the browser has decoded and shown. */
export interface ShownPicture {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly width: number;
  readonly height: number;
  readonly jpeg: Uint8Array;
}

interface RawPicture {
  readonly at: number;
  readonly width: number;
  readonly height: number;
  readonly url: string;
}

/**
 * Runs in the page before its own scripts: keeps the first two pictures that differ in time, and counts all of them. The counter
 * is the browser's own: it rises when a decoded picture reaches the screen.
 */
const WITNESS = `(() => {
  const seen = (window.__seen = { pictures: [], count: 0, errors: [] });
  const canvas = document.createElement('canvas');
  const take = (video) => {
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext('2d').drawImage(video, 0, 0);
    return { width: canvas.width, height: canvas.height, url: canvas.toDataURL('image/jpeg', 0.95) };
  };
  window.__take = () => take(document.querySelector('video'));
  const follow = (video) => {
    let last = -1;
    const onPicture = (_now, { mediaTime }) => {
      const at = Date.now();
      seen.count += 1;
      if (seen.pictures.length < 2 && mediaTime !== last) seen.pictures.push({ at, ...take(video) });
      last = mediaTime;
      video.requestVideoFrameCallback(onPicture);
    };
    video.requestVideoFrameCallback(onPicture);
  };
  const look = () => {
    const video = document.querySelector('video');
    if (video) follow(video);
    else setTimeout(look, 5);
  };
  look();
})()`;

export class BrowserViewer {
  readonly page: Page;
  /** When the page was asked for, in milliseconds since 1970. */
  readonly openedAt: number;

  constructor(page: Page, openedAt: number) {
    this.page = page;
    this.openedAt = openedAt;
  }

  /** Resolves with the first two pictures. @throws Error when they do not come in time, with what the page says. */
  async pictures(withinMs: number): Promise<readonly [ShownPicture, ShownPicture]> {
    const deadline = this.openedAt + withinMs;
    for (;;) {
      const found = await this.page.evaluate<RawPicture[]>('window.__seen?.pictures ?? []');
      const [first, second] = found;
      if (first !== undefined && second !== undefined) return [shown(first), shown(second)];
      if (Date.now() > deadline) {
        const text = await this.page.evaluate('document.body?.innerText ?? ""');
        throw new Error(
          `${String(found.length)} pictures within ${String(withinMs)} ms; page: ${String(text)}`,
        );
      }
      await delay(20);
    }
  }

  /** How many pictures have been shown. */
  count(): Promise<number> {
    return this.page.evaluate<number>('window.__seen.count');
  }

  /** The picture that is shown now. */
  async current(): Promise<ShownPicture> {
    const at = Date.now();
    return shown({ at, ...(await this.page.evaluate<Omit<RawPicture, 'at'>>('window.__take()')) });
  }

  /** Leaves the page as a person does, so that the browser says goodbye to the server, and closes it. */
  async close(): Promise<void> {
    await this.page.goto('about:blank');
    await this.page.context().close();
  }
}

export class BrowserWorld {
  readonly #browser: Browser;

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Opens a page that shows a video, in a context of its own: no cookies, no cache. */
  async view(url: string): Promise<BrowserViewer> {
    const page = await this.#page();
    const openedAt = Date.now();
    await page.goto(url, { waitUntil: 'commit' });
    return new BrowserViewer(page, openedAt);
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }

  async #page(): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 720 } });
    const page = await context.newPage();
    await page.addInitScript(WITNESS);
    return page;
  }
}

/** A missing browser is a failure of the test, not a reason to skip it. */
export async function openBrowser(): Promise<BrowserWorld> {
  const browser = await chromium.launch({ executablePath: chromiumBin(), args: FLAGS, headless: true });
  return new BrowserWorld(browser);
}

function chromiumBin(): string {
  const folders = (process.env['PATH'] ?? '').split(':');
  const found = folders.map((folder) => `${folder}/chromium`).find((file) => existsSync(file));
  if (found === undefined) throw new Error('chromium is needed for this test and is not on the search path');
  return found;
}

function shown({ at, width, height, url }: RawPicture): ShownPicture {
  return { at, width, height, jpeg: Buffer.from(url.slice(url.indexOf(',') + 1), 'base64') };
}
