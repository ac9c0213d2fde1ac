/** A certificate that signs itself, as a test or a first try has. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** A key and a certificate for 127.0.0.1, in a directory of their own. */
export class Certificate {
  #directory;

  constructor(directory) {
    this.#directory = directory;
    this.key = join(directory, "server.key");
    this.cert = join(directory, "server.crt");
  }

  static async make() {
    const certificate = new Certificate(await mkdtemp(join(tmpdir(), "flvgate-")));
    await promisify(execFile)("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"],
      ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
      ...["-keyout", certificate.key, "-out", certificate.cert],
    ]);
    return certificate;
  }

  async remove() {
    await rm(this.#directory, { recursive: true });
  }
}
