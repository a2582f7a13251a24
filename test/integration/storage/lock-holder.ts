/** Child of the lock tests: takes a lock, says so, and holds it until it is ended. */
import { flockProgram, takeFileLock } from '../../../adapters/_shared/file-lock.js';

const [path = '', by = 'call'] = process.argv.slice(2);
const lock = await takeFileLock(path, { waitMs: 0, ...(by === 'program' ? { flock: flockProgram } : {}) });
process.send?.(lock === undefined ? 'taken' : 'held');
process.on('message', () => void lock?.release().then(() => process.send?.('released')));
