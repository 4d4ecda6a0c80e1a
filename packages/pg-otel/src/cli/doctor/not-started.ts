import type { Finding } from '../finding';

export function notStarted({ message }: Error): Finding {
  const [reason = ''] = message.split('\n');
  return {
    check: 'start',
    status: 'problem',
    message: reason,
    advice: 'pg-otel/register starts nothing either.',
  };
}
