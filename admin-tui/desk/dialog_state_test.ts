import { describe, expect, test } from "bun:test";
import { type DialogState, isCancel, openDialog, pressDialog } from "./dialog_state.ts";
import { keyPressesOf } from "./key_press.ts";
import { editLine, fieldOf } from "./text_field.ts";

describe("a dialog", () => {
  const spec = {
    title: "Ban",
    lines: [],
    confirm: "Ban",
    fields: [
      {
        id: "reason",
        label: "Reason",
        suggestions: ["one", "two"],
        check: (text: string) => (text ? undefined : "is required"),
      },
      {
        id: "handle",
        label: "Type mia",
        check: (text: string) => (text === "mia" ? undefined : "must be mia"),
      },
    ],
  };
  const type = (state: DialogState, ...keys: string[]) => {
    let step = { kind: "stay", state } as ReturnType<typeof pressDialog>;
    for (const key of keys) {
      if (step.kind !== "stay") break;
      step = pressDialog(step.state, key.length === 1 ? { key, text: key } : { key });
    }
    return step;
  };

  test("Enter all the way through ends on Cancel, and Enter there cancels", () => {
    const step = type(openDialog(spec), "down", "enter", "m", "i", "a", "enter");
    expect(step.kind === "stay" && isCancel(step.state)).toBe(true);
    expect(type(openDialog(spec), "down", "enter", "m", "i", "a", "enter", "enter").kind).toBe("cancelled");
  });

  test("nothing is confirmed with a wrong field", () => {
    const step = type(openDialog(spec), "down", "enter", "x", "tab", "y");
    expect(step.kind === "stay" && step.state.fields[1]?.error).toBe("must be mia");
    expect(type(openDialog(spec), "down", "enter", "m", "i", "a", "enter", "y")).toEqual({
      kind: "confirmed",
      values: { reason: "one", handle: "mia" },
    });
  });

  test("a paste fills a field and presses nothing", () => {
    const step = pressDialog(openDialog(spec), { key: "paste", text: "y\n\u001b[31m" });
    expect(step.kind === "stay" && step.state.fields[0]?.line.text).toBe("y �[31m");
  });
});

test("several keys in one input are several keys", () => {
  const none = {} as Parameters<typeof keyPressesOf>[1];
  expect(keyPressesOf("jj\rG", none).map(({ key }) => key)).toEqual(["j", "j", "enter", "G"]);
  expect(keyPressesOf("", { ...none, tab: true, shift: true })).toEqual([{ key: "shift+tab" }]);
  expect(keyPressesOf("x", { ...none, meta: true })).toEqual([]);
});

test("a line is edited by characters, not by code units", () => {
  const line = fieldOf("a世b");
  expect(editLine(line, { key: "backspace" }, 9)).toEqual({ text: "a世", at: 2 });
  expect(editLine({ ...line, at: 2 }, { key: "backspace" }, 9)).toEqual({ text: "ab", at: 1 });
  expect(editLine(line, { key: "x", text: "long" }, 4)).toEqual({ text: "a世bl", at: 4 });
  expect(editLine(fieldOf("one two"), { key: "ctrl+w" }, 9)).toEqual({ text: "one ", at: 4 });
});
