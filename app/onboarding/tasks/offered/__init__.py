"""What a page of a step offers beside its fields: people who are known, texts written before."""
