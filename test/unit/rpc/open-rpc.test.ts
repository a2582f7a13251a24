import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { CATALOGUE } from '../../../core/metrics/catalogue.js';
import { API_INFO } from '../../../core/rpc/api-info.js';
import { METHODS } from '../../../core/rpc/methods/index.js';
import { openRpcDocument } from '../../../core/rpc/open-rpc.js';

/** Loaded without its types: they come as sources that do not pass our compiler settings. */
const { validateOpenRPCDocument } = createRequire(import.meta.url)('@open-rpc/schema-utils-js') as {
  readonly validateOpenRPCDocument: (document: unknown) => unknown;
};

describe('the documents made from the tables', function () {
  // One case starts a process that reads the whole service.
  this.timeout(60_000);

  it('are a valid OpenRPC document with every method', () => {
    const document = openRpcDocument(METHODS, API_INFO);
    expect(validateOpenRPCDocument(document)).to.equal(true);
    const names = (document['methods'] as { name: string }[]).map((method) => method.name);
    expect(names).to.deep.equal(METHODS.map((method) => method.name));
  });

  it('would be refused if they were not valid', () => {
    const document = { ...openRpcDocument(METHODS, API_INFO), methods: [{ name: 1 }] };
    expect(validateOpenRPCDocument(document)).not.to.equal(true);
  });

  it('are up to date in docs/reference', async () => {
    const script = fileURLToPath(new URL('../../../docs/generate/reference.ts', import.meta.url));
    await promisify(execFile)(process.execPath, ['--import', 'tsx', script, '--check']);
  });

  it('have metrics with the house names', () => {
    for (const { name } of CATALOGUE) expect(name).to.match(/^camera_service_[a-z_]+$/);
    expect(new Set(CATALOGUE.map((metric) => metric.name)).size).to.equal(CATALOGUE.length);
  });
});
