// Starts GraphiQL against the address this page was opened at. The token typed into the page goes
// with every request, and with `connection_init` of every socket; it is kept until the tab closes.

import { follow } from './strip.js';

const address = window.location.origin + window.location.pathname;
const socketAddress = address.replace(/^http/, 'ws');

const firstTabs = [
  {
    query: `# Who am I? The address that the server printed signs you in; else put your token in above.
query WhoAmI {
  viewer {
    id
    name
  }
}
`,
  },
  {
    query: `# What is in my library? Copy an id from here into the other tabs.
query Library {
  images(first: 10) {
    totalCount
    nodes {
      id
      title
      aiStatus
      previewUrl
    }
  }
}
`,
  },
  {
    query: `# What would be asked of the model? Needs no token and costs nothing.
query Prompts {
  getVariationPrompts(modificationMode: SHOT_VARIATION, variationCount: 4, group: "Film")
}
`,
  },
  {
    query: `# Make variations of an image: your newest still, unless you write another id below.
# They arrive in the strip at the foot of this page.
mutation MakeVariations($imageId: ID!) {
  generateVariations(imageId: $imageId, variationCount: 4, modificationMode: SHOT_VARIATION) {
    success
    userErrors {
      code
      message
      field
    }
    image {
      id
      aiStatus
    }
    variations {
      id
      aiStatus
      prompt
    }
  }
}
`,
    variables: JSON.stringify({ imageId: '' }, null, 2),
  },
  {
    query: `# Watch every image with work in flight, and those that start later, as a program would.
# Press play, then make variations in another window: leaving this tab stops it.
subscription Watch {
  aiStatusChanged {
    image {
      id
      title
      imageUrl
    }
    aiStatus
    stage
    stageMessage
    progress
    version
  }
}
`,
  },
];

const input = document.getElementById('token');
const viewer = document.getElementById('viewer');
let following = false;

function authorization() {
  const token = input.value.trim();
  return token ? { Authorization: `Bearer ${token}` } : {};
}

function fetcher(parameters, options) {
  const fetch = window.GraphiQL.createFetcher({
    url: address,
    subscriptionUrl: socketAddress,
    headers: authorization(),
    wsConnectionParams: authorization(),
  });
  return fetch(parameters, options);
}

// Tells who is signed in; answers the id of their newest still, for the first variation.
async function greet() {
  sessionStorage.setItem('graphapi-token', input.value.trim());
  viewer.textContent = 'nobody is signed in';
  if (!input.value.trim()) {
    return '';
  }
  const answer = await window.fetch(address, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...authorization() },
    body: JSON.stringify({ query: '{ viewer { name } images(first: 100) { nodes { id parentImageId } } }' }),
  });
  const { data } = await answer.json();
  const name = data?.viewer?.name;
  viewer.textContent = name ? `signed in as ${name}` : 'this token is not known here';
  if (name && !following) {
    following = true;
    follow(socketAddress, authorization);
  }
  return data?.images?.nodes.find((image) => !image.parentImageId)?.id ?? '';
}

// `#token=...`, as the server prints it, never leaves the browser; it is taken off the address so
// that it is not left in the history.
const given = new URLSearchParams(window.location.hash.slice(1)).get('token');
if (given) {
  window.history.replaceState(null, '', window.location.pathname);
}
input.value = given ?? sessionStorage.getItem('graphapi-token') ?? '';
input.addEventListener('change', greet);

// A page that cannot reach the server still opens; it says so when the first query is run.
const newest = await greet().catch(() => '');
for (const tab of firstTabs) {
  tab.variables = tab.variables?.replace('""', JSON.stringify(newest));
}

if (window.React && window.ReactDOM && window.GraphiQL) {
  const { createElement } = window.React;
  window.ReactDOM.createRoot(document.getElementById('playground')).render(
    createElement(window.GraphiQL, { fetcher, defaultTabs: firstTabs, shouldPersistHeaders: false }),
  );
} else {
  document.getElementById('missing').hidden = false;
}
