// Unpacks the browser that the npm package carries: node unpack.mjs FOLDER
import { createReadStream, createWriteStream, mkdirSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const packed = new URL("node_modules/@sparticuz/chromium/bin/", import.meta.url);
const folder = process.argv[2];
mkdirSync(folder, { recursive: true });
for (const name of ["chromium", "al2023.tar", "swiftshader.tar"]) {
  await pipeline(
    createReadStream(new URL(`${name}.br`, packed)),
    createBrotliDecompress(),
    createWriteStream(`${folder}/${name}`),
  );
}
