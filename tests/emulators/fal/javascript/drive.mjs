// Drives the emulator of fal.ai with fal.ai's own client, and prints what it saw as JSON.
// Usage: node drive.mjs URL KEY PICTURE.png

import { readFile } from "node:fs/promises";

import { createFalClient } from "@fal-ai/client";

const [url, credentials, picture] = process.argv.slice(2);
const PRODUCTION = /^https:\/\/(queue\.fal\.run|fal\.run|rest\.fal\.ai)/;

// The client has no base URL; its middleware is the one place through which every call goes.
const fal = createFalClient({
  credentials,
  requestMiddleware: async (request) => ({
    ...request,
    url: request.url.replace(PRODUCTION, url),
  }),
});

const MODEL = "fal-ai/nano-banana-pro/edit";
const source = await fal.storage.upload(new Blob([await readFile(picture)], { type: "image/png" }));
const input = { prompt: "a dog", image_urls: [source], aspect_ratio: "16:9" };

const { request_id } = await fal.queue.submit(MODEL, { input });
let status;
do {
  status = await fal.queue.status(MODEL, { requestId: request_id, logs: true });
} while (status.status !== "COMPLETED");
const result = await fal.queue.result(MODEL, { requestId: request_id });

const updates = [];
const subscribed = await fal.subscribe(MODEL, {
  input,
  pollInterval: 20,
  onQueueUpdate: (update) => updates.push(update.status),
});

// Without a prompt: accepted, and refused once the result is asked for.
const refused = await fal
  .subscribe(MODEL, { input: { image_urls: [source] }, pollInterval: 20 })
  .catch(({ status, body }) => ({ status, detail: body?.detail }));

console.log(
  JSON.stringify({
    source,
    requestId: request_id,
    url: result.data.images[0].url,
    subscribedTo: subscribed.requestId,
    lastUpdate: updates.at(-1),
    refused,
  }),
);
