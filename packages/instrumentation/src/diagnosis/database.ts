import { now } from '../clock';
import { isInUse, sessionOf } from '../drivers/any-client';
import type { Session } from '../drivers/session';
import type { Question, SlowQuery, Timers } from '../platform';
import { logInternalError } from '../warnings';
import { type Answer, readAnswer } from './answer';
import { BackOff } from './back-off';
import type { Finding, OwnKnowledge, SideConnection, Subject } from './contracts';
import { findingsOf, findingsOfFailure } from './findings/findings';
import { OwnSessions } from './own-sessions';
import { planFindings } from './plan/plan';
import { MAX_SUBJECTS, questionAbout } from './question';
import { NoAnswer, OpenSideConnection } from './side-connection';
import { temporaryFilesFindings } from './temporary-files';
import { usualFindings } from './usual';

/** The shortest time between two questions. */
const INTERVAL_MILLISECONDS = 1000;
/** How long the connection stays open after a question. */
const IDLE_MILLISECONDS = 30_000;
/** How long it stays open after the application has closed its own: `DROP DATABASE` waits 5 s for others to end. */
const UNUSED_MILLISECONDS = 1000;

/** How long a database without questions is remembered. */
const FORGET_MILLISECONDS = 3_600_000;

/** With fewer free connections, the one for questions is closed after each answer: the application may need the last ones. */
const MIN_FREE_CONNECTIONS = 10;

/** Why a client cannot be asked about: its connection cannot be imitated. */
const NOT_IMITABLE = 'the connection uses a stream of the application';

/** The most helpful first. */
const FURTHER_QUESTIONS = [temporaryFilesFindings, usualFindings, planFindings];

const NO_SESSIONS: OwnKnowledge = { session: () => undefined };

interface About {
  readonly question: Question;
  readonly subject: Subject;
}

/** The questions about the queries of one database and role. */
export class Database {
  readonly #key: string;
  readonly #serverKey: string;
  readonly #timers: Timers;
  readonly #onIdle: () => void;
  readonly #backOff = new BackOff();
  #waiting: Question[] = [];
  /** The same for all connections to this database: what is known of its statements is stored by this object. */
  readonly #side: SideConnection;
  #connection: OpenSideConnection | undefined;
  #isBusy = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  #cancelIdle: (() => void) | undefined;

  /** @param onIdle called after an hour without a question, when what is known of the statements is outdated */
  constructor({ key, serverKey }: Session, timers: Timers, onIdle: () => void) {
    this.#key = key;
    this.#serverKey = serverKey;
    this.#timers = timers;
    this.#onIdle = onIdle;
    const opened = () => this.#opened();
    this.#side = {
      get route() {
        return opened().route;
      },
      ask: (message) => opened().ask(message),
      askOne: (statement) => opened().askOne(statement),
    };
  }

  /** Whether the connection is open, or about to be opened. */
  get isConnected(): boolean {
    return this.isBusy || this.#connection?.isOpen === true;
  }

  /** Whether a question is asked, or about to be asked. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  ask(question: Question): void {
    this.#waiting.push(question);
    if (!this.#isBusy) this.#schedule();
  }

  #schedule(): void {
    this.#isBusy = true;
    this.#cancelIdle?.();
    const delay = Math.max(0, this.#askedAt + INTERVAL_MILLISECONDS - now());
    this.#timers.later(() => void this.#next(), delay);
  }

  async #next(): Promise<void> {
    try {
      const questions = this.#take();
      if (questions.length > 0) await this.#askAbout(questions);
    } catch (error) {
      logInternalError('the diagnosis of slow operations', error);
    }
    this.#isBusy = false;
    if (this.#waiting.length > 0) this.#schedule();
    else if (this.#connection?.isOpen === true) this.#closeLater();
    else this.#forgetLater();
  }

  /** The queries of the next message: about the oldest query of each kind first. Those beyond {@link MAX_SUBJECTS} are dropped. */
  #take(): Question[] {
    const waiting = this.#waiting.filter(({ query }) => !query.hasEnded);
    this.#waiting = [];
    const oldest = waiting.filter(({ isOldest }) => isOldest);
    const others = waiting.filter(({ isOldest }) => !isOldest);
    return [...oldest, ...others].slice(0, MAX_SUBJECTS);
  }

  async #askAbout(questions: readonly Question[]): Promise<void> {
    this.#askedAt = now();
    const client = questions[0]?.query.client;
    const session = client && sessionOf(client);
    // It was closed meanwhile, and its queries are about to end.
    if (client === undefined || session === undefined) return;
    const { unavailable } = this.#backOff;
    if (unavailable !== undefined) {
      for (const { report } of questions) report(unavailable);
      return;
    }
    try {
      const connection = await this.#open(client, session);
      if (connection === undefined) {
        for (const { report } of questions) report({ findings: [], unavailable: NOT_IMITABLE });
        return;
      }
      await this.#askOver(connection, questions);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      this.#connection?.close();
      this.#connection = undefined;
      const diagnosis = this.#backOff.failed(error.failure, findingsOfFailure(error.failure));
      await this.#afterReading();
      for (const { report } of questions) report(diagnosis);
    }
  }

  /** Returns `undefined` if the connection of the queries cannot be imitated. */
  async #open(client: object, { peer }: Session): Promise<OpenSideConnection | undefined> {
    if (this.#connection?.isOpen !== true) {
      this.#connection = undefined;
      this.#connection = await OpenSideConnection.like(client, peer, this.#timers);
    }
    return this.#connection;
  }

  async #askOver(connection: OpenSideConnection, questions: readonly Question[]): Promise<void> {
    const about = questions.flatMap<About>((question, key) => {
      const subject = subjectOf(question, key);
      return subject === undefined ? [] : { question, subject };
    });
    if (about.length === 0) return;
    const message = questionAbout(
      about.map(({ subject }) => subject),
      connection.route,
    );
    const answer = readAnswer(await connection.ask(message));
    this.#backOff.succeeded();
    await this.#afterReading();
    if (answer === undefined) {
      for (const { report } of questions)
        report({ findings: [], unavailable: 'the answer has an unknown form' });
      return;
    }
    await this.#reportAll(about, answer);
    if (connection.isReferenced || isNeededByOthers(answer)) connection.close();
  }

  /** Reports what the first answer shows before further questions are asked, which take time. */
  async #reportAll(about: readonly About[], answer: Answer): Promise<void> {
    const found = about.map(({ question, subject }) => {
      const findings = findingsOf(answer, subject, this.#ownSessions(question, answer));
      if (findings.length > 0) question.report({ findings });
      return { question, subject, findings };
    });
    for (const { question, subject, findings } of found) {
      const more = await this.#moreAbout(question.query, subject, answer);
      const isNew = more.length > 0 || findings.length === 0;
      if (isNew) question.report({ findings: [...findings, ...more] });
    }
  }

  /** Behind a pooler, the process ids of the server's sessions are not those that this process knows. */
  #ownSessions({ running }: Question, { way }: Answer): OwnKnowledge {
    return way.hasPids ? new OwnSessions(this.#serverKey, running) : NO_SESSIONS;
  }

  /** What needs further questions. Their failures do not affect the findings of the first one. */
  async #moreAbout(query: SlowQuery, subject: Subject, answer: Answer): Promise<Finding[]> {
    const found: Finding[] = [];
    for (const ask of FURTHER_QUESTIONS) {
      if (query.hasEnded || this.#connection?.isOpen !== true) return found;
      try {
        found.push(...(await ask(this.#side, subject, answer)));
      } catch (error) {
        if (!(error instanceof NoAnswer)) logInternalError('the diagnosis of slow operations', error);
      }
    }
    await this.#afterReading();
    return found;
  }

  /** Answers of the queries themselves may have arrived together with the answer of a question. */
  #afterReading(): Promise<void> {
    return new Promise((resolve) => this.#timers.afterReading(resolve));
  }

  #closeLater(): void {
    this.#cancelIdle?.();
    this.#cancelIdle = this.#timers.later(() => {
      if (now() - this.#askedAt < IDLE_MILLISECONDS && isInUse(this.#key)) this.#closeLater();
      else this.close();
    }, UNUSED_MILLISECONDS);
  }

  /** To be called while it is not busy. */
  close(): void {
    this.#connection?.close();
    this.#forgetLater();
  }

  #forgetLater(): void {
    this.#connection = undefined;
    this.#cancelIdle?.();
    this.#cancelIdle = this.#timers.later(this.#onIdle, FORGET_MILLISECONDS);
  }

  #opened(): OpenSideConnection {
    if (this.#connection === undefined) {
      throw new NoAnswer({ phase: 'answer', reason: 'refused', code: undefined });
    }
    return this.#connection;
  }
}

/** Whether an open connection would take the place of another one: on the server, or in the pool of a pooler. */
const isNeededByOthers = ({ way, server }: Answer): boolean =>
  !way.hasPids || server.freeConnections < MIN_FREE_CONNECTIONS;

/** Returns `undefined` if the query has ended, or its connection is closed. */
function subjectOf({ query, eventLoopDelaySeconds }: Question, key: number): Subject | undefined {
  const { client } = query;
  const session = client && sessionOf(client);
  if (session === undefined || query.hasEnded) return undefined;
  const { pid, port } = session;
  const { text, summary, parameterCount, isPaced, spanContext } = query;
  return {
    key,
    pid,
    port,
    ageSeconds: query.ageSeconds(now()),
    text,
    summary,
    parameterCount,
    isPaced,
    spanContext,
    eventLoopDelaySeconds: eventLoopDelaySeconds(),
  };
}
