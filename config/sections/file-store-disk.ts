/** Options of the built-in store of recordings and snapshots. */
export const fileStoreDiskSection = {
  reserve_bytes: {
    doc: 'Room on the disk that the service leaves free; snapshots are refused instead of using it.',
    format: 'nat',
    default: 64 * 1024 * 1024,
  },
};
