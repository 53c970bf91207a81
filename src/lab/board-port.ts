import { openPort } from "../link/open-port.js";
import type { PortLink, SerialSettings } from "../link/port.js";
import { openReconnecting, type ReconnectingLink } from "../link/reconnecting.js";

/**
 * Opens the port of a board, and again whenever it vanishes; `onState` is told when it goes and comes back.
 * Rejects as `openPort` does if it is not there to begin with.
 */
export async function openBoardPort(
  text: string,
  settings: SerialSettings,
  onState: (isOpen: boolean) => void,
): Promise<ReconnectingLink> {
  const link = await openReconnecting(text, { settings });
  let wasOpen: boolean | undefined;
  link.onState((isOpen) => {
    // It is told again when it still cannot be opened, and why.
    const isNews = wasOpen !== undefined && wasOpen !== isOpen;
    wasOpen = isOpen;
    if (isNews) onState(isOpen);
  });
  return link;
}

/**
 * Opens a port for one piece of work, and waits until somebody is at a port that listens; `onWaiting` is told meanwhile.
 * The link closes when the port vanishes, and when who had come leaves. Rejects as `openPort` does.
 */
export async function openPortOnce(
  text: string,
  settings: SerialSettings,
  onWaiting: (name: string) => void,
): Promise<PortLink> {
  const link = await openPort(text, settings);
  await new Promise<void>((resolve) => {
    let hasCome = false;
    link.onPeer((isThere) => {
      if (isThere) {
        hasCome = true;
        resolve();
      } else if (hasCome) link.close();
      else onWaiting(link.name);
    });
  });
  return link;
}
