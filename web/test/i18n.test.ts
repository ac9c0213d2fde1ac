import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { en } from "../demo/i18n/en.js";
import { languageOf, nameOf, setLanguage, t } from "../demo/i18n/language.js";
import { zh } from "../demo/i18n/zh.js";
import { allRows } from "../demo/stats-rows.js";

afterEach(() => {
  setLanguage("en");
});

void test("the language is the first of the reader's that there is", () => {
  assert.equal(languageOf(["zh-TW", "en"]), "zh-CN");
  assert.equal(languageOf(["fr", "en-GB", "zh"]), "en");
  assert.equal(languageOf(["zho", "fr"]), "en");
  assert.equal(languageOf([]), "en");
});

void test("each text has the same blanks in both languages", () => {
  const blanks = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    assert.deepEqual(blanks(zh[key]), blanks(en[key]), key);
  }
});

void test("a text's blanks are filled in, in the page's language", () => {
  assert.equal(t("viewers", { count: 3 }), "3 viewers");
  setLanguage("zh-CN");
  assert.equal(t("viewers", { count: 3 }), "3 位观众");
  assert.equal(nameOf("codes", "refused"), "服务器拒绝播放此流");
  assert.equal(nameOf("codes", "toString"), undefined);
});

void test("every statistic has a row, with its unit; an unknown one is shown under its own name", () => {
  const rows = allRows({
    latency: 0.3504,
    state: "playing",
    bytesReceived: 1_234_567,
    videoCodec: null,
    endToEndLatency: 0.12345,
    glassToGlass: 0.12345,
    isHardware: true,
  });
  assert.deepEqual(rows, [
    ["latency", "Latency", "350 ms"],
    ["state", "State", "playing"],
    ["bytesReceived", "Received", "1.2 MB"],
    ["videoCodec", "Video codec", "–"],
    ["endToEndLatency", "End-to-end latency", "123 ms"],
    ["glassToGlass", "Glass to glass", "0.123"],
    ["isHardware", "Is hardware", "yes"],
  ]);
});
