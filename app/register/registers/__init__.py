"""The registers of an entity: environments, settings, rules of norms, evidence, coverage."""
