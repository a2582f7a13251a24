module.exports = {
  cacheDir: '.cache/vitest',
  test: {
    globals: true,
    include: process.env.FILES?.split(':') ?? [],
    maxWorkers: 1,
    fileParallelism: false,
  },
};
