import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';

const MAX_TOPICS = 50;
const MAX_DEVICES = 200;

const filters = s.object({
  device: s.optional(s.union(s.cameraId(), s.array(s.cameraId(), { min: 1, max: MAX_DEVICES }))),
});

export const subscribeEvents = defineMethod({
  name: 'subscribe_events',
  summary: 'Subscribes to events by topic, by prefix such as `camera.*`, by `*` for all, or by alias.',
  role: 'viewer',
  params: s.object({
    topics: s.array(s.string({ min: 1, max: 64 }), { min: 1, max: MAX_TOPICS }),
    filters: s.optional(filters),
  }),
  result: s.object({ subscribed: s.constant(true), topics: s.array(s.string()), filters }),
  errors: [],
  timeoutMs: 1000,
  audited: false,
  uses: ['events'],
  handler: async ({ topics, filters: wanted = {} }, { session }, { events }) => {
    const { device } = wanted;
    const devices = typeof device === 'string' ? [device] : device;
    events.subscribe(session.id, topics, devices);
    return { subscribed: true, topics, filters: wanted };
  },
});
