import { now } from '../clock';
import { type Answer, type Backend, isProven } from './answer';
import type { Finding, SideConnection, Subject } from './contracts';
import { KeptAnswers } from './kept-answers';
import { limited } from './limited';
import { size } from './quantities';

/** How long it is remembered whether the role may list the files. */
const KEPT_MILLISECONDS = 300_000;
/** Names differ in case by version. */
const USES_FILES = /^io\/buffile/i;

/** Whether the role may list the files. */
const mayList = new WeakMap<SideConnection, KeptAnswers<boolean>>();

/**
 * Returns how large the temporary files of the query's session are; nothing if it does not use any, or if the role
 * may not list them. Only those in the default tablespace are listed, and not those that parallel workers share.
 */
export async function temporaryFilesFindings(
  side: SideConnection,
  { key }: Subject,
  { chains, way }: Answer,
): Promise<Finding[]> {
  const [chain, ...others] = chains.get(key) ?? [];
  if (chain === undefined || others.length > 0 || !usesFiles(chain.backend)) return [];
  if (!(await isAllowed(side))) return [];
  // The name of a file begins with the process id (src/backend/storage/file/fd.c, OpenTemporaryFileInTablespace).
  const results = await side.ask(
    limited(
      `select sum(size) from pg_ls_tmpdir() where starts_with(name, 'pgsql_tmp${Math.trunc(chain.backend.pid)}.')`,
    ),
  );
  const bytes = Number(results.at(-1)?.[0]?.[0] ?? 0);
  if (!(bytes > 0)) return [];
  return [
    {
      kind: 'temporary_files',
      certainty: isProven(chain.backend, way) ? 'proven' : 'observed',
      sentence: `its session has temporary files of at least ${size(bytes)}`,
    },
  ];
}

const usesFiles = ({ samples, candidates }: Backend): boolean =>
  candidates <= 1 && [...samples.keys()].some((event) => USES_FILES.test(event));

/** Without the right, the call would be an error in the log of the server. */
function isAllowed(side: SideConnection): Promise<boolean> {
  const known = mayList.get(side) ?? new KeptAnswers<boolean>(KEPT_MILLISECONDS);
  mayList.set(side, known);
  return known.get('', now(), async () => {
    const question = limited("select has_function_privilege('pg_catalog.pg_ls_tmpdir()', 'execute')");
    const results = await side.ask(question).catch(() => []);
    return results.at(-1)?.[0]?.[0] === 't';
  });
}
