// The strip at the foot of the playground: every image with work in flight, as it is pushed.

const FOLLOW = `subscription Strip {
  aiStatusChanged {
    image { id parentImageId sourceType previewUrl shot }
    aiStatus
    stageMessage
    queuePosition
    deleted
  }
}`;
const MOST_CARDS = 24;

const strip = document.getElementById('strip');
const cards = new Map();

// Follows the work of whoever `authorization()` signs in; after a broken socket, anew.
export function follow(address, authorization) {
  const socket = new WebSocket(address, 'graphql-transport-ws');
  const send = (message) => socket.send(JSON.stringify(message));
  socket.onopen = () => send({ type: 'connection_init', payload: authorization() });
  socket.onmessage = ({ data }) => {
    const { type, payload } = JSON.parse(data);
    if (type === 'connection_ack') {
      send({ id: 'strip', type: 'subscribe', payload: { query: FOLLOW } });
    } else if (type === 'ping') {
      send({ type: 'pong' });
    } else if (type === 'next' && payload.data) {
      show(payload.data.aiStatusChanged);
    }
  };
  socket.onclose = () => setTimeout(() => follow(address, authorization), 2000);
}

function show({ image, aiStatus, stageMessage, queuePosition, deleted }) {
  if (deleted) {
    cards.get(image.id)?.remove();
    cards.delete(image.id);
    return;
  }
  const card = cards.get(image.id) ?? begin(image.id);
  card.dataset.status = aiStatus;
  const picture = image.previewUrl && aiStatus !== 'QUEUED' ? drawn(image.previewUrl) : empty();
  card.replaceChildren(
    picture,
    line(kind(image)),
    line(queuePosition === null ? stageMessage : `${stageMessage} (${queuePosition})`),
  );
}

function kind({ parentImageId, sourceType, shot }) {
  if (parentImageId) {
    return shot ?? 'Variation';
  }
  return sourceType === 'AI' ? 'From words' : 'Source';
}

function begin(id) {
  const card = document.createElement('li');
  card.title = id;
  cards.set(id, card);
  strip.prepend(card);
  if (cards.size > MOST_CARDS) {
    const [oldest] = cards.keys();
    cards.get(oldest).remove();
    cards.delete(oldest);
  }
  return card;
}

function drawn(url) {
  const picture = document.createElement('img');
  picture.src = url;
  picture.alt = '';
  return picture;
}

function empty() {
  const place = document.createElement('div');
  place.className = 'empty';
  return place;
}

function line(text) {
  const words = document.createElement('small');
  words.textContent = text;
  words.title = text;
  return words;
}
