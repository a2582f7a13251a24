import { mediaMtxWorld } from '../worlds/media-server-worlds.js';
import { mediaServerContract } from './media-server.contract.js';

mediaServerContract('mediamtx', mediaMtxWorld());
