import { createChat, indexedDbStorage } from "@vibesmatch/client/chat";
import { pictures } from "@vibesmatch/client/media";

const url = "https://api.example.com";
const chat = createChat({ url, storage: indexedDbStorage(), pictures });
const app = document.querySelector("#app");
const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
const button = (textContent, onclick) => make("button", { textContent, onclick });
const field = (label, onEnter) =>
  make("input", { placeholder: label, ariaLabel: label, onchange: (event) => onEnter(event.target) });
const ask = (label) => new Promise((done) => app.replaceChildren(field(label, (input) => done(input.value))));

// 1. Sign in. The session is kept in the storage and renewed in time.
await chat.start();
while (!chat.session.getSnapshot()) {
  try {
    const email = await ask("E-mail address");
    await chat.sendCode(email);
    const { user_exists, temp_token } = await chat.verify(email, await ask("Code from the mail"));
    const profile = { date_of_birth: "1995-05-15", gender: "female", country: "DE" };
    if (!user_exists) await chat.signUp(temp_token, { ...profile, name: await ask("Your name") });
  } catch (error) {
    alert(error.message);
  }
}

// 2. Connecting happens by itself.
chat.connection.subscribe(() => Object.assign(document, { title: chat.connection.getSnapshot().state }));

// 3. The list: requests to accept, conversations, and people to write to.
const { data } = await chat.rest("/api/v1/discovery/profiles", { query: { limit: 5 } });
const people = data.profiles.map(({ id, name }) =>
  button(`Ask ${name}`, () => chat.request(id, "Hi! Shall we talk?")),
);
function showList() {
  const requests = chat.requests.getSnapshot().received.map(({ id, sender, preview_text }) => {
    return button(`Accept ${sender.name}: ${preview_text}`, () => chat.respond(id, "accept"));
  });
  const rows = chat.conversations.getSnapshot().map(({ id, last_message, unread_count, user }) => {
    return button(`${user.name} (${unread_count}) ${last_message?.content}`, () => open(id, user));
  });
  app.replaceChildren(...requests, ...rows, ...people);
}
const stops = [chat.requests, chat.conversations].map((store) => store.subscribe(showList));
showList();

// 4. A conversation. What is sent shows at once, goes out when there is a network, and is stored once.
function open(id, user) {
  for (const stop of stops) stop();
  const history = make("ol");
  const write = field(`Message to ${user.name}`, (input) => {
    chat.send({ receiver_id: user.id, content: input.value });
    input.value = "";
  });
  const choose = make("input", { type: "file", accept: "image/jpeg,image/png,image/webp" });
  choose.onchange = () => chat.sendImage(user.id, choose.files[0]);
  app.replaceChildren(history, write, choose);
  const show = () => {
    const lines = chat
      .messages(id)
      .getSnapshot()
      .map(({ content, media, message_type, sender_id, state, upload }) => {
        const text = message_type === "image" ? "a picture" : content;
        const who = sender_id === user.id ? user.name : "You";
        const line = make("li", { textContent: `${who}: ${text} (${state})` });
        if (upload)
          line.append(make("img", { src: upload.preview }), ` ${Math.round(upload.progress * 100)}%`);
        else if (media) line.append(make("img", { src: new URL(media.thumb_url, url) }));
        return line;
      });
    history.replaceChildren(...lines);
    chat.markRead(id);
  };
  chat.messages(id).subscribe(show);
  chat.open(id).then(show);
}
