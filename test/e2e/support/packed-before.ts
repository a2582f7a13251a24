/** Builds and packs once before the files of this run, which are run two at a time and would do it at the same time. */
import { ensureBuild } from '../../../config/setup/build.mjs';
import { checkout } from '../../../config/setup/paths.mjs';
import { PACKED, packedOnce } from './packed.js';

export async function mochaGlobalSetup(): Promise<void> {
  await ensureBuild({ root: checkout });
  process.env[PACKED] = await packedOnce();
}
