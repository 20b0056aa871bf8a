/**
 * Puts the parts of the privacy feature together.
 * @module
 */
import { createErasureService, type ErasureDeps, type ErasureService } from "./erasure.ts";
import { createExportService, type ExportDeps, type ExportService } from "./export.ts";
import { createRetention, type Retention, type RetentionDeps } from "./retention.ts";

/** See {@link createPrivacy}. */
export interface Privacy {
  readonly erasure: ErasureService;
  readonly exports: ExportService;
  readonly retention: Retention;
}

/**
 * @returns Deleting accounts, the export, and the retention job, which the caller starts.
 *
 * @example
 * ```ts
 * const { retention } = createPrivacy(deps);
 * const stop = retention.start();
 * ```
 */
export function createPrivacy(deps: ErasureDeps & ExportDeps & Omit<RetentionDeps, "erasure">): Privacy {
  const erasure = createErasureService(deps);
  return {
    erasure,
    exports: createExportService(deps),
    retention: createRetention({ ...deps, erasure }),
  };
}
