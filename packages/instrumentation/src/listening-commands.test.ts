import { listeningCommands } from './listening-commands';
import { summarizeSql } from './sql';

const commandsOf = (text: string) =>
  listeningCommands(summarizeSql(text), text)?.map(({ action, channel }) =>
    channel === undefined ? action : `${action} ${channel}`,
  );

describe('the commands that change which channels a connection listens to', () => {
  it.each([
    ['LISTEN Jobs', ['listen jobs']],
    ['LISTEN "Jobs:Insert"; LISTEN other', ['listen Jobs:Insert', 'listen other']],
    ['UNLISTEN jobs', ['unlisten jobs']],
    ['UNLISTEN *', ['unlisten']],
    ['discard all', ['unlisten']],
    ['START TRANSACTION READ ONLY', ['begin']],
    ['BEGIN; LISTEN jobs; SELECT 1; COMMIT', ['begin', 'listen jobs', 'commit']],
    ['END', ['commit']],
    ['ABORT', ['rollback']],
    ['LISTEN commit', ['listen commit']],
  ])('of %s are %j', (text, commands) => {
    expect(commandsOf(text)).toEqual(commands);
  });

  it.each([
    ['SELECT * FROM listen'],
    ['DISCARD PLANS'],
    ['ROLLBACK TO SAVEPOINT later'],
    ["COMMIT PREPARED 'x'"],
    ["ROLLBACK PREPARED 'x'"],
    ['RELEASE SAVEPOINT later'],
    ['NOTIFY jobs'],
    [''],
  ])('are not in %s', (text) => {
    expect(commandsOf(text)).toBeUndefined();
  });
});
