import {
  type Attributes,
  type AttributeValue,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TimeInput,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { seconds } from '../clock';
import type { Configuration, QueryInfo } from '../configuration';
import type { Diagnosis } from '../diagnosis/contracts';
import type { ErrorClass } from '../error-class';
import type {
  AcquireOperation,
  ConnectOperation,
  HttpExchange,
  Observation,
  Operation,
  QueryOperation,
} from '../operation';
import type { Platform } from '../platform';
import {
  CLIENT_PIPELINED,
  CLIENT_QUEUE_TIME,
  CONNECTION_PHASE,
  CONNECTION_REUSED,
  CONNECTION_SETUP_TIME,
  DB_OPERATION_BATCH_SIZE,
  DB_QUERY_PARAMETER,
  DB_QUERY_SUMMARY,
  DB_QUERY_TEXT,
  DB_RESPONSE_RETURNED_ROWS,
  DB_RESPONSE_STATUS_CODE,
  ERROR_TYPE,
  FIRST_ROW_TIME,
  HTTP_CONNECT_TIME,
  HTTP_READ_TIME,
  HTTP_RESPONSE_STATUS_CODE,
  HTTP_SERVER_TIME,
  NEON_REQUEST_ID,
  NETWORK_PEER_ADDRESS,
  NETWORK_PEER_PORT,
  NETWORK_TRANSPORT,
  PHASE_DURATION,
  POOL_WAIT_TIME,
  POSTGRESQL,
  SERVER_TIME,
} from '../semconv';
import type { PreparedStatement } from '../statement';
import type { Target } from '../target';
import { isSampled } from '../trace-identity';
import { logInternalError } from '../warnings';
import { connectionAttributes } from './connection-attributes';
import { diagnosisAttributes, diagnosisLinks } from './diagnosis-attributes';
import { parameterTexts } from './parameter-text';
import { keepClock, startTimeBelow, wholeStartTimeBelow } from './span-clock';
import { later } from './time-of-day';

/**
 * If the result is complete within this time after its first row, the span does not show the time of the first row. The
 * server sends its buffer (8 kB) at once, so the first row of a small result arrives together with the last.
 */
const ROWS_APART_SECONDS = 0.001;

interface Tracers {
  readonly tracer: Tracer;
  readonly isTracing: boolean;
}

/** Creates one span for each operation. Its attributes show where the time was spent. */
export class Tracing {
  readonly #configuration: Configuration;
  readonly #providers: Tracers;
  readonly #isProxy: Platform['isProxy'];

  constructor(configuration: Configuration, providers: Tracers, platform: Platform) {
    this.#configuration = configuration;
    this.#providers = providers;
    this.#isProxy = platform.isProxy;
  }

  queryStarted(operation: QueryOperation): void {
    if (!this.#wants(operation)) return;
    const { prepared, details, poolWaitSeconds } = operation;
    const observation = operation.observe();
    const attributes = this.#preparedAttributes(operation, observation);
    const hasChildren = details?.exchange !== undefined;
    const span = this.#startSpan(observation, spanName(prepared), SpanKind.CLIENT, attributes, hasChildren);
    if (!span.isRecording()) return;
    observation.isFirstRowTimed = true;
    if (poolWaitSeconds !== undefined) span.setAttribute(POOL_WAIT_TIME, poolWaitSeconds);
    if (details !== undefined) {
      if (details.isPipelined) span.setAttribute(CLIENT_PIPELINED, true);
      setIfKnown(span, DB_OPERATION_BATCH_SIZE, details.batchSize);
    }
    if (this.#configuration.parameters) this.#setParameters(span, operation);
    const { requestHook } = this.#configuration;
    if (requestHook !== undefined) callRequestHook(requestHook, span, operation);
  }

  queryEnded(operation: QueryOperation): void {
    const { observation, details, failure } = operation;
    const span = observation?.span;
    if (observation === undefined || span === undefined) return;
    if (span.isRecording()) {
      shortenName(span, operation);
      if (observation.isTextPending && !operation.isUnread) this.#completeText(span, operation);
      if (details !== undefined) {
        setIfKnown(span, CLIENT_QUEUE_TIME, details.queueSeconds);
        setIfKnown(span, CONNECTION_SETUP_TIME, operation.setupSeconds);
        if (details.exchange !== undefined) setExchange(span, details.exchange);
        setIfKnown(span, SERVER_TIME, details.serverTime?.seconds);
      }
      setFirstRow(span, operation);
      setIfKnown(span, DB_RESPONSE_RETURNED_ROWS, operation.returnedRows);
      if (failure !== undefined) setFailure(span, failure);
      const diagnosis = observation.progress?.diagnosis;
      if (diagnosis !== undefined) setDiagnosis(span, diagnosis);
      const { responseHook } = this.#configuration;
      if (responseHook !== undefined) callResponseHook(responseHook, span, operation);
    }
    span.end(spanTime(observation, operation.endedAt));
  }

  connectStarted(operation: ConnectOperation): void {
    if (!this.#wants(operation)) return;
    const { target, pool } = operation;
    this.#startSpan(
      operation.observe(),
      `connect ${target.namespace ?? target.endpoint}`,
      SpanKind.CLIENT,
      {
        ...connectionAttributes(target, pool),
        [NETWORK_TRANSPORT]: target.isUnixSocket ? 'unix' : 'tcp',
      },
      true,
    );
  }

  connectEnded(operation: ConnectOperation): void {
    const { observation, peer } = operation;
    const span = observation?.span;
    if (observation === undefined || span === undefined) return;
    if (span.isRecording()) {
      for (const step of operation.steps) {
        const duration = seconds(step.endedAt - step.startedAt);
        span.addEvent(step.phase, { [PHASE_DURATION]: duration }, spanTime(observation, step.endedAt));
      }
      if (peer !== undefined) {
        span.setAttribute(NETWORK_PEER_ADDRESS, peer.address);
        if (peer.port !== undefined) span.setAttribute(NETWORK_PEER_PORT, peer.port);
      }
      if (operation.failure !== undefined) {
        const failedPhase = operation.steps.at(-1)?.phase;
        if (failedPhase !== undefined) span.setAttribute(CONNECTION_PHASE, failedPhase);
        setFailure(span, operation.failure);
      }
    }
    span.end(spanTime(observation, operation.endedAt));
  }

  acquireStarted(operation: AcquireOperation): void {
    const mode = this.#configuration.acquireSpans;
    if (mode === 'always' || (mode === 'waited' && operation.path !== 'idle')) this.#startAcquire(operation);
  }

  acquireEnded(operation: AcquireOperation): void {
    const observation = operation.observe();
    const isFailureWithoutSpan = observation.span === undefined && operation.hasFailed;
    if (isFailureWithoutSpan && this.#configuration.acquireSpans === 'waited') this.#startAcquire(operation);
    const { span } = observation;
    if (span === undefined) return;
    if (operation.failure !== undefined) setFailure(span, operation.failure);
    span.end(spanTime(observation, operation.endedAt));
  }

  /** The kind is not CLIENT, because nothing is sent to the server. */
  #startAcquire(operation: AcquireOperation): void {
    if (!this.#wants(operation)) return;
    const { pool } = operation;
    const attributes = connectionAttributes(pool.target, pool);
    this.#startSpan(operation.observe(), `acquire ${pool.name}`, SpanKind.INTERNAL, attributes, true);
  }

  /** @param hasChildren other instrumentations may create child spans, such as for a DNS lookup or a fetch */
  #startSpan(
    observation: Observation,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    hasChildren: boolean,
  ): Span {
    const { startedAt, context } = observation.operation;
    const parent = trace.getSpan(context);
    let startTime: TimeInput = startedAt;
    // A span below a parent that is not sampled is rarely recorded, so its time of day is not computed. A parent in another
    // process may be sampled, and is not recorded in this one.
    if (parent === undefined || parent.isRecording() || isSampled(parent.spanContext())) {
      startTime = hasChildren ? wholeStartTimeBelow(parent, startedAt) : startTimeBelow(parent, startedAt);
    }
    const span = this.#providers.tracer.startSpan(name, { kind, attributes, startTime }, context);
    if (hasChildren && span.isRecording()) keepClock(span, startedAt);
    observation.span = span;
    observation.spanStart = startTime;
    return span;
  }

  #wants(operation: Operation): boolean {
    if (operation.isTracedElsewhere || !this.#providers.isTracing) return false;
    return !this.#configuration.requireParentSpan || trace.getSpan(operation.context) !== undefined;
  }

  /**
   * Returns the attributes at the start of the span, which samplers see. They include a sanitised text only if a server
   * has parsed the statement, which proves that the text was sanitised correctly. A text whose literals are all removed
   * must also be computed already, so that a process that samples nothing does not pay for it.
   */
  #preparedAttributes(operation: QueryOperation, observation: Observation): Attributes {
    const { prepared, isParameterised } = operation;
    const { statementText } = this.#configuration;
    const { statement } = prepared;
    if (statementText === 'auto' && isParameterised && (statement.isAccepted || statement.isAsWritten)) {
      prepared.spanAttributes ??= spanAttributes(prepared, statement.parameterised);
      return prepared.spanAttributes;
    }
    if (statementText !== 'off') {
      const isSanitized = statement.isAccepted && statement.isSanitized;
      if (isSanitized && !(statementText === 'auto' && isParameterised)) {
        prepared.sanitizedSpanAttributes ??= spanAttributes(prepared, statement.sanitized);
        return prepared.sanitizedSpanAttributes;
      }
      observation.isTextPending = true;
    }
    prepared.textlessSpanAttributes ??= spanAttributes(prepared, undefined);
    return prepared.textlessSpanAttributes;
  }

  #completeText(span: Span, { prepared: { statement }, isParameterised }: QueryOperation): void {
    const isAsWritten = this.#configuration.statementText === 'auto' && isParameterised;
    const text = statement.isAccepted
      ? statement[isAsWritten ? 'parameterised' : 'sanitized']
      : statement[isAsWritten ? 'parameterisedIfUnread' : 'sanitizedIfUnread'];
    // A request hook may have set a text.
    const { attributes } = span as { attributes?: Attributes };
    if (text !== '' && attributes?.[DB_QUERY_TEXT] === undefined) span.setAttribute(DB_QUERY_TEXT, text);
  }

  #setParameters(span: Span, { parameters }: QueryOperation): void {
    if (parameters === undefined) return;
    const texts = parameterTexts(parameters, this.#configuration.parameterMaxLength, this.#isProxy);
    for (const [index, text] of texts.entries()) span.setAttribute(`${DB_QUERY_PARAMETER}.${index}`, text);
  }
}

/** A moment of an operation on the clock of its span. */
function spanTime({ operation, spanStart }: Observation, moment: number | undefined): TimeInput | undefined {
  const isOnSpanClock = Array.isArray(spanStart) && moment !== undefined;
  return isOnSpanClock ? later(spanStart, moment - operation.startedAt) : moment;
}

/** `{db.query.summary}`, else the target, else the system (semconv, database spans, "Name"). */
function spanName({ statement, target }: PreparedStatement): string {
  return statement.summary || nameOfTarget(target);
}

const nameOfTarget = ({ namespace, endpoint }: Target): string => namespace || endpoint || POSTGRESQL;

function spanAttributes({ statement, target }: PreparedStatement, text: string | undefined): Attributes {
  const attributes: Attributes = { ...target.attributes };
  if (statement.summary !== '') attributes[DB_QUERY_SUMMARY] = statement.summary;
  if (text !== undefined && text !== '') attributes[DB_QUERY_TEXT] = text;
  return attributes;
}

/** Shortens the name of a span if no server has parsed the statement: a word that looks like a name may be data. */
function shortenName(span: Span, { prepared, summary }: QueryOperation): void {
  if (summary === prepared.statement.summary) return;
  span.updateName(summary || nameOfTarget(prepared.target));
  span.setAttribute(DB_QUERY_SUMMARY, summary);
}

function setFirstRow(span: Span, { firstRowSeconds, durationSeconds }: QueryOperation): void {
  if (firstRowSeconds === undefined || durationSeconds - firstRowSeconds < ROWS_APART_SECONDS) return;
  span.setAttribute(FIRST_ROW_TIME, firstRowSeconds);
}

function setExchange(span: Span, exchange: HttpExchange): void {
  setIfKnown(span, HTTP_RESPONSE_STATUS_CODE, exchange.status);
  setIfKnown(span, NEON_REQUEST_ID, exchange.requestId);
  setIfKnown(span, CONNECTION_REUSED, exchange.isConnectionReused);
  setIfKnown(span, HTTP_CONNECT_TIME, exchange.connectSeconds);
  setIfKnown(span, HTTP_SERVER_TIME, exchange.serverSeconds);
  setIfKnown(span, HTTP_READ_TIME, exchange.readSeconds);
}

function setIfKnown(span: Span, name: string, value: AttributeValue | undefined): void {
  if (value !== undefined) span.setAttribute(name, value);
}

function setFailure(span: Span, { type, sqlState, description }: ErrorClass): void {
  span.setAttribute(ERROR_TYPE, type);
  if (sqlState !== undefined) span.setAttribute(DB_RESPONSE_STATUS_CODE, sqlState);
  span.setStatus({ code: SpanStatusCode.ERROR, message: description });
}

function setDiagnosis(span: Span, diagnosis: Diagnosis): void {
  span.setAttributes(diagnosisAttributes(diagnosis));
  // A span of another SDK may lack this method, which is new in API 1.9.
  if (typeof span.addLinks === 'function') span.addLinks(diagnosisLinks(diagnosis));
}

/** The information for hooks and the `ignore` function. */
export function queryInfo({ prepared, parameters }: QueryOperation): QueryInfo {
  const { statement, target } = prepared;
  return {
    text: statement.text,
    summary: statement.summary,
    parameters,
    serverAddress: target.address,
    serverPort: target.port,
    namespace: target.namespace,
  };
}

type Hook<Name extends 'requestHook' | 'responseHook'> = NonNullable<Configuration[Name]>;

/** Separate functions: V8 would allocate the variables of the closures for each query. */
const callRequestHook = (hook: Hook<'requestHook'>, span: Span, operation: QueryOperation): void =>
  guarded('requestHook', () => hook(span, queryInfo(operation)));

const callResponseHook = (hook: Hook<'responseHook'>, span: Span, operation: QueryOperation): void =>
  guarded('responseHook', () => {
    const { result, error } = operation;
    hook(span, { ...queryInfo(operation), result, error });
  });

function guarded(name: string, hook: () => void): void {
  try {
    hook();
  } catch (error) {
    logInternalError(name, error);
  }
}
