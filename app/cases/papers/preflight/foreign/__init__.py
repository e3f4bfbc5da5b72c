"""What the reader process uses; nothing here imports the application.

`reader.py` imports these modules without the packages above them, so that it starts at once.
"""
