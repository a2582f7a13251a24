/** Options of the file store in memory, for demonstrations and tests. */
export const fileStoreMemorySection = {
  capacity_bytes: {
    doc: 'Bytes that all files together may have.',
    format: 'nat',
    default: 256 * 1024 * 1024,
  },
};
