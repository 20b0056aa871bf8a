/**
 * A tracing provider for preloading, as an operator would set it up, that prints spans instead of exporting them.
 * @module
 */
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { type ReadableSpan, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

const exporter = {
  export: (spans: readonly ReadableSpan[]) => {
    for (const { name } of spans) process.stdout.write(`span ${name}\n`);
  },
  shutdown: async () => {},
};

context.setGlobalContextManager(new AsyncLocalStorageContextManager());
trace.setGlobalTracerProvider(
  new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
);
