import { Aedes, type AedesOptions, type Client, type PublishPacket } from "aedes";

type Done = (error?: Error) => void;
/** aedes calls it with or without the client; its types know the second form only. */
type Publish = (packet: PublishPacket, clientOrDone?: Client | Done | null, done?: Done) => void;

/** An aedes that does not route what nobody can have subscribed to: most reports go into the store and nowhere else. */
export function createRoutingAedes(options: AedesOptions, isAwaited: (client: Client) => boolean): Aedes {
  const aedes = new Aedes(options);
  const route = aedes.publish.bind(aedes) as Publish;
  const publish: Publish = (packet, clientOrDone, done) => {
    const isFromClient = typeof clientOrDone === "object" && clientOrDone !== null;
    if (isFromClient && done !== undefined && !isAwaited(clientOrDone)) done();
    else route(packet, clientOrDone, done);
  };
  aedes.publish = publish;
  return aedes;
}
