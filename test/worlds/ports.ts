/** Free ports that outgoing connections do not take. */
export { freePorts, isFree } from '../testing/free-ports.js';
