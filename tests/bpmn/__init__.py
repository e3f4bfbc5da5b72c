"""What holds for the diagrams and tables of `bpmn/`, whoever drew them."""
