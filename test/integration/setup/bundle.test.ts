import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { serviceBundle } from '../../worlds/service.js';

const run = promisify(execFile);
const GLOBALS = ['fetch', 'Request', 'Response', 'Headers', 'FormData', 'WebSocket', 'AbortSignal', 'Blob'];

describe('the bundle', () => {
  /** What the globals are when the program ends. */
  const globals = async (...words: readonly string[]): Promise<string> => {
    const look = `process.on('exit',()=>console.error(${JSON.stringify(GLOBALS)}.map((name)=>typeof globalThis[name]).join()))`;
    const { stderr } = await run(process.execPath, [
      '--import',
      `data:text/javascript,${encodeURIComponent(look)}`,
      ...words,
    ]);
    return stderr.trim();
  };

  it('leaves the globals of the process as they are, for plugins', async () => {
    expect(await globals(await serviceBundle(), '--version')).to.equal(await globals('--eval', ''));
  });
});
