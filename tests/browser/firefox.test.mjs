import { startFirefox } from "./harness/drivers.mjs";
import { testsThatItPlays } from "./harness/plays.mjs";

testsThatItPlays(startFirefox, { looksAtPicture: true });
