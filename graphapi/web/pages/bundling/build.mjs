// Copies GraphiQL out of node_modules to where the server serves it from. Each file must be the
// very one that graphiql.json names, so that the copy and the CDN can never differ.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';

const pages = new URL('../', import.meta.url);
const target = new URL('graphiql/', pages);
const files = JSON.parse(await readFile(new URL('graphiql.json', pages), 'utf8'));

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
for (const file of files) {
  const source = new URL(`node_modules/${file.package}/${file.path}`, import.meta.url);
  const content = await readFile(source);
  const found = `sha384-${createHash('sha384').update(content).digest('base64')}`;
  if (found !== file.integrity) {
    throw new Error(`${file.package}/${file.path} is ${found}, but graphiql.json names another.`);
  }
  await writeFile(new URL(file.name, target), content);
}
console.log(`The playground now works without a network: ${files.length} files copied.`);
