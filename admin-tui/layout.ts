/**
 * Divides the screen into header, tabs, one or two panes, status and footer. Pure.
 * @module
 */

/** The terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** See {@link layoutOf}. */
export interface Layout {
  readonly columns: number;
  readonly rows: number;
  /** Below 80×24 nothing useful fits. */
  readonly isTooSmall: boolean;
  /** List and detail beside each other. */
  readonly isWide: boolean;
  readonly bodyHeight: number;
  readonly listWidth: number;
  readonly detailWidth: number;
  /** Rows inside of a pane's border. */
  readonly innerHeight: number;
}

export const MIN_SIZE: Size = { columns: 80, rows: 24 };
const WIDE = 100;
/** Header, tabs, status, footer. */
const AROUND_BODY = 4;
/** A list wider than this only spreads its columns. */
const MAX_LIST = 92;

/** @returns The layout for a terminal of this size. */
export function layoutOf({ columns, rows }: Size): Layout {
  const isWide = columns >= WIDE;
  const bodyHeight = Math.max(3, rows - AROUND_BODY);
  const listWidth = isWide ? Math.min(MAX_LIST, Math.floor(columns / 2)) : columns;
  return {
    columns,
    rows,
    isTooSmall: columns < MIN_SIZE.columns || rows < MIN_SIZE.rows,
    isWide,
    bodyHeight,
    listWidth,
    detailWidth: isWide ? columns - listWidth : columns,
    innerHeight: bodyHeight - 2,
  };
}
