import { generateKeyPairSync } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import jwt from 'jsonwebtoken';

import {
  createJwtAuthProvider,
  type JwtAuthProviderOptions,
} from '../../adapters/auth-provider/jwt/jwt-auth-provider.js';
import { createManualClock } from '../../adapters/clock/manual/manual-clock.js';
import { createMemoryLogger } from '../../adapters/logger/memory/memory-logger.js';
import { createMemoryStateStore } from '../../adapters/state-store/memory/memory-state-store.js';
import type { AuthProvider } from '../../ports/auth-provider.js';
import { authProviderContract } from './auth-provider.contract.js';

const clock = createManualClock();

async function create(options: JwtAuthProviderOptions): Promise<AuthProvider> {
  const provider = createJwtAuthProvider(options, {
    clock,
    log: createMemoryLogger(),
    state: createMemoryStateStore(),
  });
  await provider.start(new AbortController().signal);
  return provider;
}

function forge(credential: string): string {
  const [header, payload, signature = ''] = credential.split('.');
  return [header, payload, (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)].join('.');
}

authProviderContract('auth-provider/jwt with HS256', {
  create: () => create({ algorithm: 'HS256' }),
  pass: (durationMs) => clock.advance(durationMs),
  issue: (provider, request) => provider.issue(request),
  forge,
});

for (const algorithm of ['RS256', 'ES256'] as const) {
  describe(`auth-provider/jwt with ${algorithm}`, () => {
    const { publicKey, privateKey } =
      algorithm === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    let folder = '';
    before(async () => {
      folder = await fs.mkdtemp(path.join(os.tmpdir(), 'jwt-contract-'));
      await fs.writeFile(path.join(folder, 'key.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    });
    after(() => fs.rm(folder, { recursive: true, force: true }));

    authProviderContract(`auth-provider/jwt with ${algorithm}`, {
      create: () => create({ algorithm, keyFile: path.join(folder, 'key.pem') }),
      pass: (durationMs) => clock.advance(durationMs),
      issue: async (_provider, { subject, role, cameras, ttlSeconds = 60 }) => {
        const iat = Math.floor(clock.now() / 1000);
        const claims = {
          sub: subject,
          role,
          iat,
          exp: iat + ttlSeconds,
          ...(cameras === undefined ? {} : { cameras }),
        };
        return {
          credential: jwt.sign(claims, privateKey, { algorithm }),
          id: '',
          expiresAt: claims.exp * 1000,
        };
      },
      forge,
    });
  });
}
