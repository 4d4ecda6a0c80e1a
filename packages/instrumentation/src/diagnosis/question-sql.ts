/**
 * Returns the statement that finds the backends of operations, and what they wait for. Its result is one value, a JSON
 * document; `answer.ts` describes it.
 *
 * It reads `pg_stat_activity` and `pg_locks` once each, and asks `pg_blocking_pids` for backends that wait for a lock only,
 * because that function locks the server's lock table. `to_jsonb(row) ->> 'column'` reads a column that older versions
 * lack.
 *
 * @param asked SQL of a JSON array of operations: `k` key, `pid` or null, `port` or null, `age` in seconds, `q` text, `cut`
 *   whether the text was cut
 * @param route SQL of a JSON object, the {@link Route} of the connection that asks
 * @param samples how often wait events are sampled
 */
export function questionSql(asked: string, route: string, samples: number): string {
  return `with recursive ${SNAPSHOTS(asked)}, ${WAY(route)}, ${BACKENDS}, ${CHAINS}, ${SAMPLES(samples)}
select jsonb_build_object('steps', (${STEPS}), 'absent', (${ABSENT}), 'way', (select to_jsonb(way) from way), 'server', (${SERVER}))`;
}

const SNAPSHOTS = (asked: string) => `
ask as (select * from jsonb_to_recordset(${asked}::jsonb) x(k int, pid int, port int, age float8, q text, cut bool, trace text)),
act as materialized (select * from pg_stat_activity),
loc as materialized (select * from pg_locks),
wai as materialized (select distinct on (pid) * from loc where not granted and pid is not null order by pid)`;

/**
 * What is between this process and the server, from what both sides show of the connection that asks. Poolers send random
 * process ids; proxies and networks may replace the ports of clients. Only if the address that the process has
 * connected to is the server's own, no balancer chooses a server for each connection. PostgreSQL shows -1 as the port of a
 * Unix socket.
 */
const WAY = (route: string) => `
way as materialized (
 select act.pid is not distinct from r.pid has_pids, client_port is not distinct from r.port has_ports,
  case when r.port is null then client_port = -1
   else inet_server_port() = r.port_of_peer and case host(inet_server_addr()) when '::1' then '127.0.0.1' else host(inet_server_addr()) end = r.peer end
   is true is_one_server
 from act join (select (j ->> 'pid')::int8 pid, (j ->> 'port')::int port, j ->> 'peer' peer, (j ->> 'peerPort')::int port_of_peer
  from (select ${route}::jsonb j) s) r on act.pid = pg_backend_pid())`;

/**
 * Whether a backend executes, or executed last, the text of an operation. The server cuts a text behind the last whole
 * character: at most three bytes before its limit.
 */
const SAME_TEXT = `(query <> '' and (query = ask.q or ask.cut and starts_with(query, ask.q) or starts_with(ask.q, query)
  and octet_length(query) >= pg_size_bytes(current_setting('track_activity_query_size')) - 4))`;
const SAME_ROLE = 'a.datname = current_database() and a.usename = session_user';

/**
 * The backend of each operation. With a process id, the port of the client has to prove it: the number of an ended session
 * is used again. If the server does not show the ports of clients, the text has to prove it, and its age, if another server
 * may have a session with this number. Without a process id, behind a pooler, the text finds candidates. A candidate's query is as old as the operation, or its text contains the
 * operation's trace: another client may execute the same text while the pooler still queues the operation. Parallel
 * workers show the text of their leader. More than five candidates will not agree.
 */
const BACKENDS = `
hit as materialized (
 select k, a.pid, case when a.client_port = ask.port then 'port' else 'text' end how, 1::bigint candidates
  from ask cross join way join act a on a.pid = ask.pid and ${SAME_ROLE}
  where has_pids and (a.client_port = ask.port
   or not has_ports and ${SAME_TEXT} and (is_one_server or extract(epoch from now() - query_start) < ask.age + 0.3))
 union all
 select k, pid, 'candidate', candidates from (
  select k, a.pid, count(*) over (partition by k) candidates
   from ask cross join way join act a on (ask.pid is null or not has_pids) and ${SAME_ROLE} and ${SAME_TEXT} and a.pid <> pg_backend_pid()
    and a.backend_type = 'client backend' and (abs(extract(epoch from now() - query_start) - ask.age) < 0.3 or position(ask.trace in query) > 0)) c
  where candidates <= 5)`;

/**
 * From each backend that waits for a lock to the backend that blocks it, and so on, up to eight steps: `d` is 0 for the
 * backend of the operation, `blockers` are all that block the previous step. Of several, the one that waits for nothing is
 * followed. The last step is the root, or a backend that the chain contains twice (a deadlock). The process id 0 stands for a
 * prepared transaction. A parallel query appears once for each worker.
 */
const CHAINS = `
walk(k, origin, pid, d, path, blockers) as (
 select k, pid, pid, 0, array[pid], null::int[] from hit
 union all
 select w.k, w.origin, b.pid, d + 1, path || b.pid, b.blockers from walk w cross join lateral (
  select u.pid, array_agg(u.pid) over () blockers
   from (select p pid, min(o) o from unnest(pg_blocking_pids(w.pid)) with ordinality y(p, o) group by p) u
   order by exists (select from wai where wai.pid = u.pid), u.o limit 1) b
  where d < 8 and w.pid > 0 and w.pid <> all (path[:d]) and exists (select from wai where wai.pid = w.pid))`;

/**
 * The wait events of the backends and of their parallel workers. `pg_stat_activity` does not change within a transaction,
 * but `pg_stat_get_activity` reads the wait event at each call. An operation that waits for a lock is not sampled.
 */
const SAMPLES = (samples: number) => `
par as materialized (
 select pid leader, pid from hit where not exists (select from wai where wai.pid = hit.pid and locktype <> 'extend')
 union
 select h.pid, a.pid from act a join hit h on h.pid = (to_jsonb(a) ->> 'leader_pid')::int where backend_type = 'parallel worker'),
smp as materialized (
 select leader pid, jsonb_object_agg(w, n) samples from (
  select leader, coalesce(x.wait_event_type || '/' || x.wait_event, '-') w, count(*) n
   from generate_series(1, case when exists (select from par join act using (pid) where state not like 'idle%') then ${samples} else 0 end) g
   cross join lateral (select pg_sleep(0.01 + 0 * g)) z
   cross join lateral (select leader, s.* from par cross join lateral pg_stat_get_activity(case when z is null then 0 else par.pid end) s) x
   group by 1, 2) y
  group by 1)`;

/** The lock that a backend waits for, or the row that it waits to lock: others queue for the row behind its tuple lock. */
const SAME_LOCK = `(o.locktype, o.database, o.relation, o.page, o.tuple, o.virtualxid, o.transactionid, o.classid, o.objid, o.objsubid)
 is not distinct from (obj.locktype, obj.database, obj.relation, obj.page, obj.tuple, obj.virtualxid, obj.transactionid, obj.classid, obj.objid, obj.objsubid)`;

/** Progress of commands that hold strong locks. Their number of blocks belongs to one phase. */
const PROGRESS = (view: string, command: string, done: string, total: string) => `
select ${command} command, relid::regclass::text rel, phase, 100.0 * ${done} / nullif(${total}, 0) percent from ${view} where pid = u.pid and relid is not null`;

/** A prepared transaction: it has no backend. Its locks belong to the virtual transaction `-1/` and its number. */
const PREPARED = `
select jsonb_build_object('role', p.owner, 'age_s', extract(epoch from now() - p.prepared))
 from walk b join wai w on w.pid = b.pid join pg_prepared_xacts p on p.transaction = w.transactionid
  or exists (select from loc l where l.pid is null and l.granted and l.virtualtransaction = '-1/' || p.transaction::text
   and l.locktype = w.locktype and l.relation is not distinct from w.relation and l.objid is not distinct from w.objid)
 where b.k = u.k and b.origin = u.origin and b.d = u.d - 1 order by p.prepared limit 1`;

const STEPS = `
select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
 'k', u.k, 'origin', u.origin, 'd', d, 'pid', u.pid, 'blockers', blockers[:20], 'how', h.how, 'candidates', h.candidates,
 'port', client_port, 'role', usename, 'is_own_role', usename = session_user, 'app', application_name, 'type', backend_type,
 'state', state, 'wait', wait_event_type || '/' || wait_event, 'samples', samples,
 'query_id', to_jsonb(a) ->> 'query_id', 'query', left(query, 8192), 'is_same_text', ${SAME_TEXT},
 'xact_s', extract(epoch from now() - xact_start), 'query_s', extract(epoch from now() - query_start),
 'state_s', extract(epoch from now() - state_change),
 'same_wait', (select count(*) from act o where o.state = 'active' and o.wait_event = a.wait_event and o.wait_event_type = a.wait_event_type and o.pid <> a.pid),
 'lock', w.locktype, 'mode', w.mode, 'lock_s', extract(epoch from now() - (to_jsonb(w) ->> 'waitstart')::timestamptz),
 'key', case when w.locktype <> 'advisory' then null when w.objsubid = 1 then ((w.classid::int8 << 32) | w.objid::int8)::text else w.classid::int4 || ', ' || w.objid::int4 end,
 'rel', (case when obj.database in (0, (select oid from pg_database where datname = current_database())) then obj.relation end)::regclass::text,
 'others', (select count(*) from wai o where ${SAME_LOCK} and not exists (select from walk c where c.k = u.k and c.origin = u.origin and c.pid = o.pid)),
 'progress', (select to_jsonb(p) from (
  ${PROGRESS('pg_stat_progress_create_index', 'command', 'blocks_done', 'blocks_total')} union all
  ${PROGRESS('pg_stat_progress_cluster', 'command', 'heap_blks_scanned', 'heap_blks_total')} union all
  ${PROGRESS('pg_stat_progress_vacuum', "'VACUUM'", 'heap_blks_scanned', 'heap_blks_total')}) p limit 1),
 'is_vacuum', case when usename is null and u.pid > 0 then exists (select from pg_stat_progress_vacuum v where v.pid = u.pid) end,
 'prepared', case when u.pid = 0 then (${PREPARED}) end)) order by u.k, u.origin, d)
from walk u left join act a using (pid) left join wai w using (pid) left join smp using (pid)
left join hit h on h.k = u.k and h.pid = u.pid and d = 0 left join ask on ask.k = u.k and d = 0
left join lateral (select l.* from loc l where l.pid = u.pid and (l.locktype = 'tuple' and l.granted or not l.granted)
 order by l.granted desc limit 1) obj on true`;

/** Operations whose session the server does not have. */
const ABSENT = `
select jsonb_agg(k) from ask cross join way where ask.pid is not null and has_pids and is_one_server
 and not exists (select from act where act.pid = ask.pid and (not has_ports or ask.port is null or client_port = ask.port))`;

/**
 * How many connections the server still accepts, below its own limit and those of the role and of the database. Sessions of
 * parallel workers count as well, which are few.
 */
const FREE = `
least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
  - coalesce(current_setting('reserved_connections', true)::int, 0) - count(*) filter (where usename is not null and datname is not null),
 (select rolconnlimit from pg_roles where rolname = session_user and rolconnlimit >= 0) - count(*) filter (where usename = session_user),
 (select datconnlimit from pg_database d where d.datname = current_database() and datconnlimit >= 0) - count(*) filter (where act.datname = current_database() and usename is not null))`;

const SERVER = `
select jsonb_build_object('free', (${FREE}), 'active', count(*) filter (where state = 'active' and pid <> pg_backend_pid()),
 'no_wait', count(*) filter (where state = 'active' and wait_event is null and pid <> pg_backend_pid()),
 'deadlock_timeout_s', extract(epoch from current_setting('deadlock_timeout')::interval)) from act`;
