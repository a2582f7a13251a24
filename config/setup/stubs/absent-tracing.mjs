/** Stands in for the tracing that prom-client would attach to its own process metrics, which the service does not collect. */
export const trace = { getActiveSpan: () => undefined };
