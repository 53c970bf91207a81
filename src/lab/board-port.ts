import type { SerialSettings } from "../link/port.js";
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
  let isFirst = true;
  link.onState((isOpen) => {
    if (isFirst) isFirst = false;
    else onState(isOpen);
  });
  return link;
}
