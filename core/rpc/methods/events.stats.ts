import { defineMethod } from '../define-method.js';
import { s } from '../../validation/schema.js';

const count = s.int({ min: 0 });

export const getSubscriptionStats = defineMethod({
  name: 'get_subscription_stats',
  summary: 'Returns the number of subscriptions, and the subscriptions of this client.',
  role: 'viewer',
  params: s.object({}),
  result: s.object({
    global_stats: s.object({
      total_subscriptions: count,
      active_clients: count,
      topic_counts: s.record(count),
    }),
    client_topics: s.array(s.string()),
    client_id: s.string(),
  }),
  errors: [],
  timeoutMs: 1000,
  audited: false,
  uses: ['events'],
  handler: async (_params, { session }, { events }) => {
    const stats = events.stats();
    return {
      global_stats: {
        total_subscriptions: stats.totalSubscriptions,
        active_clients: stats.activeClients,
        topic_counts: stats.topicCounts,
      },
      client_topics: events.subscriptions(session.id),
      client_id: session.id,
    };
  },
});
