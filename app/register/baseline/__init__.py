"""The official platform's export of many entities, as the starting point of the programme.

`exports` reads a file into the names in it; `matching` finds the entity of each name; `choices`
stores what people decide; `bringing` imports the visits of an entity; `evidence` sums up what it
proves of each.
"""
