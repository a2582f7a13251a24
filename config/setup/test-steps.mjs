/** What `npm test` runs, in this order. Each is an npm script of its own. */

/**
 * @typedef {object} TestStep
 * @property {string} title
 * @property {string} script
 * @property {number} minutes it is ended after that time and counts as failed
 * @property {readonly string[]} [args]
 * @property {boolean} [covered] its processes report which lines they ran
 */

/** @type {readonly TestStep[]} */
export const TEST_STEPS = [
  { title: 'format', script: 'format:check', minutes: 3 },
  { title: 'lint', script: 'lint', minutes: 5 },
  { title: 'types', script: 'typecheck', minutes: 5 },
  { title: 'repository', script: 'test:repo', minutes: 5 },
  { title: 'unit', script: 'test:unit', minutes: 10, covered: true },
  { title: 'contract', script: 'test:contract', minutes: 10, covered: true },
  { title: 'integration', script: 'test:integration', minutes: 15, covered: true },
  { title: 'coverage', script: 'coverage', minutes: 5 },
  { title: 'end to end', script: 'test:e2e', minutes: 30 },
  { title: 'device lab', script: 'test:lab', minutes: 25 },
  { title: 'bench', script: 'bench', minutes: 5, args: ['--smoke'] },
];
