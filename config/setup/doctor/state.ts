/** What the doctor says about stored documents. */
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { DoctorLine } from './line.js';

const COMPONENT = 'stored documents';
const MAX_BYTES = 64 * 1024 * 1024;

/** Reads each document in the folder of the state, as the service will. A folder that is not there yet has none. */
export async function checkDocuments(folder: string): Promise<DoctorLine> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return { component: COMPONENT, state: 'ok', found: 'none yet' };
    const remedy = `run this as the user of the service, or make ${folder} readable`;
    return { component: COMPONENT, state: 'missing', found: `${folder} cannot be read (${code})`, remedy };
  }
  const documents = names.filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  const faults: string[] = [];
  for (const name of documents) {
    const fault = await faultOf(path.join(folder, name));
    if (fault !== undefined) faults.push(`${name} ${fault}`);
  }
  if (faults.length > 0) {
    const remedy = `restore a good copy in ${folder}; otherwise the service sets the damaged one aside and starts with a new one`;
    return { component: COMPONENT, state: 'missing', found: faults.join(', '), remedy };
  }
  const aside = names.filter((name) => name.includes('.corrupt-'));
  if (aside.length === 0)
    return { component: COMPONENT, state: 'ok', found: `${String(documents.length)} in ${folder}` };
  const remedy = 'check whether you still need their contents, then delete them';
  const found = `damaged documents were set aside in ${folder}: ${aside.slice(0, 5).join(', ')}`;
  return { component: COMPONENT, state: 'warning', found, remedy };
}

async function faultOf(file: string): Promise<string | undefined> {
  try {
    // Without O_NONBLOCK the opening of a pipe would wait for a writer.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const facts = await handle.stat();
      if (!facts.isFile()) return 'is not a file';
      if (facts.size > MAX_BYTES) return `has ${String(facts.size)} bytes`;
      JSON.parse(await handle.readFile('utf8'));
      return undefined;
    } finally {
      await handle.close();
    }
  } catch (error) {
    return error instanceof SyntaxError ? 'is damaged (not JSON)' : `cannot be read (${codeOf(error)})`;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'failed';
}
