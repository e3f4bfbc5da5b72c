"""Rules for the diagrams and tables of `bpmn/`, independent of their author."""
