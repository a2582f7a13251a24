/**
 * Only what runs in the test process itself is measured. Programs that tests start load the same files as other
 * modules with other offsets, so that their coverage would count every function a second time.
 */
// eslint-disable-next-line no-restricted-syntax -- the whole process is what is meant
delete process.env['NODE_V8_COVERAGE'];
