"""A partner's guide: what it narrows in the standard, judged beside it."""
