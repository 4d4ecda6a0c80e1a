import { createInsightsRoute } from '@pg-otel/insights';
import { isOperator } from './operator';

export const insights = createInsightsRoute({
  path: '/insights',
  // A load balancer reads the health without a password.
  authorize: (request, endpoint) => endpoint === 'health' || isOperator(request),
});
