import { context, metrics as metricsApi, trace } from '@opentelemetry/api';
import { contextBase, logs, metrics, node, tracing } from '@opentelemetry/sdk-node';
