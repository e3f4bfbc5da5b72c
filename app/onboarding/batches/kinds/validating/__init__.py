"""*Convalidar etapa* for many: the kind, the columns of its file, and the forms it fills."""
