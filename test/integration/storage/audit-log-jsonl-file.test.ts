import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createJsonlFileAuditLog } from '../../../adapters/audit-log/jsonl-file/jsonl-file-audit-log.js';
import { NODE_FILES, type TrailFiles } from '../../../adapters/audit-log/jsonl-file/trail-file.js';
import type { AuditEntry, AuditLog } from '../../../ports/audit-log.js';
import { auditEntry } from '../../contract/audit-log.contract.js';
import { failure } from '../../contract/outcome.js';

const never = new AbortController().signal;
const MIN = 64 * 1024;

describe('audit-log/jsonl-file on a real disk', () => {
  let directory = '';
  let log: AuditLog;
  const at = (name = 'audit.jsonl'): string => path.join(directory, name);
  const modeOf = async (name?: string): Promise<number> => (await fs.stat(at(name))).mode & 0o777;
  const make = (files?: TrailFiles): AuditLog =>
    createJsonlFileAuditLog({ directory, maxSizeBytes: MIN, maxFiles: 3 }, files);
  const read = async (name?: string): Promise<AuditEntry[]> =>
    (await fs.readFile(at(name), 'utf8'))
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as AuditEntry]));

  beforeEach(async () => {
    directory = await fs.mkdtemp(path.join(os.tmpdir(), 'audit-'));
    log = make();
  });
  afterEach(async () => {
    await log.stop(never);
    await fs.rm(directory, { recursive: true, force: true });
  });

  it('is for its user alone, also when the file was there before', async () => {
    await fs.writeFile(at(), '', { mode: 0o644 });
    await log.start(never);
    await log.append(auditEntry('a'));
    expect(await modeOf()).to.equal(0o600);
  });

  it('closes a file that has grown, keeps a number of them, and drops the oldest entries', async () => {
    await log.start(never);
    const pad = 'x'.repeat(1000);
    for (let n = 0; n < 400; n++) await log.append(auditEntry(`m${String(n)}`, { address: pad }));
    expect((await fs.readdir(directory)).sort()).to.deep.equal([
      'audit.1.jsonl',
      'audit.2.jsonl',
      'audit.jsonl',
    ]);
    const all = [...(await read('audit.2.jsonl')), ...(await read('audit.1.jsonl')), ...(await read())];
    const first = 400 - all.length;
    expect(first).to.be.greaterThan(0);
    expect(all.map(({ method }) => method)).to.deep.equal(all.map((_, n) => `m${String(first + n)}`));
    for (const name of await fs.readdir(directory)) {
      expect((await fs.stat(at(name))).size).to.be.lessThan(MIN + 4096);
      expect(await modeOf(name)).to.equal(0o600);
    }
  });

  it('begins a new line behind one that a crash cut off', async () => {
    await fs.writeFile(at(), '{"version":1,"at":"20');
    await log.start(never);
    await log.append(auditEntry('whole'));
    const lines = (await fs.readFile(at(), 'utf8')).trimEnd().split('\n');
    expect((JSON.parse(lines.at(-1) ?? '') as AuditEntry).method).to.equal('whole');
  });

  it('goes on in a new file when somebody took the old one, or its folder, away', async () => {
    await log.start(never);
    await log.append(auditEntry('a'));
    await fs.rename(at(), at('taken.jsonl'));
    await log.append(auditEntry('b'));
    expect((await read()).map(({ method }) => method)).to.deep.equal(['b']);
    await fs.rm(directory, { recursive: true });
    await log.append(auditEntry('c'));
    expect((await read()).map(({ method }) => method)).to.deep.equal(['c']);
  });

  it('does not write through a link', async () => {
    const elsewhere = at('elsewhere');
    await fs.writeFile(elsewhere, '');
    await fs.symlink(elsewhere, at());
    expect(await failure(log.start(never))).to.have.property('code', 'STORAGE_FAILED');
    expect(await failure(log.append(auditEntry('a')))).to.have.property('code', 'STORAGE_FAILED');
    await fs.rm(at());
    await log.append(auditEntry('b'));
    expect(await fs.readFile(elsewhere, 'utf8')).to.equal('');
  });

  it('tells entries that reached the disk from those that did not when it filled up between them', async () => {
    const room = { bytes: 400 };
    log = make(narrow(room));
    await log.start(never);
    const writing = ['a', 'b', 'c', 'd'].map((method) => log.append(auditEntry(method)));
    const outcomes = (await Promise.allSettled(writing)).map(({ status }) => status === 'fulfilled');
    expect(outcomes).to.deep.equal([true, true, false, false]);
    room.bytes = 10_000;
    await log.append(auditEntry('e'));
    const whole = (await fs.readFile(at(), 'utf8')).split('\n').filter((line) => line.endsWith('}'));
    const kept = whole.map((line) => (JSON.parse(line) as AuditEntry).method);
    expect(kept).to.deep.equal(['a', 'b', 'e']);
  });

  it('lives through a file system without room', async function () {
    this.timeout(30_000);
    const program = path.join(import.meta.dirname, 'audit-on-full-disk.ts');
    const { stdout } = await promisify(execFile)('unshare', [
      ...['--map-root-user', '--mount', 'sh', '-c'],
      'mount -t tmpfs -o size=128k tmpfs "$1" && exec "$2" --import tsx "$3" "$1"',
      ...['sh', directory, process.execPath, program],
    ]);
    expect(JSON.parse(stdout)).to.deep.equal({
      full: 'STORAGE_FULL',
      last: 'after',
    });
  });

  it('refuses bad options at once', () => {
    const options = { directory, maxSizeBytes: MIN, maxFiles: 2 };
    for (const wrong of [{ directory: 'logs' }, { maxSizeBytes: 1 }, { maxFiles: 1 }])
      expect(() => createJsonlFileAuditLog({ ...options, ...wrong })).to.throw(/must be/);
  });
});

/** A disk with a number of bytes left, which takes what fits and then says that it is full. */
function narrow(room: { bytes: number }): TrailFiles {
  return async (file) => {
    const handle = await NODE_FILES(file);
    return {
      stat: () => handle.stat(),
      chmod: (mode) => handle.chmod(mode),
      close: () => handle.close(),
      write: async (bytes) => {
        if (room.bytes === 0) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        const part = bytes.subarray(0, room.bytes);
        room.bytes -= part.length;
        return handle.write(part);
      },
    };
  };
}
