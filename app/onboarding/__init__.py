"""The pages of cases: tasks, entities, batches, sessions, today, programme, diagrams, questions."""
