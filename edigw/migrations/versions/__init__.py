"""One module a version; a new one is numbered behind the last."""
