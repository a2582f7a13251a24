/** What a plugin's code provides must be what its manifest says: nobody looks into the code before it runs. */
import type { Provision } from './manifest.js';
import { isObject } from './schema-fault.js';

/** The first difference, in words; `undefined` when there is none. */
export function manifestDifference(
  said: readonly Provision[],
  provided: readonly Provision[],
): string | undefined {
  const wanted = byName(said);
  const found = byName(provided);
  for (const name of wanted.keys())
    if (!found.has(name)) return `its manifest declares ${name}, which its code does not provide`;
  for (const [name, provision] of found) {
    const other = wanted.get(name);
    if (other === undefined) return `its code provides ${name}, which its manifest does not declare`;
    const place = difference(plain(other), plain(provision), []);
    if (place !== undefined) return `${name}: ${place} in its manifest differs from what its code declares`;
  }
  return undefined;
}

function byName(provisions: readonly Provision[]): ReadonlyMap<string, Provision> {
  return new Map(provisions.map((each) => [`${each.port}/${each.name}`, each]));
}

/** As JSON has it: fields without a value are none. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

function difference(a: unknown, b: unknown, path: readonly string[]): string | undefined {
  const isBoth = (isObject(a) && isObject(b)) || (Array.isArray(a) && Array.isArray(b));
  if (!isBoth) return a === b ? undefined : path.join('.');
  const [left, right] = [a, b] as Readonly<Record<string, unknown>>[];
  for (const key of new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})])) {
    const found = difference(left?.[key], right?.[key], [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
