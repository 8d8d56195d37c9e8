// Telegram's side: how the page was opened, and the few events that pass between it and the app around it
// (core.telegram.org/api/web-events). Telegram's own script would be a request to another host.

const AROUND = "https://web.telegram.org";
const launch = new URLSearchParams(location.hash.slice(1));
const initData = launch.get("tgWebAppData") ?? "";

/** What Telegram says of the person; only for the first words, the server believes the signature alone. */
function languageOfTelegram() {
  try {
    return JSON.parse(new URLSearchParams(initData).get("user")).language_code ?? "";
  } catch {
    return "";
  }
}

function tellTelegram(eventType, eventData = {}) {
  if (window.TelegramWebviewProxy) {
    window.TelegramWebviewProxy.postEvent(eventType, JSON.stringify(eventData));
  } else if (window.external && "notify" in window.external) {
    window.external.notify(JSON.stringify({ eventType, eventData }));
  } else if (window.parent !== window) {
    window.parent.postMessage(JSON.stringify({ eventType, eventData }), AROUND);
  }
}

/** A native app opens links outside of itself when it is asked to; a browser does so by itself. */
function openOutside(event) {
  if (!window.TelegramWebviewProxy) return;
  event.preventDefault();
  tellTelegram("web_app_open_link", { url: event.currentTarget.href });
}

/** Native apps call a function, web clients post a message. */
function hearTelegram(hear) {
  const receiveEvent = (type, data) => hear(type, data ?? {});
  window.Telegram = { WebView: { receiveEvent } };
  window.TelegramGameProxy = { receiveEvent };
  window.TelegramGameProxy_receiveEvent = receiveEvent;
  window.addEventListener("message", (message) => {
    if (message.source !== window.parent || message.origin !== AROUND) return;
    try {
      const { eventType, eventData } = JSON.parse(message.data);
      receiveEvent(eventType, eventData);
    } catch {
      // Not for us: others may post here too.
    }
  });
}
