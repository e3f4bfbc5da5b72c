"""The second factor: a code of the person's telephone, after the password.

`policy`: who must have it, and who may. `codes`: the secret, its codes, and the recovery codes.
`waiting`: people who gave their password and not yet a code; everyone comes in through it. `fresh`:
a recent code before what cannot be taken back. `resets`: by two people, when it is lost. `pages`:
setting it up, giving it, changing it.
"""
