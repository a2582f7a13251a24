/** Runs on a file system of its own: fills it, is refused, makes room, is served again, and prints what it saw. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { createJsonlFileAuditLog } from '../../../adapters/audit-log/jsonl-file/jsonl-file-audit-log.js';
import { auditEntry } from '../../contract/audit-log.contract.js';
import { failure } from '../../contract/outcome.js';

const directory = process.argv[2] ?? '';
const never = new AbortController().signal;
const log = createJsonlFileAuditLog({ directory, maxSizeBytes: 1024 * 1024, maxFiles: 2 });
const ballast = path.join(directory, 'ballast');

await log.start(never);
await log.append(auditEntry('before'));
await fs.writeFile(ballast, Buffer.alloc(1024 * 1024)).catch(() => undefined);
const big = auditEntry('lost', { address: 'x'.repeat(100_000) });
const { code } = (await failure(log.append(big))) as { code: string };
await fs.rm(ballast);
await log.append(auditEntry('after'));
await log.stop(never);
const lines = (await fs.readFile(path.join(directory, 'audit.jsonl'), 'utf8')).trimEnd().split('\n');
const { method } = JSON.parse(lines.at(-1) ?? '') as { method: string };
process.stdout.write(JSON.stringify({ full: code, last: method }));
