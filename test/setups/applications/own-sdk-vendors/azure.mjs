import { useAzureMonitor } from '@azure/monitor-opentelemetry';

useAzureMonitor({
  enableLiveMetrics: false,
  // Its default keeps 5 traces per second.
  tracesPerSecond: 0,
  instrumentationOptions: { postgreSql: { enabled: false } },
});
