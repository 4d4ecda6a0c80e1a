/** A command that changes which notification channels a connection listens to. */
export interface ListeningCommand {
  readonly action: 'listen' | 'unlisten' | 'begin' | 'commit' | 'rollback';
  /** The channel, in the case the server folds it to; `undefined` for all channels. */
  readonly channel?: string;
}

/** Only statements that begin with these commands are searched: in others, `listen` may be a table. */
const FIRST = /^(?:begin|start transaction|commit|end|rollback|abort|listen|unlisten|discard)\b/i;
const WORD = /"(?:[^"]|"")*"|[^\s"]+/g;
const DISCARD_ALL = /^\s*discard\s+all\b/i;

/**
 * Returns the commands of a statement that change which channels a connection listens to, in order; `undefined` when
 * there are none.
 */
export function listeningCommands(summary: string, text: string): readonly ListeningCommand[] | undefined {
  if (!FIRST.test(summary)) return undefined;
  if (DISCARD_ALL.test(text)) return [{ action: 'unlisten' }];
  const words = (summary.match(WORD) ?? []).map(folded);
  const commands: ListeningCommand[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const next = words[at + 1];
    switch (words[at]) {
      case 'listen':
        if (next !== undefined) commands.push({ action: 'listen', channel: next });
        at += 1;
        break;
      case 'unlisten':
        commands.push(next === undefined ? { action: 'unlisten' } : { action: 'unlisten', channel: next });
        at += 1;
        break;
      case 'begin':
      case 'start':
        commands.push({ action: 'begin' });
        break;
      case 'commit':
      case 'end':
        if (next !== 'prepared') commands.push({ action: 'commit' });
        break;
      case 'rollback':
      case 'abort':
        if (next !== 'prepared' && next !== 'to') commands.push({ action: 'rollback' });
        break;
    }
  }
  return commands.length > 0 ? commands : undefined;
}

/** Folds an identifier as the server does. */
const folded = (word: string): string => (word.startsWith('"') ? word.slice(1, -1) : word.toLowerCase());
