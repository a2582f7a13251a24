/** Options of the source that notices V4L2 cameras by the uevents of the kernel. */
export const udevSection = {
  directory: { doc: 'Folder of the device nodes.', format: String, default: '/dev' },
  sysfs: {
    doc: 'Root of sysfs, where names, serials and ports of cameras are read.',
    format: String,
    default: '/sys',
  },
  interval_ms: {
    doc: 'Milliseconds between two looks when the kernel reports nothing.',
    format: 'nat',
    default: 60_000,
  },
  permission_grace_ms: {
    doc: 'Milliseconds for which a camera that may not be opened yet is kept back; udev gives the permission late.',
    format: 'nat',
    default: 2000,
  },
} as const;
