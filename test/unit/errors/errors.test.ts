import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { ERROR_CODES, errorSpec, type ErrorCode } from '../../../core/errors/codes.js';
import { PORT_ERROR_TABLE } from '../../../core/errors/port-error-table.js';
import { fromPortError, isServiceError, ServiceError } from '../../../core/errors/service-error.js';
import { PortError, type PortErrorCode } from '../../../ports/index.js';

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];
/** Codes that may share a number: three ways of not being known. */
const SHARED = new Set(['AUTH_REQUIRED', 'AUTH_FAILED', 'TOKEN_EXPIRED']);

describe('the registry of errors', () => {
  it('gives each number to one meaning', () => {
    const numbers = CODES.filter((code) => !SHARED.has(code)).map((code) => errorSpec(code).rpcCode);
    expect(new Set(numbers).size).to.equal(numbers.length);
    expect(numbers).not.to.include(ERROR_CODES.AUTH_FAILED.rpcCode);
  });

  it('is documented, one line per code', async () => {
    const page = await readFile(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8');
    const listed = [...page.matchAll(/^\| (-\d+) \| `([A-Z_]+)` \|/gm)];
    expect(listed.map(([, number, code]) => [Number(number), code])).to.deep.equal(
      CODES.map((code) => [errorSpec(code).rpcCode, code]),
    );
  });

  for (const code of Object.keys(PORT_ERROR_TABLE) as PortErrorCode[]) {
    it(`translates ${code} into a code with all its data and none of the inner words`, () => {
      const inner = new PortError(code, { message: 'secret /dev/video0', detail: { path: '/secret' } });
      const error = fromPortError(inner, { device: 'camera0', filename: 'a.mp4' });
      const fields = Object.entries(errorSpec(error.code).data);
      const required = fields.filter(([, type]) => !type.endsWith('?')).map(([name]) => name);
      expect(Object.keys(error.data)).to.include.members(required);
      expect(fields.map(([name]) => name)).to.include.members(Object.keys(error.data));
      expect(error.message + JSON.stringify(error.data)).not.to.contain('secret');
      expect(error.cause).to.equal(inner);
    });
  }

  it('passes on what a client can use', () => {
    const data = (code: PortErrorCode, detail: Record<string, unknown>, retryable = false) =>
      fromPortError(new PortError(code, { detail, retryable })).data;
    expect(data('STORAGE_FULL', { availableBytes: 5, requiredBytes: 9 })).to.deep.equal({
      available_bytes: 5,
      required_bytes: 9,
    });
    expect(data('MEDIA_SERVER_UNREACHABLE', { retryAfterMs: 30_000 }, true)).to.include({
      dependency: 'media-server',
      retry_after_ms: 30_000,
    });
    expect(data('TOOL_MISSING', { tool: 'ffmpeg', remedy: 'apt-get install ffmpeg' })).to.include({
      dependency: 'ffmpeg',
      detail: 'apt-get install ffmpeg',
    });
    expect(data('CREDENTIALS_REFUSED', { reason: 'bad_signature' })).to.deep.equal({
      reason: 'bad_signature',
    });
  });

  it('recognises its errors by code', () => {
    const error = new ServiceError('FILE_NOT_FOUND', { filename: 'x' });
    expect(isServiceError(error)).to.equal(true);
    expect(isServiceError(error, 'INTERNAL')).to.equal(false);
    expect(isServiceError({ name: 'ServiceError', code: 'INTERNAL' })).to.equal(false);
  });
});
