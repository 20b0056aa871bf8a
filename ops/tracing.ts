/**
 * A preload that sends traces to an OpenTelemetry collector by OTLP over HTTP: `BUN_OPTIONS="--preload ./ops/tracing.ts"`.
 * It reads the standard variables, such as OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_SERVICE_NAME. Its packages are development
 * dependencies: a production installation has to add them.
 * @module
 */
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { VERSION } from "../server/lib/version.ts";

const provider = new TracerProvider({
  resource: resourceFromAttributes({
    "service.name": process.env.OTEL_SERVICE_NAME ?? "vibesmatch",
    "service.version": VERSION.version,
    "vcs.ref.head.revision": VERSION.commit,
  }),
  spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
});
context.setGlobalContextManager(new AsyncLocalStorageContextManager());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(provider);
// What is still in the batch when the server has drained.
process.on("beforeExit", () => void provider.shutdown());
