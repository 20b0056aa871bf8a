/**
 * Traces, when an OpenTelemetry SDK is preloaded: spans of requests, clients' events, batches and statements. Without
 * one there is no tracing object and no cost. Spans hold no values of people's.
 * @module
 */
import {
  type Attributes,
  context,
  type Link,
  ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { AppError } from "./protocol/errors.ts";

const NAME = "vibesmatch";

/** How a span begins. */
interface SpanSettings {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** The spans that caused it, when they are several. */
  readonly links?: readonly SpanContext[];
  /** Begins a trace of its own instead of continuing the current one. */
  readonly root?: boolean;
}

/** A span that its owner ends, for work that does not end where it began. */
export interface OpenSpan {
  /** Runs what belongs to it. */
  within<T>(work: () => T): T;
  end(answer: { name: string; attributes: Attributes; failed: boolean }): void;
}

/** See {@link createTracing}. */
export class Tracing {
  readonly #tracer: Tracer;

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Does the work inside a span; what it throws is noted by its code alone. */
  async span<T>(name: string, settings: SpanSettings, work: (span: Span) => Promise<T>): Promise<T> {
    const { kind = SpanKind.INTERNAL, attributes, links, root = false } = settings;
    const parent = root ? ROOT_CONTEXT : context.active();
    const linked: Link[] | undefined = links?.map((to) => ({ context: to }));
    const span = this.#tracer.startSpan(name, { kind, attributes, links: linked }, parent);
    return await context.with(trace.setSpan(parent, span), async () => {
      try {
        return await work(span);
      } catch (error) {
        fail(span, error);
        throw error;
      } finally {
        span.end();
      }
    });
  }

  /** Opens the span of a request, below whatever its headers name. */
  open(headers: Headers): OpenSpan {
    const parent = propagation.extract(ROOT_CONTEXT, headers, HEADERS);
    const span = this.#tracer.startSpan("request", { kind: SpanKind.SERVER }, parent);
    return {
      within: (work) => context.with(trace.setSpan(parent, span), work),
      end({ name, attributes, failed }) {
        span.updateName(name).setAttributes(attributes);
        if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      },
    };
  }

  /** @returns The span that is under way here, to be linked to. */
  current(): SpanContext | undefined {
    return trace.getActiveSpan()?.spanContext();
  }
}

const HEADERS = {
  keys: (headers: Headers) => [...headers.keys()],
  get: (headers: Headers, key: string) => headers.get(key) ?? undefined,
};

/** Only the code: messages of errors quote values. What is the client's mistake is no failure of ours. */
function fail(span: Span, error: unknown): void {
  const code = error instanceof AppError ? error.code : "INTERNAL_SERVER_ERROR";
  span.setAttribute("error.type", code);
  if (!(error instanceof AppError) || error.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
}

/**
 * @returns Undefined when no SDK is registered: everybody who traces then does nothing at all.
 */
export function createTracing(): Tracing | undefined {
  const provider = trace.getTracerProvider();
  const tracer =
    provider instanceof ProxyTracerProvider ? provider.getDelegateTracer(NAME) : provider.getTracer(NAME);
  return tracer && new Tracing(tracer);
}
