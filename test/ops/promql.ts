/**
 * What a PromQL expression asks for, by the grammar that Prometheus itself ships.
 * @module
 */
import type { SyntaxNode, SyntaxNodeRef } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";

/** One metric in an expression. */
export interface Selector {
  readonly metric: string;
  /** With the texts that `=` and `=~` accept. */
  readonly matchers: readonly { readonly label: string; readonly values: readonly string[] }[];
  /** Whether a rate or an increase is taken of it. */
  readonly rated: boolean;
}

/** An expression, taken apart. */
export interface Expression {
  readonly selectors: readonly Selector[];
  /** Labels of `by (…)`. */
  readonly groupings: readonly string[];
}

/** @throws Error where it is no PromQL. */
export function readPromql(text: string): Expression {
  const source = text.replaceAll("$__rate_interval", "5m");
  const of = ({ from, to }: SyntaxNodeRef) => source.slice(from, to);
  const selectors: Selector[] = [];
  const groupings: string[] = [];
  parser.parse(source).iterate({
    enter(ref) {
      if (ref.type.isError) throw new Error(`Cannot read the expression at ${ref.from}: ${source}`);
      if (ref.name === "VectorSelector") selectors.push(readSelector(ref.node, of));
      if (ref.name === "GroupingLabels") groupings.push(...ref.node.getChildren("LabelName").map(of));
    },
  });
  return { selectors, groupings };
}

function readSelector(node: SyntaxNode, of: (ref: SyntaxNodeRef) => string): Selector {
  const matchers: { label: string; values: string[] }[] = [];
  node.cursor().iterate((ref) => {
    if (ref.name !== "UnquotedLabelMatcher") return;
    const [label = "", value = ""] = [...childrenOf(ref.node)]
      .filter(({ name }) => name !== "MatchOp")
      .map(of);
    matchers.push({ label, values: value.slice(1, -1).split("|") });
  });
  let rated = false;
  for (let above = node.parent; above; above = above.parent) {
    const called = above.name === "FunctionCall" ? of(above).split("(")[0]!.trim() : "";
    if (["rate", "increase", "irate"].includes(called)) rated = true;
  }
  return { metric: of(node.getChild("Identifier")!), matchers, rated };
}

function* childrenOf(node: SyntaxNode): Generator<SyntaxNode> {
  for (let child = node.firstChild; child; child = child.nextSibling) yield child;
}
