// Where the server of conf/flvgate.conf listens, and whether it can.

import { readFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import { join } from "node:path";
import { Problem, ROOT } from "./command.mjs";

/** The configuration that `npm start` uses. */
export const CONFIGURATION = "conf/flvgate.conf";

const SERVICES = [
  { name: "RTMP", variable: "SRS_LISTEN", key: "listen", pattern: /^listen\s+([^\s;]+)/m },
  {
    name: "HTTP",
    variable: "SRS_HTTP_SERVER_LISTEN",
    key: "http_server { listen }",
    pattern: /^http_server\s*\{[^}]*?\blisten\s+([^\s;]+)/m,
  },
];

/** The RTMP port and the HTTP port: from the environment, which overrides the file, as for the server itself. */
export function readPorts(env = process.env) {
  const text = readFileSync(join(ROOT, CONFIGURATION), "utf8");
  const [rtmp, http] = SERVICES.map((service) => ({ ...service, port: readPort(service, text, env) }));
  return { rtmp, http };
}

function readPort({ variable, key, pattern }, text, env) {
  const value = env[variable] || text.match(pattern)?.[1];
  // "1935", "127.0.0.1:1935", "[::1]:1935"; of several, the first.
  const port = Number(value?.split(/[\s,]/)[0].match(/(?:^|:)(\d+)$/)?.[1]);
  if (port > 0 && port < 65536) return port;
  throw new Problem(
    `no port in "${value}", which is ${env[variable] ? variable : `'${key}' in ${CONFIGURATION}`}`,
  );
}

/** Throws a {@link Problem} that names the port that cannot be had, and how to choose another. */
export async function requireFree({ name, port, variable, key }) {
  const error = await bindError(port);
  if (error === undefined) return;
  const why =
    error.code === "EADDRINUSE" ? "is taken by another program" : `cannot be had (${error.message})`;
  throw new Problem(
    `Port ${port}, which is to be the ${name} port, ${why}.\n` +
      `  Stop that program, or choose another port: '${key}' in ${CONFIGURATION}, or for this time\n` +
      `  ${variable}=${port + 1} npm start`,
  );
}

function bindError(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen({ port, host: "0.0.0.0", exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Whether somebody accepts connections on a port of this machine. */
export function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}
