/**
 * Signing in with a mailed code, and signing up.
 * @module
 */
import type { Chat, NewProfile } from "../../chat/mod.ts";
import { h } from "./dom.ts";
import { wordsFor } from "./words.ts";

type Fields = Readonly<Record<string, HTMLInputElement | HTMLSelectElement>>;

/** @returns The form of the first step, which replaces itself by the next one. */
export function signIn(chat: Chat): HTMLElement {
  const box = h("main", { class: "sign-in" });
  const show = (step: HTMLElement) => {
    box.replaceChildren(h("h1", {}, "VibesMatch"), step);
    step.querySelector<HTMLElement>("input")?.focus();
  };

  const emailStep = () => {
    const email = h("input", { type: "email", name: "email", autocomplete: "email", required: true });
    return form(
      {
        title: "Sign in",
        hint: "We send a code to your address.",
        fields: { Email: email },
        button: "Send the code",
      },
      async () => {
        await chat.sendCode(email.value);
        show(codeStep(email.value));
      },
    );
  };
  const codeStep = (email: string) => {
    const code = h("input", {
      name: "code",
      inputmode: "numeric",
      autocomplete: "one-time-code",
      pattern: "[0-9]{6}",
      maxlength: 6,
      required: true,
    });
    const hint = `Sent to ${email}. In development it stands in the server's log.`;
    return form({ title: "Enter the code", hint, fields: { Code: code }, button: "Sign in" }, async () => {
      const verified = await chat.verify(email, code.value);
      if (!verified.user_exists) show(profileStep(verified.temp_token));
    });
  };
  const profileStep = (token: string) => {
    const fields = {
      Name: h("input", { name: "name", autocomplete: "given-name", required: true, maxlength: 50 }),
      "Date of birth": h("input", {
        type: "date",
        name: "date_of_birth",
        autocomplete: "bday",
        required: true,
      }),
      Gender: h(
        "select",
        { name: "gender" },
        ...["female", "male", "non-binary"].map((one) => h("option", {}, one)),
      ),
      Country: h("input", {
        name: "country",
        value: "DE",
        pattern: "[A-Z]{2}",
        maxlength: 2,
        required: true,
        autocomplete: "country",
      }),
    };
    return form(
      { title: "Who are you?", hint: "Others see your name and your age.", fields, button: "Sign up" },
      async () => {
        const values = Object.values(fields).map(({ name, value }) => [name, value]);
        await chat.signUp(token, Object.fromEntries(values) as unknown as NewProfile);
      },
    );
  };
  show(emailStep());
  return box;
}

interface Step {
  readonly title: string;
  readonly hint: string;
  readonly fields: Fields;
  readonly button: string;
}

function form({ title, hint, fields, button }: Step, submit: () => Promise<void>): HTMLElement {
  const problem = h("p", { class: "problem", role: "alert" });
  const confirm = h("button", { type: "submit", class: "primary" }, button);
  return h(
    "form",
    {
      class: "card",
      onsubmit: async (event: Event) => {
        event.preventDefault();
        problem.replaceChildren();
        confirm.disabled = true;
        await submit().catch((error) => problem.append(wordsFor(error)));
        confirm.disabled = false;
      },
    },
    h("h2", {}, title),
    h("p", {}, hint),
    ...Object.entries(fields).map(([label, field]) => h("label", {}, h("span", {}, label), field)),
    problem,
    confirm,
  );
}
