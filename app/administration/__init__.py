"""The pages by which the PCM keeps people, catalogue and calendar, and the log of every change."""
