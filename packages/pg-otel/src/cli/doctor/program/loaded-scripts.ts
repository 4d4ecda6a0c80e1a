import type { Debugger, InspectorNotification } from 'node:inspector';

/** A script that V8 has compiled. */
export interface LoadedScript {
  /** A `file:` URL, or the path of a CommonJS module. */
  readonly url: string;
  /** Whether its source has this text. */
  contains(text: string): boolean;
}

const visited = new Set<string>();

/**
 * Visits the scripts of this thread that were loaded since the last call: ES modules, which `require.cache` does not have,
 * too. The debugger is enabled during the call only, because it would stop the program at `debugger` statements.
 */
export function visitNewScripts(visit: (script: LoadedScript) => void): void {
  // Not a static import: Node can be built without the inspector.
  const { Session }: typeof import('node:inspector') = require('node:inspector');
  const session = new Session();
  session.connect();
  try {
    const scripts: Debugger.ScriptParsedEventDataType[] = [];
    session.on(
      'Debugger.scriptParsed',
      ({ params }: InspectorNotification<Debugger.ScriptParsedEventDataType>) => scripts.push(params),
    );
    // The answers come before `post` returns.
    session.post('Debugger.enable');
    for (const { scriptId, url } of scripts) {
      if (visited.has(scriptId)) continue;
      visited.add(scriptId);
      visit({
        url,
        contains(query) {
          let isFound = false;
          session.post('Debugger.searchInContent', { scriptId, query }, (_, found) => {
            isFound = found !== undefined && found.result.length > 0;
          });
          return isFound;
        },
      });
    }
  } finally {
    session.disconnect();
  }
}
