"use strict";

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function show() {
  const response = await fetch("/web-tools/api/about");
  if (!response.ok) throw new Error(`the agent answered ${response.status}`);
  const { tools, skills, startedAt } = await response.json();
  for (const { name, there } of tools) {
    const item = element("li", name);
    item.append(element("span", there ? "there" : "not yet", there ? "there" : "absent"));
    document.getElementById("tools").append(item);
  }
  for (const { name, description } of skills) {
    document.getElementById("skills").append(element("dt", name), element("dd", description));
  }
  document.getElementById("state").textContent = `Running since ${new Date(startedAt).toLocaleString()}.`;
}

show().catch((problem) => {
  document.getElementById("state").textContent = `This could not be read: ${problem.message}.`;
});
