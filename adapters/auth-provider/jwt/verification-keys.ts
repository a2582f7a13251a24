/** The keys that signatures are checked with, for one pinned algorithm. */
import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';

import { isPortError, PortError } from '../../../ports/port-error.js';
import { errnoOf } from '../../_shared/errno.js';
import {
  faultOfKey,
  FITS,
  isKeyFault,
  KeyFault,
  type JwtAlgorithm,
  type PublicAlgorithm,
  type PublicKeys,
} from './key-fitness.js';

const MAX_FILE_BYTES = 1024 * 1024;

export function secretKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret, 'utf8'));
}

/** What is wrong with the configured key file, without using it. */
export async function keyFileFaults({
  algorithm,
  keyFile = '',
}: {
  readonly algorithm: JwtAlgorithm;
  readonly keyFile?: string;
}): Promise<readonly { readonly option: string; readonly rule: string }[]> {
  if (algorithm === 'HS256') return [];
  try {
    await publicKeys(keyFile, algorithm);
    return [];
  } catch (error) {
    if (!isPortError(error)) throw error;
    return [{ option: 'key_file', rule: error.message.replace('jwt.key_file: ', '') }];
  }
}

/** Reads a PEM file (one key) or a JWKS file (several). @throws PortError `OPTION_INVALID` that says what is wrong with it. */
export async function publicKeys(file: string, algorithm: PublicAlgorithm): Promise<PublicKeys> {
  try {
    const text = await readText(file);
    if (!text.startsWith('{')) return fromPem(text, algorithm);
    // The library takes 10 MB, which installations without a key set do not have to pay.
    const { fromJwks } = await import('./key-set.js');
    return await fromJwks(text, algorithm);
  } catch (cause) {
    const why = isKeyFault(cause) ? cause.message : 'cannot be read as PEM or as JSON';
    const rule = `a PEM or JWKS file with a public key for ${algorithm} (${FITS[algorithm]})`;
    const remedy = `put the issuer's public key there, or set a different file`;
    throw new PortError('OPTION_INVALID', {
      message: `jwt.key_file: ${file} ${why}; it must be ${rule}: ${remedy}`,
      cause,
      detail: { option: 'key_file', rule, remedy },
    });
  }
}

async function readText(file: string): Promise<string> {
  try {
    // Without O_NONBLOCK the opening of a pipe would wait for a writer.
    const handle = await fs.open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const facts = await handle.stat();
      if (facts.isDirectory()) throw new KeyFault('is a folder');
      if (!facts.isFile()) throw new KeyFault('is not a file');
      if (facts.size > MAX_FILE_BYTES) throw new KeyFault(`has ${String(facts.size)} bytes`);
      const text = (await handle.readFile('utf8')).replace(/^\uFEFF/, '').trim();
      if (text === '') throw new KeyFault('is empty');
      return text;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (isKeyFault(cause)) throw cause;
    const errno = errnoOf(cause);
    if (errno === 'ENOENT') throw new KeyFault('does not exist', { cause });
    throw new KeyFault(`cannot be read (${errno})`, { cause });
  }
}

function fromPem(text: string, algorithm: PublicAlgorithm): PublicKeys {
  if (text.includes('PRIVATE KEY-----'))
    throw new KeyFault(
      'contains a private key, which only the issuer should have (openssl pkey -pubout extracts the public key)',
    );
  const key = createPublicKey(text);
  const fault = faultOfKey(key, algorithm);
  if (fault !== undefined) throw new KeyFault(`contains ${fault}`);
  return { find: () => Promise.resolve([key]), unused: [] };
}
