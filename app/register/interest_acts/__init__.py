"""Interest acts (*actos de gestión de intereses*): recorded, corrected, attached to visits."""
