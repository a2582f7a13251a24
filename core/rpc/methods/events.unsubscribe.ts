import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';

const MAX_TOPICS = 50;

export const unsubscribeEvents = defineMethod({
  name: 'unsubscribe_events',
  summary:
    'Cancels subscriptions by the names with which they were made. Without topics, cancels all of them.',
  role: 'viewer',
  params: s.object({
    topics: s.optional(s.array(s.string({ min: 1, max: 64 }), { max: MAX_TOPICS })),
  }),
  result: s.object({ unsubscribed: s.constant(true), topics: s.array(s.string()) }),
  errors: [],
  timeoutMs: 1000,
  audited: false,
  uses: ['events'],
  handler: async ({ topics }, { session }, { events }) => ({
    unsubscribed: true,
    topics: events.unsubscribe(session.id, topics),
  }),
});
