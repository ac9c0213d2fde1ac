import js from "@eslint/js";
import globals from "globals";
import typescript from "typescript-eslint";

export default typescript.config(
  { ignores: ["**/node_modules/", "target/", "tests/fuzz/target/", "web/dist/", "web/wasm/", ".tools/"] },
  js.configs.recommended,
  {
    files: ["web/**/*.ts"],
    extends: [typescript.configs.strictTypeChecked, typescript.configs.stylisticTypeChecked],
    // A number in a text is meant to be there.
    rules: { "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }] },
    languageOptions: {
      parserOptions: { project: "./web/tsconfig.json", tsconfigRootDir: import.meta.dirname },
    },
  },
  { files: ["**/*.{js,mjs}"], languageOptions: { globals: globals.node } },
  {
    // These set up: they must start before anything is installed. What needs a package imports it when it runs.
    files: ["scripts/**/*.mjs"],
    rules: {
      "no-restricted-imports": ["error", { patterns: [{ regex: "^(?!node:|\\./)" }] }],
    },
  },
  // What these hand to the page runs there.
  { files: ["tests/browser/**/*.{js,mjs}"], languageOptions: { globals: globals.browser } },
);
