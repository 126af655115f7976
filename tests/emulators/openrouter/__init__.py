"""OpenRouter, as far as image analysis needs it: chat completions, the key, the response cache."""
