import { dirname, join, normalize } from 'node:path';

export interface Link {
  readonly text: string;
  readonly target: string;
}

export interface Block {
  readonly language: string;
  /** What follows the language, such as `compile`. */
  readonly marks: readonly string[];
  readonly text: string;
}

const FENCE = /^```([^\n]*)\n([\s\S]*?)^```$/gm;

export function blocks(markdown: string): Block[] {
  return [...markdown.matchAll(FENCE)].map(([, info = '', text = '']) => {
    const [language = '', ...marks] = info.trim().split(/\s+/);
    return { language, marks, text };
  });
}

/** Inline links and pictures outside of code. */
export function links(markdown: string): Link[] {
  const prose = markdown.replaceAll(FENCE, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\[([^\]]*)\]\(([^)\s]+)\)/g)].map(([, text = '', target = '']) => ({
    text,
    target,
  }));
}

/** Anchors as GitHub makes them from headings. */
export function anchors(markdown: string): Set<string> {
  const headings = markdown.replaceAll(FENCE, '').matchAll(/^#{1,6}\s+(.+)$/gm);
  return new Set([...headings].map(([, heading = '']) => anchorOf(heading)));
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

export const isExternal = (target: string): boolean => /^[a-z]+:/.test(target);

/** File and anchor that a relative link of `from` leads to. */
export function resolveLink(
  from: string,
  target: string,
): { readonly path: string; readonly anchor: string } {
  const [file = '', anchor = ''] = target.split('#');
  const path = file === '' ? from : normalize(join(dirname(from), decodeURIComponent(file)));
  return { path: path.replace(/\/$/, ''), anchor };
}
