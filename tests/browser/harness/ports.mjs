/** Ports for programs that cannot be told to take any. */
import { createServer } from "node:net";
import { once } from "node:events";

/** A port of loopback that nobody listens on now. Until it is listened on the system may give it to another program. */
export async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  await once(listener, "close");
  return port;
}
