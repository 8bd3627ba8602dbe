"use strict";

const messages = document.getElementById("messages");
const composer = document.getElementById("composer");
const text = document.getElementById("text");
const send = document.getElementById("send");
const state = document.getElementById("state");
const name = messages.dataset.name;
const address = `${location.pathname.replace(/\/+$/, "")}/messages`;

function show(from, words) {
  const item = document.createElement("li");
  item.className = from;
  const who = document.createElement("span");
  who.className = "hidden";
  who.textContent = from === "you" ? "You: " : from === "agent" ? `${name}: ` : "Notice: ";
  item.append(who, words);
  messages.append(item);
  messages.scrollTop = messages.scrollHeight;
}

function tell(words, problem = false) {
  state.textContent = words;
  state.classList.toggle("problem", problem);
}

async function answerTo(words) {
  const response = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: words }),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(answer.detail || `the agent answered ${response.status}`);
  }
  return answer.reply;
}

composer.addEventListener("submit", async (event) => {
  event.preventDefault();
  const words = text.value.trim();
  if (!words || send.disabled) {
    return;
  }
  send.disabled = true;
  show("you", words);
  text.value = "";
  tell(`${name} is writing…`);
  try {
    show("agent", await answerTo(words));
    tell("");
  } catch (problem) {
    tell(`Not sent: ${problem.message}`, true);
    text.value = words;
    messages.lastElementChild.remove();
  } finally {
    send.disabled = false;
    text.focus();
  }
});

text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    composer.requestSubmit();
  }
});

text.addEventListener("input", () => {
  text.rows = Math.min(6, text.value.split("\n").length);
});

async function past() {
  const response = await fetch(address);
  if (response.ok) {
    for (const message of (await response.json()).items) {
      show(message.from, message.text);
    }
  }
}

past()
  .catch(() => tell("The earlier messages could not be read.", true))
  .finally(() => text.focus());
