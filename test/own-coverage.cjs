/**
 * Only what runs in the test process itself is measured. Programs that tests start load the same files as other
 * modules with other offsets, so that their coverage would count every function a second time.
 */
delete process.env['NODE_V8_COVERAGE'];
