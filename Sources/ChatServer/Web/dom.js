// Elements, and words in the page's language.

export const $ = (id) => document.getElementById(id);

/** The user's own variety of the page's language, if they have one: dates are written as there. */
export const language = (() => {
  const page = document.documentElement.lang || "en";
  return navigator.languages?.find((own) => own.split("-")[0] === page) ?? page;
})();

export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

export function button(label, action) {
  const made = element("button", "", label);
  made.type = "button";
  made.onclick = action;
  return made;
}

export function plural(number, one, many) {
  return `${number.toLocaleString(language)} ${number === 1 ? one : many}`;
}

/** Sets a text only where it is another: a live region would read it aloud again. */
export function setText(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}
