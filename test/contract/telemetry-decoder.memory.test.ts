import { memoryTelemetryWorld } from '../worlds/memory-telemetry-world.js';
import { telemetryDecoderContract } from './telemetry-decoder.contract.js';

telemetryDecoderContract('memory', memoryTelemetryWorld());
