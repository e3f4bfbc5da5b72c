"""Personal data in a register: reviews of visits, and requests of persons."""
