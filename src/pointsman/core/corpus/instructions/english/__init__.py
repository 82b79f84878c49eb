"""English sentences that speak to a language model: how each begins and how it goes on."""
