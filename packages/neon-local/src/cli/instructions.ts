import type { NeonLocal } from '../neon-local';

/** The text that is printed when the endpoint is ready: its URL, and the settings to paste. */
export function instructions({ httpUrl, wsProxy }: NeonLocal): string {
  return `Neon endpoint ready: ${httpUrl}, WebSockets at ws://${wsProxy}

  import { neonConfig } from '@neondatabase/serverless';

  neonConfig.fetchEndpoint = '${httpUrl}';
  neonConfig.wsProxy = '${wsProxy}';
  neonConfig.useSecureWebSocket = false;
  // On Node 20: import ws from 'ws'; neonConfig.webSocketConstructor = ws;

`;
}
