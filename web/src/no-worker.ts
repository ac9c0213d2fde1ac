/** Takes the place of `remote-player.ts` in the builds that are one file. */
export const canUseWorker = (): boolean => false;

export const startWorker = async (): Promise<Worker> => {
  return await Promise.reject(new Error("this build has no worker"));
};

export { Player as RemotePlayer } from "../wasm/flvgate_player.js";
