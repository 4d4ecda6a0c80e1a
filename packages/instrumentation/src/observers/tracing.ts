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
import type { ErrorClass } from '../error-class';
import type {
  AcquireOperation,
  ConnectOperation,
  HttpExchange,
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
import { logInternalError } from '../warnings';
import { connectionAttributes } from './connection-attributes';
import { parameterTexts } from './parameter-text';
import { keepClock, startTimeBelow, wholeStartTimeBelow } from './span-clock';
import { later } from './time-of-day';

/**
 * Rows that came within this after the first came with it: the server sends what fits into its buffer (8 kB) in one
 * go, and the time of the first row is that of the whole.
 */
const ROWS_APART_SECONDS = 0.001;

interface Tracers {
  readonly tracer: Tracer;
  readonly isTracing: boolean;
}

/** Spans: what one operation did, and where its time went. */
export class Tracing {
  readonly #configuration: Configuration;
  readonly #providers: Tracers;
  readonly #isProxy: Platform['isProxy'];
  /** Whether the last span was recorded: only then it pays to prepare the times of the next. */
  #isRecording = true;

  constructor(configuration: Configuration, providers: Tracers, platform: Platform) {
    this.#configuration = configuration;
    this.#providers = providers;
    this.#isProxy = platform.isProxy;
  }

  queryStarted(operation: QueryOperation): void {
    if (!this.#wants(operation)) return;
    const name = spanName(operation.prepared);
    const hasChildren = operation.exchange !== undefined;
    const attributes = this.#preparedAttributes(operation);
    const span = this.#startSpan(operation, name, SpanKind.CLIENT, attributes, hasChildren);
    if (!this.#isRecording) return;
    operation.isFirstRowTimed = true;
    if (operation.poolWaitSeconds !== undefined) span.setAttribute(POOL_WAIT_TIME, operation.poolWaitSeconds);
    if (operation.isPipelined) span.setAttribute(CLIENT_PIPELINED, true);
    if (operation.batchSize !== undefined) span.setAttribute(DB_OPERATION_BATCH_SIZE, operation.batchSize);
    if (this.#configuration.parameters) this.#setParameters(span, operation);
    const { requestHook } = this.#configuration;
    if (requestHook !== undefined) guarded('requestHook', () => requestHook(span, queryInfo(operation)));
  }

  queryEnded(operation: QueryOperation): void {
    const { span } = operation;
    if (span === undefined) return;
    if (span.isRecording()) {
      shortenName(span, operation);
      if (operation.isTextDue && !operation.isUnread) this.#completeText(span, operation);
      setIfKnown(span, CLIENT_QUEUE_TIME, operation.queueSeconds);
      setIfKnown(span, CONNECTION_SETUP_TIME, operation.setupSeconds);
      if (operation.exchange !== undefined) setExchange(span, operation.exchange);
      setFirstRow(span, operation);
      setIfKnown(span, SERVER_TIME, operation.serverTime?.seconds);
      setIfKnown(span, DB_RESPONSE_RETURNED_ROWS, operation.returnedRows);
      if (operation.failure !== undefined) setFailure(span, operation.failure);
      const { responseHook } = this.#configuration;
      if (responseHook !== undefined) {
        guarded('responseHook', () => {
          const { result, error } = operation;
          responseHook(span, { ...queryInfo(operation), result, error });
        });
      }
    }
    span.end(spanTime(operation, operation.endedAt));
  }

  connectStarted(operation: ConnectOperation): void {
    if (!this.#wants(operation)) return;
    const { target, pool } = operation;
    this.#startSpan(operation, `connect ${target.namespace ?? target.endpoint}`, SpanKind.CLIENT, {
      ...connectionAttributes(target, pool),
      [NETWORK_TRANSPORT]: target.isUnixSocket ? 'unix' : 'tcp',
    });
  }

  connectEnded(operation: ConnectOperation): void {
    const { span, peer } = operation;
    if (span === undefined) return;
    if (span.isRecording()) {
      for (const step of operation.steps) {
        const duration = seconds(step.endedAt - step.startedAt);
        span.addEvent(step.phase, { [PHASE_DURATION]: duration }, spanTime(operation, step.endedAt));
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
    span.end(spanTime(operation, operation.endedAt));
  }

  acquireStarted(operation: AcquireOperation): void {
    const mode = this.#configuration.acquireSpans;
    if (mode === 'always' || (mode === 'waited' && operation.path !== 'idle')) this.#startAcquire(operation);
  }

  acquireEnded(operation: AcquireOperation): void {
    const isUnseenFailure = operation.span === undefined && operation.hasFailed;
    if (isUnseenFailure && this.#configuration.acquireSpans === 'waited') this.#startAcquire(operation);
    const { span } = operation;
    if (span === undefined) return;
    if (operation.failure !== undefined) setFailure(span, operation.failure);
    span.end(spanTime(operation, operation.endedAt));
  }

  /** Not CLIENT: nothing of it goes to the server. */
  #startAcquire(operation: AcquireOperation): void {
    if (!this.#wants(operation)) return;
    const { pool } = operation;
    const attributes = connectionAttributes(pool.target, pool);
    this.#startSpan(operation, `acquire ${pool.name}`, SpanKind.INTERNAL, attributes);
  }

  /** @param hasChildren something is done for it that others may trace, such as a look-up of an address or a fetch */
  #startSpan(
    operation: Operation,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    hasChildren = true,
  ): Span {
    const { startedAt, context } = operation;
    const parent = trace.getSpan(context);
    let startTime: TimeInput = startedAt;
    if (parent?.isRecording() ?? this.#isRecording) {
      startTime = hasChildren ? wholeStartTimeBelow(parent, startedAt) : startTimeBelow(parent, startedAt);
    }
    const span = this.#providers.tracer.startSpan(name, { kind, attributes, startTime }, context);
    this.#isRecording = span.isRecording();
    if (this.#isRecording && hasChildren) keepClock(span, startedAt);
    operation.span = span;
    operation.spanStart = startTime;
    return span;
  }

  #wants(operation: Operation): boolean {
    if (operation.isTracedElsewhere || !this.#providers.isTracing) return false;
    return !this.#configuration.requireParentSpan || trace.getSpan(operation.context) !== undefined;
  }

  /**
   * Attributes at creation, which samplers see. A text that is sanitised, in whole or in part, is among them once a
   * server has read that statement, which shows that it was sanitised as what it is, and once it is there: a process
   * that samples nothing shall not pay for it.
   */
  #preparedAttributes(operation: QueryOperation): Attributes {
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
      operation.isTextDue = true;
    }
    prepared.textlessSpanAttributes ??= spanAttributes(prepared, undefined);
    return prepared.textlessSpanAttributes;
  }

  #completeText(span: Span, { prepared: { statement }, isParameterised }: QueryOperation): void {
    const isAsWritten = this.#configuration.statementText === 'auto' && isParameterised;
    const text = statement.isAccepted
      ? statement[isAsWritten ? 'parameterised' : 'sanitized']
      : statement[isAsWritten ? 'parameterisedIfUnread' : 'sanitizedIfUnread'];
    // A request hook may have set a text of its own.
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
function spanTime({ startedAt, spanStart }: Operation, moment: number | undefined): TimeInput | undefined {
  return Array.isArray(spanStart) && moment !== undefined ? later(spanStart, moment - startedAt) : moment;
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

/** What no server has read may be data where it looks like a name. */
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

/** Also for the `ignore` function. */
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

function guarded(name: string, hook: () => void): void {
  try {
    hook();
  } catch (error) {
    logInternalError(name, error);
  }
}
