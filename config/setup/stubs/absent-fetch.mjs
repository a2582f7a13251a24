/** Stands in for axios's fetch adapter: the service speaks HTTP through node:http only, and the other adapter costs memory. */
export const getFetch = () => {
  throw new Error('The fetch adapter of axios is not part of this build.');
};
