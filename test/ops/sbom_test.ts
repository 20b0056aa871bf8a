/** The bill of materials: valid, complete, and of licences that let this ship. @module */
import { expect, test } from "bun:test";
import { dirname, join } from "node:path";
import Ajv from "ajv";
import { billOfMaterials, readShipped } from "../../ops/sbom.ts";

const ROOT = join(import.meta.dir, "../..");
const SCHEMAS = join(
  dirname(Bun.resolveSync("@cyclonedx/cyclonedx-library/package.json", ROOT)),
  "res/schema",
);
const schema = (name: string) => Bun.file(join(SCHEMAS, `${name}.SNAPSHOT.schema.json`)).json();
const shipped = readShipped();

/** MPL-2.0 covers its own files, which are shipped as they are. */
const ALLOWED = [
  "MIT",
  "MIT-0",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "Unlicense",
  "MPL-2.0",
  "(MIT OR CC0-1.0)",
  "(MIT AND Zlib)",
];

test("is CycloneDX 1.6, by its schema", async () => {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  for (const part of ["spdx", "jsf-0.82"])
    ajv.addSchema(await schema(part), `http://cyclonedx.org/schema/${part}.SNAPSHOT.schema.json`);
  const validate = ajv.compile(await schema("bom-1.6"));
  const bill = billOfMaterials(shipped, new Date().toISOString());
  expect([validate(bill), validate.errors]).toEqual([true, null]);
  expect(validate({ ...bill, components: [{ type: "thing" }] })).toBe(false);
});

test("has every package of production once, and none of development", async () => {
  const { dependencies, devDependencies } = await Bun.file(join(ROOT, "package.json")).json();
  const names = new Set(shipped.map(({ name }) => name));
  expect(Object.keys(dependencies).filter((name) => !names.has(name))).toEqual([]);
  expect(
    ["typescript", "vite", "ajv", "@biomejs/biome"].filter(
      (name) => names.has(name) && devDependencies[name],
    ),
  ).toEqual([]);
  const ids = shipped.map(({ name, version }) => `${name}@${version}`);
  expect(new Set(ids).size).toBe(ids.length);
  expect(shipped.filter(({ integrity }) => integrity === undefined).map(({ name }) => name)).toEqual([]);
  expect(shipped.filter(({ patched }) => patched).map(({ name }) => name)).toEqual(["postgres"]);
});

test("every licence is known, and lets this ship", () => {
  const others = shipped.filter(({ licence }) => !ALLOWED.includes(licence));
  expect(others.map(({ name, licence }) => `${name}: ${licence}`)).toEqual([]);
});
